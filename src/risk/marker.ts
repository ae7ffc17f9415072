import { yearsTo, type MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { PricingPool } from '../pricing/service.ts';
import type { Explained, Mark, Marker } from '../ledger/service.ts';
import { explainOption, explainRows, firstOf } from './explain.ts';
import { nothing } from './explainTerms.ts';
import { RESULT_COLUMNS } from './model.ts';
import { valueShard, type Reason } from './valuation.ts';

const PRICE = RESULT_COLUMNS.indexOf('price');
const VALUE = RESULT_COLUMNS.indexOf('value');

/** What the ledger marks books with. */
export function createMarker(pool: Pick<PricingPool, 'price'>): Marker {
  return {
    async mark(rows, market) {
      const shard = await valueShard(pool, market, [...rows], 'black_scholes', 0);
      return rows.map((_, i): Mark | Reason => {
        const at = (column: number) => shard.columns[column * rows.length + i]!;
        return shard.failures[i] ?? { price: at(PRICE), value: at(VALUE), coin: coinOf(rows[i]!, market) };
      });
    },

    async explain(rows, before, after) {
      const shard = await valueShard(pool, before, [...rows], 'black_scholes', 0);
      const outcomes = await explainRows(pool, before, after, shard, rows);
      const places = new Map(shard.options.rows.map((row, option) => [row, option]));
      return rows.map((row, i): Explained | Reason => {
        if (i in shard.failures || !expiresBy(row, after)) return outcomes[i]!;
        const option = places.get(i);
        const settled = settlementMarket(row, before, after).underlying(row.underlying, row.quote)?.spot.mark;
        if (settled === undefined) return outcomes[i]!;
        const years = yearsTo(before.asOf.getTime(), row.expiryMs!);
        if (option === undefined) return settleFuture(row, shard.columns[PRICE * rows.length + i]!, settled);
        const first = firstOf(shard.options, option);
        const sign = row.optionType === 'call' ? 1 : -1;
        const price = Math.max(0, sign * (settled - row.strike!));
        return explainOption(row, first, { ...first, price, spot: settled }, years);
      });
    },
  };
}

/** As `scaleOption` has it: the forward where forwards are listed, spot where the carry is given. */
function coinOf({ underlying, quote, expiryMs }: BookRow, market: MarketView): number {
  const view = market.underlying(underlying, quote)!;
  const forward = expiryMs === null || view.carry !== undefined ? undefined : view.forward(expiryMs);
  return forward ?? view.spot.mark;
}

function expiresBy({ expiryMs }: BookRow, { asOf }: MarketView): boolean {
  return expiryMs !== null && expiryMs <= asOf.getTime();
}

function settlementMarket({ expiryMs }: BookRow, before: MarketView, after: MarketView): MarketView {
  return expiryMs! - before.asOf.getTime() < after.asOf.getTime() - expiryMs! ? before : after;
}

/** All of it is delta; an inverse contract has made N·(1/F − 1/S) coins, worth the settlement price. */
function settleFuture({ quantity, multiplier, settlement }: BookRow, from: number, to: number): Explained {
  const size = quantity * multiplier;
  const profit = (settlement === 'inverse' ? size / from : size) * (to - from);
  return { ...nothing(), profit, delta: profit };
}
