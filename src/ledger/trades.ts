import type { BookRow, PositionMove } from '../portfolios/model.ts';
import { bookRowOf, isInverseRow } from '../portfolios/service.ts';
import type { Trade } from './model.ts';
import type { Mark } from './ports.ts';

/** A trade as the ledger books it: a position of `row.quantity` that was entered at `price`. */
export interface Booked {
  readonly row: BookRow;
  /** As the venue quotes it; undefined where it is not known, and the mark is taken. */
  readonly price: number | undefined;
  /** Of an execution; undefined for what the client changed. */
  readonly trade: Trade | undefined;
}

/** What a unit of a currency is worth in the quote currency of a trade; undefined where no market tells. */
export type PriceOf = (currency: string) => number | undefined;

export interface Outcome {
  /** The mark less the price, over the trade: what it made at once. */
  readonly profit: number;
  readonly premium: number;
  /** Undefined where no market prices what they were paid in. */
  readonly fees: number | undefined;
  readonly spread: number;
  readonly impact: number;
}

const BPS = 10_000;

/** What a trade made against the mark, and what of that were costs, in the quote currency. */
export function outcomeOf({ row, price, trade }: Booked, { price: mark, coin }: Mark, priceOf: PriceOf): Outcome {
  const worth = row.kind === 'option' && row.settlement === 'inverse' ? coin : 1;
  const paid = price === undefined ? mark : price * worth;
  const premium = row.kind === 'option' ? -row.quantity * paid : 0;
  const profit = gain(row, paid, mark);
  if (!trade) return { profit, premium, fees: 0, spread: 0, impact: 0 };
  const slipped = -gain(row, paid, Number(trade.referencePrice) * worth);
  const half = (notionalOf(row, paid) * trade.halfSpreadBps) / BPS;
  const spread = Math.min(slipped, half);
  const known = new Map([
    [row.underlying, coin],
    [row.quote, 1],
  ]);
  const unit = Number(trade.fee) === 0 ? 1 : (known.get(trade.feeCurrency) ?? priceOf(trade.feeCurrency));
  const fees = unit === undefined ? undefined : Number(trade.fee) * unit;
  return { profit: profit + slipped, premium, fees, spread, impact: slipped - spread };
}

/** Of a position entered at `from` and marked at `to`; an inverse contract of N has made N·(1/from − 1/to) coins, worth `to`. */
function gain(row: BookRow, from: number, to: number): number {
  return (isInverseRow(row) ? row.quantity / from : row.quantity) * (to - from);
}

function notionalOf(row: BookRow, price: number): number {
  return Math.abs(row.quantity) * (isInverseRow(row) ? 1 : price);
}

/** What the client changed: entered at the average price where that tells the price of what was added, else at the mark. */
export function bookedMove({ row, before, after }: PositionMove): Booked {
  const size = (after?.size ?? 0) - (before?.size ?? 0);
  return { row: { ...row, quantity: size }, price: addedAt(row, before, after), trade: undefined };
}

function addedAt(row: BookRow, before: PositionMove['before'], after: PositionMove['after']): number | undefined {
  if (!after || after.averagePrice === null) return undefined;
  if (!before) return after.averagePrice;
  const adds = Math.sign(before.size) === Math.sign(after.size) && Math.abs(after.size) > Math.abs(before.size);
  if (!adds || before.averagePrice === null) return undefined;
  const size = after.size - before.size;
  const price = isInverseRow(row)
    ? size / (after.size / after.averagePrice - before.size / before.averagePrice)
    : (after.size * after.averagePrice - before.size * before.averagePrice) / size;
  return price >= 0 && Number.isFinite(price) ? price : undefined;
}

export function bookedTrade(trade: Trade): Booked {
  return { row: bookRowOf(trade.instrument, Number(trade.quantity)), price: Number(trade.price), trade };
}
