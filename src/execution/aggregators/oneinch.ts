import { z } from 'zod';
import type { AggregatorConfig } from '../venuesModel.ts';
import { openApi, type ApiDeps, type Refusal } from './api.ts';
import { address, bytes, units, unitsOrNumber } from './fields.ts';
import { exactInputOnly, offer, same } from './offer.ts';
import { QuoteFailure, type Aggregator, type QuoteRequest } from './port.ts';
import { askedWithin, leastOf } from './tolerance.ts';

// 1inch Classic Swap v6.1 (its portal). The names of v4 and v5 (`toTokenAmount`) are other ones: an answer with those is refused.

const SwapSchema = z.object({
  dstAmount: units,
  tx: z.object({ from: address, to: address, data: bytes, value: units, gas: unitsOrNumber.nullish() }),
});

const SpenderSchema = z.object({ address });

const LIFE_MS = 30_000;
export const BPS_IN_PERCENT = 100;

export function oneinch(config: AggregatorConfig, deps: ApiDeps): Aggregator {
  const api = openApi(config, deps, oneinchRefusal);
  const headers = oneinchHeaders(config);
  const spenders = new Map<number, string>();

  /** Once for a chain: the free plan answers one call a second. */
  const spenderOn = async (chainId: number, signal: AbortSignal) => {
    const known = spenders.get(chainId);
    if (known) return known as z.infer<typeof address>;
    const call = { path: `/swap/v6.1/${chainId}/approve/spender`, headers };
    const { address: spender } = await api.ask(call, SpenderSchema, signal);
    spenders.set(chainId, spender);
    return spender;
  };

  const ask = async (request: QuoteRequest, bps: bigint, signal: AbortSignal) => {
    const call = { path: `/swap/v6.1/${request.chainId}/swap`, query: swapQuery(request, bps), headers };
    const { dstAmount, tx } = await api.ask(call, SwapSchema, signal);
    return { tx, amountOut: dstAmount, minAmountOut: leastOf(dstAmount, bps) };
  };

  return {
    name: config.name,
    async quote(request, signal) {
      exactInputOnly(request);
      const [{ tx, amountOut, minAmountOut }, spender] = await Promise.all([
        askedWithin(request, (bps) => ask(request, bps, signal)),
        spenderOn(request.chainId, signal),
      ]);
      if (!same(tx.from, request.taker)) throw new QuoteFailure('malformed', 'its transaction is for another sender');
      return offer(request, {
        ...{ amountIn: request.amount, maxAmountIn: request.amount, amountOut, minAmountOut, spender },
        ...{ to: tx.to, data: tx.data, value: tx.value, gas: tx.gas ?? 0n },
        expiresAt: new Date(deps.clock.now().getTime() + LIFE_MS),
      });
    },
  };
}

/** Its own estimate fails while the approval is missing; the simulation tells the gas. */
function swapQuery({ sellToken, buyToken, amount, taker, gasPrice }: QuoteRequest, bps: bigint) {
  return {
    ...{ src: sellToken, dst: buyToken, amount, from: taker, origin: taker, slippage: Number(bps) / BPS_IN_PERCENT },
    ...{ disableEstimate: true, allowPartialFill: false, gasPrice },
  };
}

export function oneinchHeaders({ apiKey }: AggregatorConfig): Record<string, string> {
  return apiKey ? { authorization: `Bearer ${apiKey}` } : {};
}

const ErrorSchema = z.object({ error: z.string(), description: z.string().optional() });

export function oneinchRefusal(status: number, body: unknown): Refusal | undefined {
  const read = ErrorSchema.safeParse(body);
  if (!read.success || status === 401 || status === 403 || status >= 500) return undefined;
  const { error, description = '' } = read.data;
  const isEmpty = description.toLowerCase().includes('insufficient liquidity');
  return { code: isEmpty ? 'no_liquidity' : 'bad_request', detail: description || error };
}
