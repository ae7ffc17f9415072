import { getAbiItem, hashTypedData, parseAbi, parseSignature, type Hex } from 'viem';
import { z } from 'zod';
import { ERC20 } from '../chains/abis.ts';
import { flowsOf, sumOf } from '../chains/fills.ts';
import type { AggregatorConfig } from '../venuesModel.ts';
import { ApiRefusal, openApi, type ApiDeps } from './api.ts';
import { address, bytes32, typedData, units, type TypedData } from './fields.ts';
import { IntentRefused, type IntentRequest, type IntentService, type IntentStatus } from './intents.ts';
import { exactInputOnly, same, sameAsAsked } from './offer.ts';
import { QuoteFailure } from './port.ts';
import { askedWithin } from './tolerance.ts';
import { checkPermit, PERMIT2, zeroexHeaders, zeroexQuery, zeroexRefusal } from './zeroex.ts';

// 0x gasless (npm @0x/swap-ts-sdk 2.1.1): the trade is a permit with its terms as witness, and 0x sends it. Permit2 has to be approved.

const QuoteSchema = z.object({
  liquidityAvailable: z.literal(true),
  ...{ sellToken: address, buyToken: address, sellAmount: units, buyAmount: units, minBuyAmount: units },
  trade: z.object({ type: z.string(), hash: bytes32, eip712: typedData }),
});

const TermsSchema = z.object({
  ...{ spender: address, deadline: units },
  slippageAndActions: z.object({ recipient: address, buyToken: address, minAmountOut: units }),
});

const SubmittedSchema = z.object({ tradeHash: bytes32 });
const StatusSchema = z.object({
  status: z.enum(['pending', 'submitted', 'succeeded', 'confirmed', 'failed']),
  reason: z.string().nullish(),
  transactions: z.array(z.object({ hash: bytes32 })).nullish(),
});

const STATUSES: Record<z.infer<typeof StatusSchema>['status'], IntentStatus> = {
  ...{ pending: 'open', submitted: 'settling', succeeded: 'settling', confirmed: 'filled', failed: 'failed' },
};

const EIP712_SIGNATURE = 2;

/** @param config its targets are the contracts that a permit may pay */
export function gasless(config: AggregatorConfig, deps: ApiDeps): IntentService {
  const api = openApi(config, deps, (status, body) => {
    const refusal = zeroexRefusal(status, body);
    const word = (body as { name?: unknown } | undefined)?.name;
    return refusal && (typeof word === 'string' ? { ...refusal, word } : refusal);
  });
  const headers = zeroexHeaders(config);

  const ask = async (request: IntentRequest, bps: bigint, signal: AbortSignal) => {
    const call = { path: '/gasless/quote', query: { ...zeroexQuery(request), slippageBps: bps }, headers };
    const quote = await api.ask(call, QuoteSchema, signal);
    return { quote, amountOut: quote.buyAmount, minAmountOut: quote.minBuyAmount };
  };

  return {
    name: config.name,

    async quote(request, signal) {
      exactInputOnly(request);
      const { quote } = await askedWithin(request, (bps) => ask(request, bps, signal));
      const { sellToken, buyToken, sellAmount, buyAmount, trade } = quote;
      sameAsAsked(request, { sellToken, buyToken, amount: sellAmount });
      const { least, validTo } = termsOf(request, trade.eip712, config);
      if (hashTypedData(trade.eip712 as never) !== trade.hash)
        throw new QuoteFailure('malformed', 'its hash is not that of what is to be signed');
      return {
        ...{ service: config.name, chainId: request.chainId, uid: trade.hash, owner: request.taker, validTo },
        ...{ sellToken: request.sellToken, buyToken: request.buyToken, receiver: request.taker },
        ...{ sellAmount: String(sellAmount), buyAmount: String(least), spender: PERMIT2, typedData: trade.eip712 },
        quoted: { sellAmount: String(sellAmount), buyAmount: String(buyAmount) },
        submission: { type: trade.type },
      };
    },

    async submit({ chainId, uid, typedData: eip712, submission }, signature, signal) {
      const trade = { ...submission, eip712, signature: signatureOf(signature) };
      const call = { method: 'POST' as const, path: '/gasless/submit', body: { chainId, trade }, headers };
      try {
        const { tradeHash } = await api.ask(call, SubmittedSchema, signal);
        if (!same(tradeHash, uid)) throw new QuoteFailure('malformed', 'it took the trade under another name');
      } catch (error) {
        if (!(error instanceof ApiRefusal) || error.word === undefined || error.status >= 500) throw error;
        // There is one already for the taker and the token: it may be this one.
        if (error.word === 'PENDING_TRADES_ALREADY_EXIST') throw error;
        throw new IntentRefused(error.message);
      }
    },

    async lookup({ chainId, uid }, signal) {
      const call = { path: `/gasless/status/${uid}`, query: { chainId }, headers };
      const found = await api.ask(call, StatusSchema, signal).catch((error: unknown) => {
        if (error instanceof ApiRefusal && error.word === 'META_TRANSACTION_STATUS_NOT_FOUND') return undefined;
        throw error;
      });
      return (
        found && {
          ...{ status: STATUSES[found.status], reason: found.reason ?? null, sold: null, bought: null },
          transactions: (found.transactions ?? []).map(({ hash }) => hash),
        }
      );
    },

    trace({ owner, sellToken, typedData: { message } }) {
      const nonce = BigInt(message['nonce'] as string);
      const [word, bit] = [nonce >> BITS_OF_BYTE, 1n << (nonce & 0xffn)];
      return {
        read: { address: PERMIT2, abi: NONCES, functionName: 'nonceBitmap', args: [owner, word] },
        fateOf: (used) => (((used as bigint) & bit) === 0n ? 'open' : 'spent'),
        logs: { address: sellToken, event: TRANSFER, args: { from: owner } },
      };
    },

    tradeOf({ owner, sellToken, buyToken, sellAmount, buyAmount }, logs) {
      const { base, quote, logIndex } = sumOf(flowsOf(logs, sellToken, buyToken, owner));
      const isIt = -base === BigInt(sellAmount) && quote >= BigInt(buyAmount);
      return isIt ? { sold: -base, bought: quote, logIndex: logIndex! } : undefined;
    },
  };
}

/** SignatureTransfer: unordered nonces, a bit each. */
const NONCES = parseAbi(['function nonceBitmap(address owner, uint256 word) view returns (uint256)']);
const BITS_OF_BYTE = 8n;
const TRANSFER = getAbiItem({ abi: ERC20, name: 'Transfer' });

/** What is signed has to be for the trade, pay a contract on the list, and hold to the limit. */
function termsOf(request: IntentRequest, data: TypedData, { targets }: AggregatorConfig) {
  const read = TermsSchema.safeParse(data.message);
  const target = read.success && targets.find((listed) => same(listed, read.data.spender));
  if (!read.success || !target) throw new QuoteFailure('malformed', 'its permit pays nobody on the list');
  checkPermit(data, request, target);
  const { recipient, buyToken, minAmountOut: least } = read.data.slippageAndActions;
  if (!same(recipient, request.taker) || !same(buyToken, request.buyToken))
    throw new QuoteFailure('malformed', 'its terms are for another trade than was asked for');
  if (least < request.bound) throw new QuoteFailure('beyond_limit', 'its terms go beyond the limit');
  return { least, validTo: Number(read.data.deadline) };
}

function signatureOf(signature: Hex) {
  const { r, s, yParity } = parseSignature(signature);
  return { r, s, v: yParity + 27, signatureType: EIP712_SIGNATURE };
}
