import {
  concatHex,
  getAbiItem,
  hashTypedData,
  keccak256,
  numberToHex,
  parseAbi,
  parseEventLogs,
  stringToBytes,
  type Address,
  type Hex,
} from 'viem';
import { z } from 'zod';
import type { AggregatorConfig } from '../venuesModel.ts';
import { ApiRefusal, openApi, type ApiDeps, type Refusal } from './api.ts';
import { address, bytes32, units, type TypedData } from './fields.ts';
import {
  IntentRefused,
  type IntentReport,
  type IntentRequest,
  type IntentService,
  type IntentStatus,
} from './intents.ts';
import { sameAsAsked, same } from './offer.ts';
import { QuoteFailure, type QuoteFailureCode } from './port.ts';
import { boundWithin } from './tolerance.ts';

// CoW Protocol's orderbook (cowprotocol/services, crates/orderbook/openapi.yml): orders are signed, and settled by solvers, who pay for
// the gas out of the surplus.

const QuoteSchema = z.object({
  quote: z.object({
    ...{ sellToken: address, buyToken: address, sellAmount: units, buyAmount: units, feeAmount: units },
    ...{ kind: z.enum(['sell', 'buy']), receiver: address.nullish() },
  }),
  id: z.int().nullish(),
});

const UidSchema = z.string().regex(/^0x[0-9a-fA-F]{112}$/);

const OrderSchema = z.object({
  status: z.enum(['presignaturePending', 'open', 'fulfilled', 'cancelled', 'expired']),
  ...{ executedSellAmount: units, executedBuyAmount: units },
});
const TradesSchema = z.array(z.object({ txHash: bytes32.nullish() }));

const STATUSES: Record<z.infer<typeof OrderSchema>['status'], IntentStatus> = {
  ...{ presignaturePending: 'open', open: 'open', fulfilled: 'filled', cancelled: 'canceled', expired: 'expired' },
};

/** The chains' names in its addresses. */
const CHAINS: Record<number, string> = {
  ...{ 1: 'mainnet', 56: 'bnb', 100: 'xdai', 137: 'polygon', 8453: 'base', 42161: 'arbitrum_one' },
  ...{ 43114: 'avalanche', 59144: 'linea', 11155111: 'sepolia' },
};

