import {
  concatHex,
  hashTypedData,
  isAddressEqual,
  keccak256,
  numberToHex,
  recoverTypedDataAddress,
  stringToBytes,
} from 'viem';
import type { Address, Hex } from 'viem';
import type { Clock } from '../../../src/platform/clock.ts';
import { priced, type Dealer, type Pricing, type Trade } from './pricing.ts';
import { serve, type AggregatorServer, type Answered, type Asked } from './server.ts';

// CoW's orderbook. It takes orders that are signed as they have to be; who plays solver tells it what was settled.

export type CowServer = AggregatorServer & Cow;

export interface CowOrder {
  sellToken: Address;
  buyToken: Address;
  receiver: Address;
  sellAmount: string;
  buyAmount: string;
  validTo: number;
  appData: Hex;
  feeAmount: string;
  kind: 'sell' | 'buy';
  partiallyFillable: boolean;
  sellTokenBalance: string;
  buyTokenBalance: string;
}

interface Taken {
  order: CowOrder;
  owner: Address;
  signature: Hex;
  status: 'open' | 'fulfilled' | 'cancelled';
  sold: bigint;
  bought: bigint;
  txHash: Hex | null;
}

interface Cow extends Dealer {
  settlement: Address;
  clock: Clock;
  orders: Map<Hex, Taken>;
}

const FEE_PARTS = 1_600n; // 0.0625 % of what is sold, as in its documentation's example

export function startCow(pricing: Pricing, clock: Clock, settlement: Address): Promise<CowServer> {
  const state: Cow = { pricing, tampering: {}, settlement, clock, orders: new Map() };
  return serve(state, (cow, asked) => {
    const { method, path, body = {}, query } = asked;
    const at = `${method} ${path.replace('/mainnet/api', '')}`;
    if (at === 'POST /v1/quote') return quote(cow, body);
    if (at === 'POST /v1/orders') return place(cow, body);
    if (at === 'DELETE /v1/orders') return cancel(cow, asked);
    const uid = /^GET \/v1\/orders\/(0x[0-9a-f]{112})$/.exec(at)?.[1] as Hex | undefined;
    if (uid) return tell(cow, uid);
    if (at === 'GET /v2/trades') return trades(cow, query.get('orderUid') as Hex);
    return { status: 404, body: '' };
  });
}

async function quote(cow: Cow, body: Record<string, unknown>): Promise<Answered> {
  const { sellToken, buyToken, kind, appData, appDataHash, validTo } = body as unknown as CowOrder & {
    appDataHash: Hex;
  };
  if (keccak256(stringToBytes(appData)) !== appDataHash) return refused(400, 'AppDataHashMismatch');
  if (validTo * 1_000 <= cow.clock.now().getTime()) return refused(400, 'InsufficientValidTo');
  const given = kind === 'sell' ? body['sellAmountBeforeFee'] : body['buyAmountAfterFee'];
  if (given === undefined) return { status: 422, body: '' };
  const trade: Trade = {
    ...{ tokenIn: sellToken, tokenOut: buyToken, amount: BigInt(given as string) },
    side: kind === 'sell' ? 'exact_in' : 'exact_out',
  };
  const found = await priced(cow, trade);
  if (!found) return refused(404, 'NoLiquidity');
  const fee = found.amountIn / FEE_PARTS;
  const buyAmount = kind === 'sell' ? (found.amountOut * (FEE_PARTS - 1n)) / FEE_PARTS : found.amountOut;
  const sellAmount = kind === 'sell' ? found.amountIn - fee : found.amountIn;
  return {
    status: 200,
    body: {
      quote: {
        ...{ sellToken, buyToken, receiver: body['receiver'], sellAmount: `${sellAmount}`, buyAmount: `${buyAmount}` },
        ...{ validTo, appData, appDataHash, feeAmount: `${fee}`, kind, partiallyFillable: false },
        ...{ sellTokenBalance: 'erc20', buyTokenBalance: 'erc20', signingScheme: 'eip712' },
      },
      ...{ from: body['from'], expiration: '2026-05-22T12:02:00.000Z', id: 12345, verified: true },
    },
  };
}

const TYPES = {
  Order: [
    ...['sellToken', 'buyToken', 'receiver'].map((name) => ({ name, type: 'address' })),
    ...['sellAmount', 'buyAmount'].map((name) => ({ name, type: 'uint256' })),
    ...[
      { name: 'validTo', type: 'uint32' },
      { name: 'appData', type: 'bytes32' },
      { name: 'feeAmount', type: 'uint256' },
      { name: 'kind', type: 'string' },
      { name: 'partiallyFillable', type: 'bool' },
    ],
    ...['sellTokenBalance', 'buyTokenBalance'].map((name) => ({ name, type: 'string' })),
  ],
};

