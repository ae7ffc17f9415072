import { QuoteFailure, type QuoteRequest } from './port.ts';

// Aggregators are told by how much the outcome may miss the quote; an order knows what it has to come to at least.

const BPS = 10_000n;
/** Never more, however far off the limit is: what is tolerated is what a sandwich can take. */
const USUAL_BPS = 50n;

/** What an exact input may fall to, rounded against us. */
export function leastOf(amountOut: bigint, bps: bigint): bigint {
  return (amountOut * (BPS - bps)) / BPS;
}

/**
 * By how many whole bps a quote may be missed within the limit, at most what is usual.
 *
 * @throws QuoteFailure `beyond_limit` the quote itself is not within it
 */
export function toleranceBps(amountOut: bigint, { bound }: QuoteRequest): bigint {
  if (amountOut < bound)
    throw new QuoteFailure('beyond_limit', `it offers ${amountOut}; the limit asks for ${bound} at least`);
  const left = ((amountOut - bound) * BPS) / amountOut;
  return left < USUAL_BPS ? left : USUAL_BPS;
}

/** The least that is accepted of an exact input, and the most of an exact output: the usual tolerance within the limit. */
export function boundWithin({ amountIn, amountOut }: Amounts, { side, bound }: QuoteRequest): bigint {
  if (side === 'exact_in') {
    const least = leastOf(amountOut, USUAL_BPS);
    return least > bound ? least : bound;
  }
  const most = (amountIn * (BPS + USUAL_BPS)) / BPS;
  return most < bound ? most : bound;
}

interface Amounts {
  amountIn: bigint;
  amountOut: bigint;
}

/**
 * Of aggregators that have to be told the tolerance before the quote is known: asks with the usual one, and once more where the limit
 * leaves less.
 */
export async function askedWithin<T extends { amountOut: bigint; minAmountOut: bigint }>(
  request: QuoteRequest,
  ask: (bps: bigint) => Promise<T>,
): Promise<T> {
  const first = await ask(USUAL_BPS);
  return first.minAmountOut >= request.bound ? first : ask(toleranceBps(first.amountOut, request));
}
