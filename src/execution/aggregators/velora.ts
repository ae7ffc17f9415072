import { z } from 'zod';
import type { AggregatorConfig } from '../venuesModel.ts';
import { openApi, type ApiDeps, type Refusal } from './api.ts';
import { address, bytes, units, unitsOrNumber } from './fields.ts';
import { offer, same, sameAsAsked } from './offer.ts';
import { QuoteFailure, type Aggregator, type QuoteRequest } from './port.ts';
import { boundWithin } from './tolerance.ts';

// Velora (ParaSwap) v6.2 (npm @velora-dex/sdk 9.3.6): a price with its route, then the transaction of just that route. The route goes
// back as it came: it is signed (`hmac`).

const PriceSchema = z.object({
  priceRoute: z.looseObject({
    ...{ network: z.int(), srcToken: address, destToken: address, srcAmount: units, destAmount: units },
    side: z.enum(['SELL', 'BUY']),
    gasCost: unitsOrNumber,
    ...{ tokenTransferProxy: address, contractAddress: address },
  }),
});
/** As it came, beside what is read of it. */
const PriceAnswerSchema = z.object({ priceRoute: z.unknown() }).transform(({ priceRoute }, context) => {
  const read = PriceSchema.safeParse({ priceRoute });
  if (read.success) return { route: read.data.priceRoute, priceRoute };
  context.addIssue({ code: 'custom', path: read.error.issues[0]!.path, message: 'unreadable' });
  return z.NEVER;
});

const TransactionSchema = z.object({
  ...{ from: address, to: address, value: units, data: bytes, chainId: z.int() },
  gas: unitsOrNumber.nullish(),
});

const LIFE_MS = 30_000;

export function velora(config: AggregatorConfig, deps: ApiDeps): Aggregator {
  const api = openApi(config, deps, veloraRefusal);
  return {
    name: config.name,
    async quote(request, signal) {
      const { route, priceRoute } = await api.ask(pricesCall(request), PriceAnswerSchema, signal);
      const { srcAmount: amountIn, destAmount: amountOut } = route;
      const isExactIn = request.side === 'exact_in';
      sameAsAsked(request, {
        ...{ sellToken: route.srcToken, buyToken: route.destToken },
        amount: isExactIn ? amountIn : amountOut,
      });
      if (route.network !== request.chainId) throw new QuoteFailure('malformed', 'it answers for another chain');
      checkWithin(request, isExactIn ? amountOut : amountIn);
      const bound = boundWithin({ amountIn, amountOut }, request);
      const held = isExactIn ? { srcAmount: amountIn, destAmount: bound } : { srcAmount: bound, destAmount: amountOut };
      const call = transactionCall(request, priceRoute, held);
      const transaction = await api.ask(call, TransactionSchema, signal);
      if (transaction.chainId !== request.chainId || !same(transaction.from, request.taker))
        throw new QuoteFailure('malformed', 'its transaction is for another chain or sender');
      if (!same(transaction.to, route.contractAddress))
        throw new QuoteFailure('malformed', 'its transaction calls another contract than the price says');
      return offer(request, {
        ...{ amountIn, amountOut, maxAmountIn: held.srcAmount, minAmountOut: held.destAmount },
        ...{ to: transaction.to, data: transaction.data, value: transaction.value },
        ...{ gas: transaction.gas ?? route.gasCost, spender: route.tokenTransferProxy },
        expiresAt: new Date(deps.clock.now().getTime() + LIFE_MS),
      });
    },
  };
}

function pricesCall({ side, chainId, sellToken, sellDecimals, buyToken, buyDecimals, amount, taker }: QuoteRequest) {
  return {
    path: '/prices',
    query: {
      ...{ srcToken: sellToken, srcDecimals: sellDecimals, destToken: buyToken, destDecimals: buyDecimals },
      ...{ amount, side: side === 'exact_in' ? 'SELL' : 'BUY', network: chainId, version: '6.2', userAddress: taker },
    },
  };
}

/** Balance and allowance are looked at, and gas is told, by the simulation: here the quote may come before the approval. */
function transactionCall(
  { chainId, sellToken, sellDecimals, buyToken, buyDecimals, taker, validUntil, gasPrice }: QuoteRequest,
  priceRoute: unknown,
  held: { srcAmount: bigint; destAmount: bigint },
) {
  return {
    ...{ method: 'POST' as const, path: `/transactions/${chainId}` },
    query: { ignoreChecks: true, ignoreGasEstimate: true, gasPrice },
    body: {
      ...{ srcToken: sellToken, srcDecimals: sellDecimals, destToken: buyToken, destDecimals: buyDecimals },
      ...{ srcAmount: held.srcAmount.toString(), destAmount: held.destAmount.toString() },
      ...{ userAddress: taker, priceRoute, deadline: Math.floor(validUntil.getTime() / 1_000) },
    },
  };
}

function checkWithin({ side, bound }: QuoteRequest, moved: bigint): void {
  if (side === 'exact_in' ? moved >= bound : moved <= bound) return;
  const asks = `the limit allows ${bound} at ${side === 'exact_in' ? 'least' : 'most'}`;
  throw new QuoteFailure('beyond_limit', `it offers ${moved}; ${asks}`);
}

const ErrorSchema = z.object({ error: z.string() });

// It has no codes, only words.
const NO_LIQUIDITY = ['no routes found', 'estimated_loss_greater_than_max_impact', 'not enough liquidity'];
const EXPIRED = ['rate has changed', 'suspected rate change'];
const UNSUPPORTED = ['invalid tokens', 'token not found', 'unsupported network'];

function veloraRefusal(status: number, body: unknown): Refusal | undefined {
  const read = ErrorSchema.safeParse(body);
  if (!read.success || status >= 500) return undefined;
  const { error: detail } = read.data;
  const says = (words: string[]) => words.some((word) => detail.toLowerCase().includes(word));
  if (says(NO_LIQUIDITY)) return { code: 'no_liquidity', detail };
  if (says(EXPIRED)) return { code: 'expired', detail };
  if (says(UNSUPPORTED)) return { code: 'unsupported', detail };
  return { code: 'bad_request', detail };
}
