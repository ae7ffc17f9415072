import { getAbiItem, hashTypedData, parseAbi, parseEventLogs, type Address } from 'viem';
import { z } from 'zod';
import { ERC20 } from '../chains/abis.ts';
import type { AggregatorConfig } from '../venuesModel.ts';
import { ApiRefusal, openApi, type ApiDeps } from './api.ts';
import { bytes32 } from './fields.ts';
import { receivedAt } from './fusionAuction.ts';
import { fusionOrder, fusionTypedData, NONCE_AT, NONCE_MASK, type FusionTerms } from './fusionOrder.ts';
import { FusionQuoteSchema, presetOf, termsOf, type FusionQuote } from './fusionQuote.ts';
import { IntentRefused, type IntentRequest, type IntentService, type IntentStatus } from './intents.ts';
import { exactInputOnly, same, sameAsAsked } from './offer.ts';
import { BPS_IN_PERCENT, oneinchHeaders, oneinchRefusal } from './oneinch.ts';
import { QuoteFailure } from './port.ts';
import { askedWithin } from './tolerance.ts';

// 1inch Fusion (npm @1inch/fusion-sdk 2.4.15): a limit order whose price falls in an auction until a resolver fills it, who pays for the gas.
// It is taken back only by a transaction of its owner's, and ends soon after its auction by itself.

const STATUSES = {
  ...{ pending: 'open', 'false-predicate': 'open', 'not-enough-balance-or-allowance': 'open' },
  ...{ 'partially-filled': 'settling', filled: 'filled', cancelled: 'canceled', expired: 'expired' },
  ...{ 'wrong-permit': 'failed', 'invalid-signature': 'failed' },
} as const satisfies Record<string, IntentStatus>;
type Told = keyof typeof STATUSES;

const StatusSchema = z.object({
  status: z.enum(Object.keys(STATUSES) as [Told, ...Told[]]),
  fills: z.array(z.object({ txHash: bytes32 })),
});

