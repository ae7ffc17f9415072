import type { BookRow } from '../portfolios/model.ts';
import type { MarketView } from '../market/service.ts';
import { MAX_FAULTS } from '../platform/problem.ts';
import {
  RESULT_COLUMNS,
  type DeltaConvention,
  type Failure,
  type Shard,
  type UnderlyingGreeks,
  type Valuation,
} from './model.ts';

const VALUE = RESULT_COLUMNS.indexOf('value');

/** Sums over some positions: the columns from `value` on. */
class Sum {
  count = 0;
  readonly columns = new Float64Array(RESULT_COLUMNS.length);

  add(shard: Shard, row: number): void {
    const { length } = shard.positionIds;
    this.count += 1;
    for (let c = VALUE; c < RESULT_COLUMNS.length; c++) this.columns[c]! += shard.columns[c * length + row]!;
  }

  fields(spot: number) {
    const named = Object.fromEntries(RESULT_COLUMNS.map((name, c) => [name, this.columns[c]!])) as Record<
      (typeof RESULT_COLUMNS)[number],
      number
    >;
    const { price: _none, ...sums } = named;
    return {
      positionCount: this.count,
      ...sums,
      deltaCash: sums.delta * spot,
      gammaCash: (sums.gamma * spot * spot) / 100,
    };
  }
}

interface UnderlyingSums {
  underlying: string;
  quote: string;
  total: Sum;
  expiries: Map<number | null, Sum>;
}

/** Gathers shard after shard into the totals of a valuation. Only sums are kept, so its size does not grow with the book. */
export class Aggregate {
  private valued = 0;
  private unvalued = 0;
  private readonly failures: Failure[] = [];
  private readonly underlyings = new Map<string, UnderlyingSums>();

  add(shard: Shard, book: BookRow[]): void {
    book.forEach((position, i) => {
      const failure = shard.failures[i];
      if (failure) return this.fail(position.positionId, failure);
      this.valued += 1;
      const sums = this.sumsOf(position);
      sums.total.add(shard, i);
      const expiry = sums.expiries.get(position.expiryMs) ?? new Sum();
      sums.expiries.set(position.expiryMs, expiry);
      expiry.add(shard, i);
    });
  }

  private fail(positionId: string, failure: { code: string; detail: string }): void {
    this.unvalued += 1;
    if (this.failures.length < MAX_FAULTS) this.failures.push({ positionId, ...failure });
  }

  private sumsOf({ underlying, quote }: BookRow): UnderlyingSums {
    const key = `${underlying}/${quote}`;
    const sums = this.underlyings.get(key) ?? { underlying, quote, total: new Sum(), expiries: new Map() };
    this.underlyings.set(key, sums);
    return sums;
  }

  valuation(market: MarketView, deltaConvention: DeltaConvention): Valuation {
    const underlyings = [...this.underlyings.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, sums]) => underlyingGreeks(market, sums));
    return {
      deltaConvention,
      valuationTime: market.asOf.toISOString(),
      valued: this.valued,
      unvalued: this.unvalued,
      failures: this.failures,
      underlyings,
      cash: cashTotals(underlyings),
      scenarios: null,
    };
  }
}

function underlyingGreeks(market: MarketView, sums: UnderlyingSums): UnderlyingGreeks {
  const view = market.underlying(sums.underlying, sums.quote)!; // something of it was valued
  const spot = view.spot.mark;
  const expiries = [...sums.expiries.entries()].sort(([a], [b]) => (a ?? 0) - (b ?? 0));
  return {
    underlying: sums.underlying,
    quote: sums.quote,
    spot,
    ...sums.total.fields(spot),
    staleness: view.staleness,
    expiries: expiries.map(([expiry, sum]) => ({
      expiry: expiry === null ? null : new Date(expiry).toISOString(),
      ...sum.fields(spot),
    })),
  };
}

function cashTotals(underlyings: UnderlyingGreeks[]): Valuation['cash'] {
  return [...new Set(underlyings.map(({ quote }) => quote))].map((currency) => {
    const same = underlyings.filter(({ quote }) => quote === currency);
    const total = (name: 'value' | 'deltaCash' | 'gammaCash' | 'vega' | 'theta' | 'rho') =>
      same.reduce((sum, each) => sum + each[name], 0);
    return {
      currency,
      value: total('value'),
      deltaCash: total('deltaCash'),
      gammaCash: total('gammaCash'),
      vega: total('vega'),
      theta: total('theta'),
      rho: total('rho'),
    };
  });
}
