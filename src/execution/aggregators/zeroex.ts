import { concatHex, numberToHex, size, type Hex } from 'viem';
import { z } from 'zod';
import type { AggregatorConfig } from '../venuesModel.ts';
import { openApi, type ApiDeps, type Refusal } from './api.ts';
import { address, bytes, typedData, units, type TypedData } from './fields.ts';
import { exactInputOnly, offer, same, sameAsAsked } from './offer.ts';
import { QuoteFailure, type Aggregator, type QuoteIssues, type QuotePermit, type QuoteRequest } from './port.ts';
import { askedWithin } from './tolerance.ts';

// 0x Swap API v2 (npm @0x/swap-ts-sdk 2.1.1; https://0x.org/docs), taker-submitted: by its AllowanceHolder, or by Permit2.

const NoLiquiditySchema = z.object({ liquidityAvailable: z.literal(false) });

const IssuesSchema = z.object({
  allowance: z.object({ actual: units, spender: address }).nullish(),
  balance: z.object({ token: address, actual: units, expected: units }).nullish(),
  simulationIncomplete: z.boolean().nullish(),
});

const ZeroexQuoteSchema = z.object({
  liquidityAvailable: z.literal(true),
  ...{ sellToken: address, buyToken: address, sellAmount: units, buyAmount: units, minBuyAmount: units },
  allowanceTarget: address.nullish(),
  issues: IssuesSchema,
  transaction: z.object({ to: address, data: bytes, gas: units.nullish(), value: units }),
  permit2: z.object({ eip712: typedData }).nullish(),
});
type ZeroexQuote = z.infer<typeof ZeroexQuoteSchema>;

/** 0x says no validity; its makers' quotes live about as long. */
const LIFE_MS = 30_000;

/** @param config of flavour `allowance_holder` (also where none is given) or `permit2`, whose quotes carry a `permit` to be signed */
export function zeroex(config: AggregatorConfig, deps: ApiDeps): Aggregator {
  const api = openApi(config, deps, zeroexRefusal);
  const isPermit2 = config.flavour === 'permit2';
  const path = `/swap/${isPermit2 ? 'permit2' : 'allowance-holder'}/quote`;

  const ask = async (request: QuoteRequest, bps: bigint, signal: AbortSignal) => {
    const call = { path, query: { ...zeroexQuery(request), slippageBps: bps }, headers: zeroexHeaders(config) };
    const quote = await api.ask(call, ZeroexQuoteSchema, signal);
    return { quote, amountOut: quote.buyAmount, minAmountOut: quote.minBuyAmount };
  };

  return {
    name: config.name,
    async quote(request, signal) {
      exactInputOnly(request);
      const { quote } = await askedWithin(request, (bps) => ask(request, bps, signal));
      const { sellToken, buyToken, sellAmount, buyAmount, minBuyAmount, transaction } = quote;
      sameAsAsked(request, { sellToken, buyToken, amount: sellAmount });
      if (minBuyAmount > buyAmount) throw new QuoteFailure('malformed', 'its least is more than what it offers');
      const issues = zeroexIssues(quote.issues);
      return offer(request, {
        ...{ amountIn: sellAmount, maxAmountIn: sellAmount, amountOut: buyAmount, minAmountOut: minBuyAmount },
        ...{ to: transaction.to, data: transaction.data, value: transaction.value, gas: transaction.gas ?? 0n },
        // Nothing is said of the allowance where it is there already.
        spender: quote.issues.allowance?.spender ?? quote.allowanceTarget ?? (isPermit2 ? PERMIT2 : transaction.to),
        expiresAt: new Date(deps.clock.now().getTime() + LIFE_MS),
        ...(issues && { issues }),
        ...(isPermit2 && { permit: permitOf(request, quote) }),
      });
    },
  };
}

/** The call to be signed has to be one that lets the called contract, and no other, take what is sold, and no more. */
function permitOf(request: QuoteRequest, { permit2, transaction }: ZeroexQuote): QuotePermit {
  if (!permit2) throw new QuoteFailure('malformed', 'there is no permit in the answer');
  checkPermit(permit2.eip712, request, transaction.to);
  return {
    typedData: permit2.eip712,
    complete: (signature: Hex) => concatHex([transaction.data, numberToHex(size(signature), { size: 32 }), signature]),
  };
}