/** @param config its targets are the settlement contracts that an order may name; its first spender the router, whose domain orders are signed for */
export function fusion(config: AggregatorConfig, deps: ApiDeps): IntentService {
  const api = openApi(config, deps, (status, body) => {
    const refusal = oneinchRefusal(status, body);
    return refusal && { ...refusal, word: refusal.code };
  });
  const headers = oneinchHeaders(config);
  const router = config.spenders[0] as Address;

  const ask = async (request: IntentRequest, bps: bigint, signal: AbortSignal) => {
    const call = { path: `/quoter/v2.0/${request.chainId}/quote/receive/`, query: quoteQuery(request, bps), headers };
    const quote = await api.ask(call, FusionQuoteSchema, signal);
    const now = Math.floor(deps.clock.now().getTime() / 1_000);
    const terms = termsOf(quote, presetOf(quote, request, now), request, now);
    return { quote, terms, amountOut: expectedOf(quote, terms, request), minAmountOut: terms.takingAmount };
  };

  return {
    name: config.name,

    async quote(request, signal) {
      exactInputOnly(request);
      const { quote, terms, amountOut } = await askedWithin(request, (bps) => ask(request, bps, signal));
      sameAsAsked(request, { amount: quote.fromTokenAmount });
      if (!config.targets.some((listed) => same(listed, quote.settlementAddress)))
        throw new QuoteFailure('malformed', 'it names a settlement contract that is not on the list');
      if (terms.takingAmount < request.bound)
        throw new QuoteFailure('beyond_limit', 'its auction goes down beyond the limit');
      const { order, extension } = fusionOrder(terms);
      const typedData = fusionTypedData(order, request.chainId, router);
      return {
        ...{ service: config.name, chainId: request.chainId, uid: hashTypedData(typedData as never) },
        ...{ owner: request.taker, receiver: request.taker, sellToken: request.sellToken, buyToken: request.buyToken },
        ...{ sellAmount: order.makingAmount, buyAmount: order.takingAmount, spender: router, validTo: terms.validTo },
        ...{ quoted: { sellAmount: order.makingAmount, buyAmount: String(amountOut) }, typedData },
        submission: { order, extension, quoteId: quote.quoteId },
      };
    },

    async submit({ chainId, submission }, signature, signal) {
      const path = `/relayer/v2.0/${chainId}/order/submit`;
      const { order, extension, quoteId } = submission;
      const body = { order, signature, quoteId, extension };
      try {
        await api.ask({ method: 'POST', path, body, headers }, z.unknown(), signal); // nothing is in it
      } catch (error) {
        if (!(error instanceof ApiRefusal) || error.word === undefined || error.status >= 500) throw error;
        throw new IntentRefused(error.message);
      }
    },

    async lookup({ chainId, uid }, signal) {
      const call = { path: `/orders/v2.0/${chainId}/order/status/${uid}`, headers };
      const found = await api.ask(call, StatusSchema, signal).catch((error: unknown) => {
        if (error instanceof ApiRefusal && error.status === 404) return undefined;
        throw error;
      });
      return (
        found && {
          ...{ status: STATUSES[found.status], reason: found.status, sold: null, bought: null },
          transactions: found.fills.map(({ txHash }) => txHash),
        }
      );
    },

    trace({ owner, sellToken, typedData: { message } }) {
      const nonce = (BigInt(message['makerTraits'] as string) >> NONCE_AT) & NONCE_MASK;
      return {
        read: { address: router, abi: ROUTER, functionName: 'bitInvalidatorForOrder', args: [owner, nonce] },
        fateOf: (used) => (((used as bigint) >> (nonce & 0xffn)) & 1n ? 'spent' : 'open'),
        logs: { address: sellToken, event: TRANSFER, args: { from: owner } },
      };
    },

    tradeOf({ uid, owner, sellAmount, buyToken }, logs) {
      const filled = parseEventLogs({ abi: ROUTER, eventName: 'OrderFilled', logs: logs as never, strict: true }).find(
        ({ address, args }) => same(address, router) && same(args.orderHash, uid),
      );
      if (!filled) return undefined;
      // Between what the owner is paid and this log the contract does nothing else, whatever else the transaction does.
      const paid = parseEventLogs({ abi: ERC20, eventName: 'Transfer', logs: logs as never, strict: true }).findLast(
        ({ address, args, logIndex }) => logIndex < filled.logIndex && same(address, buyToken) && same(args.to, owner),
      );
      return paid && { sold: BigInt(sellAmount), bought: paid.args.value, logIndex: filled.logIndex };
    },
  };
}

const ROUTER = parseAbi([
  'event OrderFilled(bytes32 orderHash, uint256 remainingAmount)',
  'function bitInvalidatorForOrder(address maker, uint256 nonce) view returns (uint256)',
]);
const TRANSFER = getAbiItem({ abi: ERC20, name: 'Transfer' });

/** A quote has a name, which the relayer asks for, only where it was asked for the estimate. */
function quoteQuery({ sellToken, buyToken, amount, taker }: IntentRequest, bps: bigint) {
  return {
    ...{ fromTokenAddress: sellToken, toTokenAddress: buyToken, amount, walletAddress: taker },
    ...{ enableEstimate: true, surplus: true, slippage: Number(bps) / BPS_IN_PERCENT },
  };
}

/** Nobody knows where in the auction it is filled: what it pays halfway, at what gas costs now, and never more than the service says. */
function expectedOf(
  { toTokenAmount }: FusionQuote,
  { auction, takingAmount, fees }: FusionTerms,
  request: IntentRequest,
) {
  const halfway = auction.startsAt + Math.floor(auction.seconds / 2);
  const received = receivedAt(takingAmount, auction, fees, halfway, request.gasPrice);
  return received < toTokenAmount ? received : toTokenAmount;
}
