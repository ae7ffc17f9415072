import { decimalText, exact, type Exact } from '../../platform/decimal.ts';
import { ExchangeFault } from './fault.ts';
import type { Listing, OnGrid } from './dialect.ts';

/**
 * Puts an order on the grid of its instrument. The limit is rounded to the tick that is no worse for the client; a
 * quantity is never rounded, since what is cut off would be left unhedged without a word. Throws `ExchangeFault` `refused`
 * naming the grid that the order is off.
 */
export function onGrid(
  order: { side: 'buy' | 'sell'; quantity: string; limitPrice: string },
  listing: Listing,
): OnGrid {
  const amount = exact(order.quantity).div(listing.unit);
  const { name, lot, minimum, maximum } = listing;
  if (!amount.mod(lot).isZero()) throw offGrid(order.quantity, listing, `${name} is traded in multiples of`, lot);
  if (amount.lt(minimum)) throw offGrid(order.quantity, listing, `the smallest order in ${name} is`, minimum);
  if (maximum !== undefined && amount.gt(maximum))
    throw offGrid(order.quantity, listing, `the largest order in ${name} is`, maximum);
  const price = onTick(order, listing);
  if (listing.minimumNotional !== undefined && amount.mul(listing.unit).mul(price).lt(listing.minimumNotional)) {
    const notional = `${decimalText(amount.mul(listing.unit).mul(price))} of notional`;
    throw new ExchangeFault('refused', `${notional} is too little: the least in ${name} is ${listing.minimumNotional}`);
  }
  return { amount: decimalText(amount), price: decimalText(price) };
}

function onTick({ side, limitPrice }: { side: 'buy' | 'sell'; limitPrice: string }, listing: Listing): Exact {
  const limit = exact(limitPrice);
  const tick = listing.coarseTicks.findLast(({ above }) => limit.gt(above))?.tick ?? listing.tick;
  const ticks = limit.div(tick);
  const price = (side === 'buy' ? ticks.floor() : ticks.ceil()).mul(tick);
  if (!price.gt(0))
    throw new ExchangeFault('refused', `The limit ${limitPrice} is below the tick of ${listing.name}, ${tick}`);
  return price;
}

function offGrid(quantity: string, { unit }: Listing, rule: string, amount: string): ExchangeFault {
  return new ExchangeFault(
    'refused',
    `The quantity ${quantity} is off the grid: ${rule} ${decimalText(exact(amount).mul(unit))}`,
  );
}
