import type { Address } from 'viem';
import { swapTermsOf } from './calldata.ts';
import { QuoteFailure, type AggregatorQuote, type QuoteRequest } from './port.ts';

/** Where an aggregator does not say: a swap over two pools. The simulation tells what it really takes. */
const USUAL_GAS = 250_000n;
/** Routers take these for whoever calls (0x0: Augustus, 1inch; 0x1: SwapRouter02). */
const CALLER: readonly Address[] = [
  '0x0000000000000000000000000000000000000000',
  '0x0000000000000000000000000000000000000001',
];

/**
 * The quote, if its transaction holds to what it says, as far as it can be read: tokens, amounts, and that the taker receives.
 *
 * @throws QuoteFailure `malformed` its transaction does something else, `beyond_limit`
 */
export function offer(request: QuoteRequest, quote: AggregatorQuote): AggregatorQuote {
  const { sellToken, buyToken, taker, validUntil } = request;
  const { recipient, ...said } = swapTermsOf(quote.data) ?? {};
  const fail = (what: string): never => {
    throw new QuoteFailure('malformed', `its transaction ${what} than the quote says`);
  };
  if (said.sellToken && !same(said.sellToken, sellToken)) fail('pays another token');
  if (said.buyToken && !same(said.buyToken, buyToken)) fail('buys another token');
  if (recipient && ![taker, ...CALLER].some((allowed) => same(allowed, recipient))) fail('gives to another');
  if (said.most !== undefined && said.most > quote.maxAmountIn) fail('takes more');
  if (said.least !== undefined && said.least < quote.minAmountOut) fail('gives less');
  const isExactIn = request.side === 'exact_in';
  if (isExactIn && said.most !== undefined && said.most !== request.amount) fail('takes another amount');
  if (!isExactIn && said.least !== undefined && said.least !== request.amount) fail('gives another amount');
  const minAmountOut = said.least ?? quote.minAmountOut;
  const maxAmountIn = said.most ?? quote.maxAmountIn;
  if (isExactIn ? minAmountOut < request.bound : maxAmountIn > request.bound)
    throw new QuoteFailure('beyond_limit', 'its transaction would go beyond the limit');
  return {
    ...{ ...quote, minAmountOut, maxAmountIn },
    gas: quote.gas > 0n ? quote.gas : USUAL_GAS,
    expiresAt: quote.expiresAt < validUntil ? quote.expiresAt : validUntil,
  };
}

/** @throws QuoteFailure `malformed` the answer is about other tokens or another amount than was asked for */
export function sameAsAsked(
  request: QuoteRequest,
  { sellToken, buyToken, amount }: { sellToken?: Address; buyToken?: Address; amount?: bigint },
): void {
  const isOther =
    (sellToken && !same(sellToken, request.sellToken)) ||
    (buyToken && !same(buyToken, request.buyToken)) ||
    (amount !== undefined && amount !== request.amount);
  if (isOther) throw new QuoteFailure('malformed', 'it answers for another trade than was asked for');
}

/** @throws QuoteFailure `unsupported` */
export function exactInputOnly({ side }: QuoteRequest): void {
  if (side === 'exact_out') throw new QuoteFailure('unsupported', 'it quotes exact inputs only');
}

export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
