import type { BookRow } from '../portfolios/model.ts';
import type { MarketView } from '../market/service.ts';
import { MAX_FAULTS } from '../platform/problem.ts';
import type { BookPart, HeldBook } from './heldBook.ts';
import type { PricedBook } from './unitPrices.ts';
import { UNIT_WIDTH } from './unitRows.ts';
import {
  RESULT_COLUMNS,
  type DeltaConvention,
  type Failure,
  type ResultColumn,
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

  addSum({ count, columns }: Sum): void {
    this.count += count;
    for (let c = VALUE; c < RESULT_COLUMNS.length; c++) this.columns[c]! += columns[c]!;
  }

  fields(spot: number) {
    const sums = {} as Record<Exclude<ResultColumn, 'price'>, number>;
    for (let c = VALUE; c < RESULT_COLUMNS.length; c++) sums[RESULT_COLUMNS[c] as keyof typeof sums] = this.columns[c]!;
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
  expiries: Map<number | null, Sum>;
}

/** Gathers shard after shard, or a held book, into the totals of a valuation. Only sums are kept, so its size does not grow with the book. */
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
      this.sumOf(position).add(shard, i);
    });
  }

  addHeld(book: HeldBook, priced: PricedBook): void {
    const { gross, positionIds, firstPosition, parts } = book;
    const { units, places, runs, sums, failed } = priced;
    for (const i of failed)
      for (const id of positionIds.slice(firstPosition[i], firstPosition[i + 1]))
        this.fail(id, units.failureOf(places[i]!, gross[i]!)!);
    runs.forEach((run, r) => {
      const sum = this.sumOf(parts[run.part]!);
      const count = firstPosition[run.to]! - firstPosition[run.from]!;
      sum.count += count;
      this.valued += count;
      for (let c = VALUE; c < RESULT_COLUMNS.length; c++) sum.columns[c]! += sums[r * UNIT_WIDTH + c - VALUE]!;
    });
  }

  private fail(positionId: string, failure: { code: string; detail: string }): void {
    this.unvalued += 1;
    if (this.failures.length < MAX_FAULTS) this.failures.push({ positionId, ...failure });
  }

  private sumOf({ underlying, quote, expiryMs }: BookPart): Sum {
    const key = `${underlying}/${quote}`;
    const { expiries } = this.underlyings.get(key) ?? { expiries: new Map<number | null, Sum>() };
    this.underlyings.set(key, { underlying, quote, expiries });
    const sum = expiries.get(expiryMs) ?? new Sum();
    expiries.set(expiryMs, sum);
    return sum;
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
  const total = new Sum();
  for (const [, sum] of expiries) total.addSum(sum);
  let told: UnderlyingGreeks['expiries'] | undefined;
  return {
    underlying: sums.underlying,
    quote: sums.quote,
    spot,
    ...total.fields(spot),
    staleness: view.staleness,
    /** Made when they are asked for: what trades nothing needs only the totals. */
    get expiries() {
      told ??= expiries.map(([expiry, sum]) => ({
        expiry: expiry === null ? null : new Date(expiry).toISOString(),
        ...sum.fields(spot),
      }));
      return told;
    },
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
