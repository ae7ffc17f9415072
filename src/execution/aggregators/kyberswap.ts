import { z } from 'zod';
import type { AggregatorConfig } from '../venuesModel.ts';
import { openApi, type ApiDeps, type Refusal } from './api.ts';
import { address, bytes, units, unitsOrNumber } from './fields.ts';
import { exactInputOnly, offer, same, sameAsAsked } from './offer.ts';
import { QuoteFailure, type Aggregator, type QuoteFailureCode, type QuoteRequest } from './port.ts';
import { leastOf, toleranceBps } from './tolerance.ts';

// KyberSwap Aggregator v1 (its openapi 2.12.1): a route, then the transaction of just that route, which goes back as it came.

const SummarySchema = z.object({
  ...{ tokenIn: address, tokenOut: address, amountIn: units, amountOut: units, gas: unitsOrNumber },
});
const RouteSchema = z.object({
  data: z.object({
    routeSummary: z.unknown().transform((routeSummary, context) => {
      const read = SummarySchema.safeParse(routeSummary);
      if (read.success) return { summary: read.data, asItCame: routeSummary };
      context.addIssue({ code: 'custom', path: read.error.issues[0]!.path, message: 'unreadable' });
      return z.NEVER;
    }),
    routerAddress: address,
  }),
});

const BuildSchema = z.object({
  data: z.object({
    ...{ amountIn: units, amountOut: units, gas: unitsOrNumber, data: bytes, routerAddress: address },
    /** Older answers have none; the coins that it wants are then none. */
    transactionValue: units.nullish(),
  }),
});

/** "do not cache for more than 5 to 10 seconds" */
const LIFE_MS = 10_000;

/** The chains' names in its addresses. */
const CHAINS: Record<number, string> = {
  ...{ 1: 'ethereum', 10: 'optimism', 56: 'bsc', 137: 'polygon', 8453: 'base' },
  ...{ 42161: 'arbitrum', 43114: 'avalanche', 59144: 'linea' },
};

export function kyberswap(config: AggregatorConfig, deps: ApiDeps): Aggregator {
  const api = openApi(config, deps, kyberswapRefusal);
  const headers = { 'x-client-id': config.apiKey ?? 'ballast' };
  return {
    name: config.name,
    async quote(request, signal) {
      exactInputOnly(request);
      const chain = CHAINS[request.chainId];
      if (!chain) throw new QuoteFailure('unsupported', `its name of chain ${request.chainId} is not known`);
      const found = await api.ask(
        { path: `/${chain}/api/v1/routes`, query: queryOf(request), headers },
        RouteSchema,
        signal,
      );
      const { summary, asItCame } = found.data.routeSummary;
      sameAsAsked(request, { sellToken: summary.tokenIn, buyToken: summary.tokenOut, amount: summary.amountIn });
      const bps = toleranceBps(summary.amountOut, request);
      const body = buildBody(request, asItCame, bps);
      const built = await api.ask(
        { method: 'POST', path: `/${chain}/api/v1/route/build`, body, headers },
        BuildSchema,
        signal,
      );
      const { data: transaction } = built;
      sameAsAsked(request, { amount: transaction.amountIn });
      if (!same(transaction.routerAddress, found.data.routerAddress))
        throw new QuoteFailure('malformed', 'its transaction calls another router than the route says');
      // The route is priced once more when the transaction is built; which of the two its least is of is not said.
      const lower = transaction.amountOut < summary.amountOut ? transaction.amountOut : summary.amountOut;
      return offer(request, {
        ...{ amountIn: request.amount, maxAmountIn: request.amount },
        ...{ amountOut: transaction.amountOut, minAmountOut: leastOf(lower, bps) },
        ...{ to: transaction.routerAddress, data: transaction.data, value: transaction.transactionValue ?? 0n },
        ...{ gas: transaction.gas, spender: transaction.routerAddress },
        expiresAt: new Date(deps.clock.now().getTime() + LIFE_MS),
      });
    },
  };
}

function queryOf({ sellToken, buyToken, amount, gasPrice, taker }: QuoteRequest) {
  return { tokenIn: sellToken, tokenOut: buyToken, amountIn: amount, gasInclude: true, gasPrice, origin: taker };
}

/** Its own default tolerates nothing. Gas is told by the simulation: here the quote may come before the approval. */
function buildBody({ taker, validUntil }: QuoteRequest, routeSummary: unknown, bps: bigint) {
  return {
    ...{ routeSummary, sender: taker, recipient: taker, origin: taker, source: 'ballast' },
    ...{ slippageTolerance: Number(bps), deadline: Math.floor(validUntil.getTime() / 1_000) },
    enableGasEstimation: false,
  };
}

const ErrorSchema = z.object({ code: z.int(), message: z.string() });

const CODES: Record<number, QuoteFailureCode> = {
  ...{ 4008: 'no_liquidity', 4009: 'no_liquidity', 4010: 'no_liquidity', 40011: 'no_liquidity' },
  ...{ 4011: 'unsupported', 4221: 'unsupported', 4222: 'expired', 4227: 'expired', 4990: 'unavailable' },
};

function kyberswapRefusal(status: number, body: unknown): Refusal | undefined {
  const read = ErrorSchema.safeParse(body);
  if (!read.success || status >= 500 || (status < 400 && read.data.code === 0)) return undefined;
  const { code, message } = read.data;
  return { code: CODES[code] ?? 'bad_request', detail: `${code}: ${message}` };
}
