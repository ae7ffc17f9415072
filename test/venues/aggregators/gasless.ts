import { hashTypedData, isAddressEqual, recoverTypedDataAddress, serializeSignature } from 'viem';
import type { Address, Hex } from 'viem';
import { priced, targetOf, type Dealer, type Pricing, type Trade } from './pricing.ts';
import { serve, type AggregatorServer, type Answered } from './server.ts';

// 0x gasless: a permit with the trade's terms as its witness, which 0x sends.

export type GaslessServer = AggregatorServer & Gasless;

interface Gasless extends Dealer {
  apiKey: string;
  /** Of the next permits. */
  permit: { nonce: string; deadline: string };
  takers: Map<Hex, Address>;
  trades: Map<Hex, { status: string; reason?: string; transactions: { hash: Hex; timestamp: number }[] }>;
}

const PERMIT2: Address = '0x000000000022d473030f116ddee9f6b43ac78ba3';

export function startGasless(pricing: Pricing, apiKey: string): Promise<GaslessServer> {
  const permit = { nonce: '2241959297937691820908574931991575', deadline: '1779451500' };
  const state: Gasless = { pricing, tampering: {}, apiKey, permit, takers: new Map(), trades: new Map() };
  return serve(state, (gasless, { method, path, query, headers, body = {} }) => {
    if (headers['0x-api-key'] !== apiKey || headers['0x-version'] !== 'v2') return refused(403, 'FORBIDDEN');
    if (method === 'GET' && path === '/gasless/quote') return quote(gasless, query);
    if (method === 'POST' && path === '/gasless/submit') return submit(gasless, body);
    const hash = /^\/gasless\/status\/(0x[0-9a-f]{64})$/.exec(path)?.[1] as Hex | undefined;
    const trade = hash && gasless.trades.get(hash);
    return trade ? { status: 200, body: trade } : refused(404, 'META_TRANSACTION_STATUS_NOT_FOUND');
  });
}

async function quote(gasless: Gasless, query: URLSearchParams): Promise<Answered> {
  const trade: Trade = {
    ...{ side: 'exact_in', amount: BigInt(query.get('sellAmount')!) },
    ...{ tokenIn: query.get('sellToken') as Address, tokenOut: query.get('buyToken') as Address },
  };
  const found = await priced(gasless, trade);
  if (!found) return { status: 200, body: { liquidityAvailable: false, zid: '0x1' } };
  const least = (found.amountOut * (10_000n - BigInt(query.get('slippageBps')!)) + 9_999n) / 10_000n;
  const taker = query.get('taker') as Address;
  const eip712 = termsOf(gasless, trade, gasless.tampering.least?.(least) ?? least, taker);
  const hash = hashTypedData(eip712 as never);
  gasless.takers.set(hash, taker);
  return {
    status: 200,
    body: {
      ...{ liquidityAvailable: true, sellToken: trade.tokenIn, buyToken: trade.tokenOut, zid: '0x1', approval: null },
      ...{ sellAmount: `${trade.amount}`, buyAmount: `${found.amountOut}`, minBuyAmount: `${least}` },
      ...{ target: targetOf(gasless), trade: { type: 'settler_metatransaction', hash, eip712 } },
    },
  };
}

function termsOf(gasless: Gasless, { tokenIn, tokenOut, amount }: Trade, least: bigint, taker: Address) {
  const { recipient = taker, amountIn = (same: bigint) => same } = gasless.tampering;
  return {
    types: {
      TokenPermissions: [
        { name: 'token', type: 'address' },
        { name: 'amount', type: 'uint256' },
      ],
      SlippageAndActions: [
        { name: 'recipient', type: 'address' },
        { name: 'buyToken', type: 'address' },
        { name: 'minAmountOut', type: 'uint256' },
        { name: 'actions', type: 'bytes[]' },
      ],
      PermitWitnessTransferFrom: [
        { name: 'permitted', type: 'TokenPermissions' },
        { name: 'spender', type: 'address' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
        { name: 'slippageAndActions', type: 'SlippageAndActions' },
      ],
    },
    domain: { name: 'Permit2', chainId: gasless.pricing.chainId, verifyingContract: PERMIT2 },
    primaryType: 'PermitWitnessTransferFrom',
    message: {
      permitted: { token: tokenIn, amount: amountIn(amount).toString() },
      ...{ spender: targetOf(gasless), ...gasless.permit },
      slippageAndActions: { recipient, buyToken: tokenOut, minAmountOut: least.toString(), actions: ['0x12'] },
    },
  };
}

async function submit(gasless: Gasless, body: Record<string, unknown>): Promise<Answered> {
  const { eip712, signature } = body['trade'] as {
    eip712: object;
    signature: { r: Hex; s: Hex; v: number; signatureType: number };
  };
  const tradeHash = hashTypedData(eip712 as never);
  const { r, s, v, signatureType } = signature;
  const bytes = serializeSignature({ r, s, v: BigInt(v) });
  const signer = await recoverTypedDataAddress({ ...eip712, signature: bytes } as never);
  if (signatureType !== 2 || !isAddressEqual(signer, gasless.takers.get(tradeHash)!))
    return refused(400, 'INVALID_SIGNER');
  if (gasless.trades.has(tradeHash)) return refused(400, 'PENDING_TRADES_ALREADY_EXIST');
  gasless.trades.set(tradeHash, { status: 'pending', transactions: [] });
  return { status: 200, body: { tradeHash, type: 'settler_metatransaction', zid: '0x1' } };
}

function refused(status: number, name: string): Answered {
  return { status, body: { name, message: name, data: { zid: '0x1' } } };
}
