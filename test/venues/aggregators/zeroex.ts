import { hashTypedData, isAddress, type Address } from 'viem';
import {
  calldataOf,
  priced,
  spenderOf,
  targetOf,
  type Dealer,
  type Priced,
  type Pricing,
  type Trade,
} from './pricing.ts';
import { serve, type AggregatorServer, type Answered, type Asked } from './server.ts';

// 0x Swap API v2 as its SDK types it and its documentation shows it.

export type ZeroexServer = AggregatorServer & Zeroex;

interface Zeroex extends Dealer {
  apiKey: string;
  /** What the taker has approved so far; no issue is made of enough of it. */
  allowance: bigint;
}

const PERMIT2: Address = '0x000000000022d473030f116ddee9f6b43ac78ba3';
const ZID = '0x111111111111111111111111';

export function startZeroex(pricing: Pricing, apiKey = 'zeroex-key'): Promise<ZeroexServer> {
  const state: Zeroex = { pricing, tampering: {}, apiKey, allowance: 0n };
  return serve(state, answer);
}

async function answer(zeroex: Zeroex, { method, path, query, headers }: Asked): Promise<Answered> {
  const flavour = /^\/swap\/(allowance-holder|permit2)\/quote$/.exec(path)?.[1];
  if (method !== 'GET' || !flavour) return { status: 404, body: { name: 'NOT_FOUND', message: 'no such route' } };
  if (headers['0x-api-key'] !== zeroex.apiKey) return { status: 403, body: { message: 'Forbidden' } };
  if (headers['0x-version'] !== 'v2') return invalid('0x-version', 'Required');
  for (const field of ['sellToken', 'buyToken'])
    if (!isAddress(query.get(field) ?? '', { strict: false })) return invalid(field, 'Invalid ethereum address');
  for (const field of ['chainId', 'sellAmount', 'slippageBps'])
    if (!/^\d+$/.test(query.get(field) ?? '100')) return invalid(field, 'Expected number');
  const taker = query.get('taker') as Address;
  if (BigInt(taker) <= 0xffffn) return invalid('taker', 'Invalid ethereum user address');
  const trade: Trade = {
    ...{ side: 'exact_in', amount: BigInt(query.get('sellAmount')!) },
    ...{ tokenIn: query.get('sellToken') as Address, tokenOut: query.get('buyToken') as Address },
  };
  const isHere = Number(query.get('chainId')) === zeroex.pricing.chainId;
  const found = isHere ? await priced(zeroex, trade) : undefined;
  if (!found) return { status: 200, body: { liquidityAvailable: false, zid: ZID } };
  const slippage = BigInt(query.get('slippageBps') ?? '100');
  const quote = quoteBody(zeroex, trade, found, { slippage, taker, flavour });
  return { status: 200, body: quote };
}

function quoteBody(
  zeroex: Zeroex,
  trade: Trade,
  { amountOut, gas }: Priced,
  { slippage, taker, flavour }: { slippage: bigint; taker: Address; flavour: string },
) {
  const least = (amountOut * (10_000n - slippage) + 9_999n) / 10_000n; // ⌈buyAmount·(1 − slippage)⌉, as recorded
  const isPermit2 = flavour === 'permit2';
  const spender = zeroex.tampering.spender ?? (isPermit2 ? PERMIT2 : spenderOf(zeroex));
  const amount = trade.amount.toString();
  const isAllowed = zeroex.allowance >= trade.amount;
  const eip712 = permitOf(zeroex, trade);
  return {
    ...{ liquidityAvailable: true, blockNumber: '20114692', zid: ZID, allowanceTarget: spender },
    ...{ sellToken: trade.tokenIn, buyToken: trade.tokenOut, sellAmount: amount },
    ...{ buyAmount: amountOut.toString(), minBuyAmount: least.toString(), totalNetworkFee: '1393685870940000' },
    fees: { integratorFee: null, zeroExFee: null, gasFee: null },
    issues: {
      allowance: isAllowed ? null : { actual: zeroex.allowance.toString(), spender },
      ...{ balance: null, simulationIncomplete: false, invalidSourcesPassed: [] },
    },
    route: {
      fills: [{ from: trade.tokenIn, to: trade.tokenOut, source: 'Uniswap_V3', proportionBps: '10000' }],
      tokens: [],
    },
    transaction: {
      ...{ to: targetOf(zeroex), data: calldataOf(zeroex, trade, least, taker) },
      ...{ gas: gas.toString(), gasPrice: '4837860000', value: '0' },
    },
    ...(isPermit2 && { permit2: { type: 'Permit2', hash: hashTypedData(eip712 as never), eip712 } }),
  };
}

function permitOf(zeroex: Zeroex, { tokenIn, amount }: Trade) {
  return {
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'chainId', type: 'uint256' },
        { name: 'verifyingContract', type: 'address' },
      ],
      TokenPermissions: [
        { name: 'token', type: 'address' },
        { name: 'amount', type: 'uint256' },
      ],
      PermitTransferFrom: [
        { name: 'permitted', type: 'TokenPermissions' },
        { name: 'spender', type: 'address' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    domain: { name: 'Permit2', chainId: zeroex.pricing.chainId, verifyingContract: PERMIT2 },
    primaryType: 'PermitTransferFrom',
    message: {
      permitted: { token: tokenIn, amount: (zeroex.tampering.amountIn?.(amount) ?? amount).toString() },
      ...{ spender: targetOf(zeroex), nonce: '2241959297937691820908574931991575', deadline: '4102444800' },
    },
  };
}

function invalid(field: string, reason: string): Answered {
  const details = [{ field, reason }];
  return { status: 400, body: { name: 'INPUT_INVALID', message: 'The input is invalid', data: { zid: ZID, details } } };
}