function domainOf({ settlement, pricing }: Cow) {
  return { name: 'Gnosis Protocol', version: 'v2', chainId: pricing.chainId, verifyingContract: settlement } as const;
}

async function place(cow: Cow, body: Record<string, unknown>): Promise<Answered> {
  const { appData, appDataHash, signature, signingScheme, from } = body as unknown as Record<string, Hex>;
  const order = Object.fromEntries(TYPES.Order.map(({ name }) => [name, body[name]])) as unknown as CowOrder;
  const signed: CowOrder = { ...order, appData: appDataHash! };
  if (keccak256(stringToBytes(appData!)) !== appDataHash) return refused(400, 'AppDataHashMismatch');
  if (order.feeAmount !== '0') return refused(400, 'NonZeroFee');
  if ((signingScheme as string) !== 'eip712') return refused(400, 'IncompatibleSigningScheme');
  const typed = { domain: domainOf(cow), types: TYPES, primaryType: 'Order', message: signed } as never;
  const owner = await recoverTypedDataAddress({ ...(typed as object), signature: signature! } as never).catch(
    () => undefined,
  );
  if (!owner || !isAddressEqual(owner, from as Address)) return refused(400, 'WrongOwner');
  if (order.validTo * 1_000 <= cow.clock.now().getTime()) return refused(400, 'InsufficientValidTo');
  const uid = concatHex([hashTypedData(typed), owner, numberToHex(order.validTo, { size: 4 })]).toLowerCase() as Hex;
  if (cow.orders.has(uid)) return refused(400, 'DuplicatedOrder');
  const none = { status: 'open', sold: 0n, bought: 0n, txHash: null } as const;
  cow.orders.set(uid, { order: signed, owner, signature: signature!, ...none });
  return { status: 201, body: uid };
}

async function cancel(cow: Cow, { body = {} }: Asked): Promise<Answered> {
  const { orderUids, signature } = body as { orderUids: Hex[]; signature: Hex };
  const types = { OrderCancellations: [{ name: 'orderUids', type: 'bytes[]' }] };
  const typed = { domain: domainOf(cow), types, primaryType: 'OrderCancellations', message: { orderUids } };
  const signer = await recoverTypedDataAddress({ ...typed, signature } as never);
  for (const uid of orderUids) {
    const taken = cow.orders.get(uid);
    if (!taken) return refused(404, 'OrderNotFound');
    if (!isAddressEqual(taken.owner, signer)) return refused(401, 'WrongOwner');
    if (taken.status !== 'open')
      return refused(400, taken.status === 'fulfilled' ? 'OrderFullyExecuted' : 'AlreadyCancelled');
    taken.status = 'cancelled';
  }
  return { status: 200, body: 'Cancelled' };
}

function tell(cow: Cow, uid: Hex): Answered {
  const taken = cow.orders.get(uid);
  if (!taken) return refused(404, 'NotFound');
  const isOver = taken.status === 'open' && taken.order.validTo * 1_000 <= cow.clock.now().getTime();
  const executed = { executedSellAmount: `${taken.sold}`, executedBuyAmount: `${taken.bought}`, executedFee: '0' };
  const status = isOver ? 'expired' : taken.status;
  return { status: 200, body: { ...taken.order, uid, owner: taken.owner, status, ...executed, invalidated: false } };
}

function trades(cow: Cow, orderUid: Hex): Answered {
  const taken = cow.orders.get(orderUid);
  if (!taken || taken.sold === 0n) return { status: 200, body: [] };
  const { sold, bought, txHash } = taken;
  const trade = { blockNumber: 1, logIndex: 3, orderUid, sellAmount: `${sold}`, buyAmount: `${bought}`, txHash };
  return { status: 200, body: [trade] };
}

/** What a solver has settled. */
export function settled(cow: CowServer, uid: Hex, bought: bigint, txHash: Hex): void {
  const taken = cow.orders.get(uid)!;
  Object.assign(taken, { status: 'fulfilled', sold: BigInt(taken.order.sellAmount), bought, txHash });
}

function refused(status: number, errorType: string): Answered {
  return { status, body: { errorType, description: `it is ${errorType}` } };
}
