import { getAddress } from 'viem';
import { z } from 'zod';
import type { AggregatorConfig } from '../venuesModel.ts';
import { openApi, type ApiDeps, type Refusal } from './api.ts';
import { address, bytes, units, unitsOrNumber } from './fields.ts';
import { exactInputOnly, offer, same, sameAsAsked } from './offer.ts';
import { QuoteFailure, type Aggregator, type QuoteFailureCode, type QuoteRequest } from './port.ts';
import { askedWithin, leastOf } from './tolerance.ts';

// Odos SOR v3 (https://docs.odos.xyz/api/sor): a path, kept there for a minute, then its transaction.

const QuoteSchema = z.object({
  ...{ inTokens: z.tuple([address]), outTokens: z.tuple([address]) },
  ...{ inAmounts: z.tuple([units]), outAmounts: z.tuple([units]) },
  gasEstimate: z.number().nonnegative(),
  pathId: z.string().min(1),
});

const AssembledSchema = z.object({
  transaction: z.object({
    ...{ to: address, from: address, data: bytes, value: units, chainId: z.int() },
    gas: z.union([unitsOrNumber, z.literal(-1)]).nullish(), // -1 where it was not simulated
  }),
  outputTokens: z.tuple([z.object({ tokenAddress: address, amount: units })]).nullish(),
});

const LIFE_MS = 60_000;
const BPS_IN_PERCENT = 100;

export function odos(config: AggregatorConfig, deps: ApiDeps): Aggregator {
  const api = openApi(config, deps, odosRefusal);
  const headers: Record<string, string> = config.apiKey ? { 'x-api-key': config.apiKey } : {};

  const ask = async (request: QuoteRequest, bps: bigint, signal: AbortSignal) => {
    const call = { method: 'POST' as const, path: '/sor/quote/v3', body: quoteBody(request, bps), headers };
    const quote = await api.ask(call, QuoteSchema, signal);
    const [amountOut] = quote.outAmounts;
    return { quote, amountOut, minAmountOut: leastOf(amountOut, bps) };
  };

  return {
    name: config.name,
    async quote(request, signal) {
      exactInputOnly(request);
      const askedAt = deps.clock.now().getTime();
      const { quote, amountOut, minAmountOut } = await askedWithin(request, (bps) => ask(request, bps, signal));
      sameAsAsked(request, {
        ...{ sellToken: quote.inTokens[0], buyToken: quote.outTokens[0], amount: quote.inAmounts[0] },
      });
      const body = { userAddr: getAddress(request.taker), pathId: quote.pathId, simulate: false };
      const call = { method: 'POST' as const, path: '/sor/assemble', body, headers };
      const { transaction, outputTokens } = await api.ask(call, AssembledSchema, signal);
      const { chainId, from, to, data, value, gas } = transaction;
      if (chainId !== request.chainId || !same(from, request.taker))
        throw new QuoteFailure('malformed', 'its transaction is for another chain or sender');
      if (outputTokens) sameAsAsked(request, { buyToken: outputTokens[0].tokenAddress });
      return offer(request, {
        ...{ amountIn: request.amount, maxAmountIn: request.amount, amountOut, minAmountOut, to, data, value },
        gas: gas && gas > 0 ? BigInt(gas) : BigInt(Math.ceil(quote.gasEstimate)),
        ...{ spender: to, expiresAt: new Date(askedAt + LIFE_MS) },
      });
    },
  };
}

/** Not compact: the calldata can then be read before it is signed. Addresses have to carry their checksums. */
function quoteBody({ chainId, sellToken, buyToken, amount, taker, gasPrice }: QuoteRequest, bps: bigint) {
  return {
    chainId,
    inputTokens: [{ tokenAddress: getAddress(sellToken), amount: amount.toString() }],
    outputTokens: [{ tokenAddress: getAddress(buyToken), proportion: 1 }],
    ...{ userAddr: getAddress(taker), slippageLimitPercent: Number(bps) / BPS_IN_PERCENT },
    ...{ gasPrice: Number(gasPrice) / 1e9, disableRFQs: true, compact: false },
  };
}

const ErrorSchema = z.object({ detail: z.string(), errorCode: z.int().optional() });

function odosRefusal(status: number, body: unknown): Refusal | undefined {
  const read = ErrorSchema.safeParse(body);
  if (!read.success || status < 400) return undefined;
  const { detail, errorCode } = read.data;
  if (errorCode === undefined) return status >= 500 ? undefined : { code: 'bad_request', detail };
  return { code: codeOf(errorCode), detail: `${errorCode}: ${detail}` };
}

/** By the thousand: 1 general, 2 quotes, 3 its backend, 4 what was asked for, 5 internal (docs.odos.xyz/build/api_errors). */
function codeOf(code: number): QuoteFailureCode {
  const isRefused = (code >= 4000 && code < 5000) || code === 2400;
  return CODES[code] ?? (isRefused ? 'bad_request' : 'unavailable');
}

const CODES: Record<number, QuoteFailureCode> = {
  2000: 'no_liquidity',
  // Chain, blacklisted token, token without routing.
  ...{ 4001: 'unsupported', 4014: 'unsupported', 4016: 'unsupported' },
  // An assembly of a path that it does not, or no longer, hold.
  4100: 'expired',
};
