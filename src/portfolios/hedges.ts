import { isInverseContract } from '../instruments/service.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import type { FilledTrade, Position } from './model.ts';
import { hedgeIdOf, positionRecord, type PositionRecord } from './positions.ts';

/** As many as the interface takes back. */
const PRICE_DECIMALS = 18;

/** Hedges are kept apart from what the client put there, one position per instrument. */
export function hedgePositionId(trade: FilledTrade): string {
  return hedgeIdOf(trade.instrument.symbol);
}

/** The position after the trade; none when it is closed. */
export function mergeTrade(
  held: Pick<Position, 'quantity' | 'multiplier' | 'averagePrice'> | undefined,
  trade: FilledTrade,
): PositionRecord[] {
  // A position that the client wrote over may have a multiplier; what is traded has none.
  const before = exact(held?.quantity ?? 0).mul(held?.multiplier ?? 1);
  const quantity = before.plus(trade.quantity);
  if (quantity.isZero()) return [];
  const averagePrice = averageEntry(before, held?.averagePrice ?? null, trade);
  return [positionRecord(hedgePositionId(trade), trade.instrument, { quantity: decimalText(quantity), averagePrice })];
}

/**
 * Average entry: weighted where the trade adds, kept where it reduces, the trade's own where it opens or turns over. What is
 * not known of a part is not known of the whole.
 */
function averageEntry(before: Exact, held: string | null, trade: FilledTrade): string | undefined {
  const traded = exact(trade.quantity);
  if (before.isZero() || before.plus(traded).s !== before.s) return trade.averagePrice;
  if (held === null) return undefined;
  if (before.s !== traded.s) return held;
  const { terms } = trade.instrument;
  const total = before.plus(traded);
  // An inverse contract is a fixed amount of quote currency, so its coins (quantity over price) add up, not its prices.
  const average = isInverseContract(terms)
    ? total.div(before.div(held).plus(traded.div(trade.averagePrice)))
    : before.mul(held).plus(traded.mul(trade.averagePrice)).div(total);
  return decimalText(average.toDecimalPlaces(PRICE_DECIMALS));
}