/** @param config its first target is the settlement contract, whose domain orders are signed for; its first spender the vault relayer */
export function cow(config: AggregatorConfig, deps: ApiDeps): IntentService {
  const api = openApi(config, deps, cowRefusal);
  const settlement = config.targets[0] as Address;
  const spender = config.spenders[0] as Address;
  const pathOf = (chainId: number, path: string) => {
    const chain = CHAINS[chainId];
    if (!chain) throw new QuoteFailure('unsupported', `its name of chain ${chainId} is not known`);
    return `/${chain}${path}`;
  };
  const domainOf = (chainId: number) => ({
    ...{ name: 'Gnosis Protocol', version: 'v2', chainId, verifyingContract: settlement },
  });

  return {
    name: config.name,

    async quote(request, signal) {
      const appData = appDataOf(request);
      const validTo = Math.floor(request.validUntil.getTime() / 1_000);
      const path = pathOf(request.chainId, '/api/v1/quote');
      const body = { ...quoteBody(request), appData, appDataHash: keccak256(stringToBytes(appData)), validTo };
      const { quote, id } = await api.ask({ method: 'POST', path, body }, QuoteSchema, signal);
      const isExactIn = request.side === 'exact_in';
      const amountIn = quote.sellAmount + quote.feeAmount; // what is quoted has the fee taken off
      const amountOut = quote.buyAmount;
      sameAsAsked(request, {
        ...{ sellToken: quote.sellToken, buyToken: quote.buyToken, amount: isExactIn ? amountIn : amountOut },
      });
      if (quote.kind !== kindOf(request) || (quote.receiver && !same(quote.receiver, request.taker)))
        throw new QuoteFailure('malformed', 'it answers for another trade than was asked for');
      if (isExactIn ? amountOut < request.bound : amountIn > request.bound)
        throw new QuoteFailure('beyond_limit', 'what it offers is beyond the limit');
      const bound = boundWithin({ amountIn, amountOut }, request);
      const order = {
        ...{ sellToken: request.sellToken, buyToken: request.buyToken, receiver: request.taker },
        ...{ sellAmount: String(isExactIn ? amountIn : bound), buyAmount: String(isExactIn ? bound : amountOut) },
        ...{ validTo, appData: body.appDataHash, feeAmount: '0', kind: kindOf(request), partiallyFillable: false },
        ...{ sellTokenBalance: 'erc20', buyTokenBalance: 'erc20' },
      };
      const typedData = {
        domain: domainOf(request.chainId),
        ...{ types: ORDER_TYPES, primaryType: 'Order', message: order },
      };
      const { sellAmount, buyAmount } = order;
      return {
        ...{ service: config.name, chainId: request.chainId, owner: request.taker, spender, validTo, typedData },
        uid: uidOf(typedData, request.taker, validTo),
        ...{ sellToken: order.sellToken, buyToken: order.buyToken, receiver: order.receiver },
        ...{ sellAmount, buyAmount, quoted: { sellAmount: String(amountIn), buyAmount: String(amountOut) } },
        submission: { ...order, appData, appDataHash: order.appData, quoteId: id ?? null, from: request.taker },
      };
    },

    async submit({ chainId, uid, submission }, signature, signal) {
      const path = pathOf(chainId, '/api/v1/orders');
      const body = { ...submission, signature, signingScheme: 'eip712' };
      try {
        const taken = await api.ask({ method: 'POST', path, body }, UidSchema, signal);
        if (!same(taken, uid)) throw new QuoteFailure('malformed', 'it took the order under another name');
      } catch (error) {
        if (!(error instanceof ApiRefusal) || error.word === undefined || error.status >= 500) throw error;
        if (error.word !== 'DuplicatedOrder') throw new IntentRefused(error.message);
      }
    },

    async lookup({ chainId, uid }, signal) {
      const path = pathOf(chainId, `/api/v1/orders/${uid}`);
      const order = await api.ask({ path }, OrderSchema, signal).catch((error: unknown) => {
        if (error instanceof ApiRefusal && error.status === 404) return undefined;
        throw error;
      });
      if (!order) return undefined;
      const { status, executedSellAmount: sold, executedBuyAmount: bought } = order;
      const report: IntentReport = { status: STATUSES[status], reason: null, sold, bought, transactions: [] };
      if (sold === 0n) return report;
      const query = { orderUid: uid };
      const trades = await api.ask({ path: pathOf(chainId, '/api/v2/trades'), query }, TradesSchema, signal);
      return { ...report, transactions: trades.flatMap(({ txHash }) => txHash ?? []) };
    },

    cancellation: ({ chainId, uid }) => ({
      domain: domainOf(chainId),
      types: { OrderCancellations: [{ name: 'orderUids', type: 'bytes[]' }] },
      ...{ primaryType: 'OrderCancellations', message: { orderUids: [uid] } },
    }),

    async cancel({ chainId, uid }, signature, signal) {
      const body = { orderUids: [uid], signature, signingScheme: 'eip712' };
      const call = { method: 'DELETE' as const, path: pathOf(chainId, '/api/v1/orders'), body };
      await api.ask(call, z.unknown(), signal).catch((error: unknown) => {
        if (!(error instanceof ApiRefusal && ENDED.includes(error.word ?? ''))) throw error;
      });
    },

    trace: ({ uid, owner }) => ({
      read: { address: settlement, abi: SETTLEMENT, functionName: 'filledAmount', args: [uid] },
      fateOf: (filled) => (filled === 0n ? 'open' : 'spent'), // taken back on the chain it is the largest number
      logs: { address: settlement, event: TRADE, args: { owner } },
    }),

    tradeOf({ uid, sellToken, buyToken }, logs) {
      const trades = parseEventLogs({ abi: [TRADE], logs: logs as never, strict: true });
      const found = trades.find(({ address: by, args }) => same(by, settlement) && same(args.orderUid, uid));
      if (!found || !same(found.args.sellToken, sellToken) || !same(found.args.buyToken, buyToken)) return undefined;
      return { sold: found.args.sellAmount, bought: found.args.buyAmount, logIndex: found.logIndex };
    },
  };
}