const PermitSchema = z.object({
  domain: z.object({ name: z.literal('Permit2'), chainId: z.coerce.number(), verifyingContract: address }),
  message: z.object({
    permitted: z.object({ token: address, amount: units }),
    spender: address,
    nonce: units,
    deadline: units,
  }),
});

/** @throws QuoteFailure `malformed` the permit is for something else than the trade */
export function checkPermit(data: TypedData, request: QuoteRequest, spender: string): void {
  const read = PermitSchema.safeParse(data);
  const isForTrade =
    read.success &&
    read.data.domain.chainId === request.chainId &&
    same(read.data.domain.verifyingContract, PERMIT2) &&
    same(read.data.message.permitted.token, request.sellToken) &&
    read.data.message.permitted.amount === request.amount &&
    same(read.data.message.spender, spender);
  if (!isForTrade) throw new QuoteFailure('malformed', 'the permit is for something else than the trade');
}

/** At the same address on every chain. */
export const PERMIT2 = '0x000000000022d473030f116ddee9f6b43ac78ba3';

export function zeroexQuery({ chainId, sellToken, buyToken, amount, taker, gasPrice }: QuoteRequest) {
  return { chainId, sellToken, buyToken, sellAmount: amount, taker, gasPrice };
}

export function zeroexHeaders({ apiKey }: AggregatorConfig): Record<string, string> {
  return { '0x-version': 'v2', ...(apiKey && { '0x-api-key': apiKey }) };
}

export function zeroexIssues({ allowance, balance, simulationIncomplete }: z.infer<typeof IssuesSchema>) {
  const issues: QuoteIssues = {
    ...(allowance && { allowance }),
    ...(balance && { balance }),
    ...(simulationIncomplete && { simulationIncomplete }),
  };
  return Object.keys(issues).length > 0 ? issues : undefined;
}

const ErrorSchema = z.object({
  name: z.string(),
  message: z.string().optional(),
  data: z
    .object({ details: z.array(z.object({ field: z.string().optional(), reason: z.string().optional() })).optional() })
    .nullish(),
});
const LegacyErrorSchema = z.object({
  reason: z.string(),
  validationErrors: z.array(z.object({ field: z.string().optional(), reason: z.string() })).optional(),
});

/** No liquidity comes with status 200 and nothing else in it. */
export function zeroexRefusal(status: number, body: unknown): Refusal | undefined {
  if (NoLiquiditySchema.safeParse(body).success) return { code: 'no_liquidity', detail: 'no liquidity is available' };
  if (status < 400) return undefined;
  const legacy = LegacyErrorSchema.safeParse(body);
  if (legacy.success) {
    const reasons = legacy.data.validationErrors?.map(({ reason }) => reason) ?? [];
    const code = reasons.includes('INSUFFICIENT_ASSET_LIQUIDITY') ? 'no_liquidity' : 'bad_request';
    return { code, detail: [legacy.data.reason, ...reasons].join('; ') };
  }
  const read = ErrorSchema.safeParse(body);
  if (!read.success) return undefined;
  const { name, message = '', data } = read.data;
  const details = (data?.details ?? []).map(({ field, reason }) => `${field ?? '?'}: ${reason ?? '?'}`);
  const detail = [`${name}${message && ` (${message})`}`, ...details].join('; ');
  if (UNSUPPORTED.includes(name)) return { code: 'unsupported', detail };
  if (UNAUTHORISED.includes(name) || status === 401 || status === 403) return { code: 'unauthorised', detail };
  return { code: status >= 500 || UNAVAILABLE.includes(name) ? 'unavailable' : 'bad_request', detail };
}

const UNSUPPORTED = [
  'TOKEN_NOT_SUPPORTED',
  'BUY_TOKEN_NOT_AUTHORIZED_FOR_TRADE',
  'SELL_TOKEN_NOT_AUTHORIZED_FOR_TRADE',
];
const UNAUTHORISED = ['TAKER_NOT_AUTHORIZED_FOR_TRADE'];
const UNAVAILABLE = ['INTERNAL_SERVER_ERROR', 'UNCATEGORIZED'];