/** GPv2Settlement. */
const SETTLEMENT = parseAbi([
  'event Trade(address indexed owner, address sellToken, address buyToken, uint256 sellAmount, uint256 buyAmount, uint256 feeAmount, bytes orderUid)',
  'function filledAmount(bytes uid) view returns (uint256)',
]);
const TRADE = getAbiItem({ abi: SETTLEMENT, name: 'Trade' });

/** What the order is about, for whoever sees it; ours is in it to tell apart two orders for the same until the same second. */
function appDataOf({ clientOrderId }: IntentRequest): string {
  return JSON.stringify({ appCode: 'ballast', environment: clientOrderId, metadata: {}, version: '1.1.0' });
}

function kindOf({ side }: IntentRequest): 'sell' | 'buy' {
  return side === 'exact_in' ? 'sell' : 'buy';
}

function quoteBody(request: IntentRequest) {
  const { sellToken, buyToken, taker, amount, side } = request;
  const amounts = side === 'exact_in' ? { sellAmountBeforeFee: `${amount}` } : { buyAmountAfterFee: `${amount}` };
  return {
    ...{ sellToken, buyToken, from: taker, receiver: taker, kind: kindOf(request), ...amounts },
    ...{ partiallyFillable: false, signingScheme: 'eip712', priceQuality: 'optimal' },
  };
}

const ORDER_TYPES = {
  Order: [
    { name: 'sellToken', type: 'address' },
    { name: 'buyToken', type: 'address' },
    { name: 'receiver', type: 'address' },
    { name: 'sellAmount', type: 'uint256' },
    { name: 'buyAmount', type: 'uint256' },
    { name: 'validTo', type: 'uint32' },
    { name: 'appData', type: 'bytes32' },
    { name: 'feeAmount', type: 'uint256' },
    { name: 'kind', type: 'string' },
    { name: 'partiallyFillable', type: 'bool' },
    { name: 'sellTokenBalance', type: 'string' },
    { name: 'buyTokenBalance', type: 'string' },
  ],
};

/** 56 bytes: what is signed, by whom, and until when (GPv2Order.packOrderUidParams). */
function uidOf(typedData: TypedData, owner: Address, validTo: number): Hex {
  return concatHex([hashTypedData(typedData as never), owner, numberToHex(validTo, { size: 4 })]).toLowerCase() as Hex;
}

const ErrorSchema = z.object({ errorType: z.string(), description: z.string().optional() });

const CODES: Record<string, QuoteFailureCode> = {
  ...{ NoLiquidity: 'no_liquidity', InsufficientLiquidity: 'no_liquidity', SellAmountDoesNotCoverFee: 'no_liquidity' },
  ...{ UnsupportedToken: 'unsupported', UnsupportedOrderType: 'unsupported', TokenTemporarilySuspended: 'unavailable' },
  TradingOutsideAllowedWindow: 'unavailable',
};
/** There is nothing left to cancel. */
const ENDED = ['AlreadyCancelled', 'OrderFullyExecuted', 'OrderExpired'];

function cowRefusal(status: number, body: unknown): Refusal | undefined {
  const read = ErrorSchema.safeParse(body);
  if (!read.success) return undefined;
  const { errorType: word, description = '' } = read.data;
  const code = CODES[word] ?? (status >= 500 ? 'unavailable' : 'bad_request');
  return { code, word, detail: `${word}${description && `: ${description}`}` };
}
