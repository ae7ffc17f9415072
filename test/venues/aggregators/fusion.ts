import { hashTypedData, isAddressEqual, keccak256, recoverTypedDataAddress } from 'viem';
import type { Address, Hex } from 'viem';
import type { Clock } from '../../../src/platform/clock.ts';
import { priced, type Dealer, type Pricing, type Trade } from './pricing.ts';
import { serve, type AggregatorServer, type Answered } from './server.ts';

// 1inch Fusion: its quoter, its relayer and its orders. Who plays resolver tells it what was filled.

export type FusionServer = AggregatorServer & Fusion;

export interface FusionOrderSent {
  salt: string;
  maker: Address;
  receiver: Address;
  makerAsset: Address;
  takerAsset: Address;
  makingAmount: string;
  takingAmount: string;
  makerTraits: string;
}

interface Taken {
  order: FusionOrderSent;
  extension: Hex;
  signature: Hex;
  status: string;
  fills: { txHash: Hex; filledMakerAmount: string; filledAuctionTakerAmount: string; takerFeeAmount: string | null }[];
}

interface Fusion extends Dealer {
  apiKey: string;
  clock: Clock;
  settlement: Address;
  router: Address;
  resolvers: Address[];
  fee: { receiver: Address; bps: number; whitelistDiscountPercent: number };
  surplusFee: number;
  exclusiveResolver: Address | null;
  gasCost: { gasBumpEstimate: number; gasPriceEstimate: string };
  /** By quote: the least that its auctions go down to. */
  quotes: Map<string, bigint>;
  orders: Map<Hex, Taken>;
}

export type FusionSetup = Pick<Fusion, 'apiKey' | 'settlement' | 'router' | 'resolvers'>;

const RATE_BASE = 10_000_000n;
const PROTOCOL: Address = '0x90cbe4bdd538d6e9b379bff5fe72c3d67a521de5';

export function startFusion(pricing: Pricing, clock: Clock, setup: FusionSetup): Promise<FusionServer> {
  const state: Fusion = {
    ...{ pricing, tampering: {}, clock, ...setup, quotes: new Map(), orders: new Map() },
    ...{ fee: { receiver: PROTOCOL, bps: 10, whitelistDiscountPercent: 40 }, surplusFee: 50, exclusiveResolver: null },
    gasCost: { gasBumpEstimate: 0, gasPriceEstimate: '0' },
  };
  const chain = pricing.chainId;
  return serve(state, (fusion, { method, path, query, headers, body = {} }) => {
    if (headers.authorization !== `Bearer ${fusion.apiKey}`) return refused(401, 'Unauthorized');
    const at = `${method} ${path}`;
    if (at === `GET /quoter/v2.0/${chain}/quote/receive/`) return quote(fusion, query);
    if (at === `POST /relayer/v2.0/${chain}/order/submit`) return submit(fusion, body);
    const [, hash] = new RegExp(`^GET /orders/v2.0/${chain}/order/status/(0x[0-9a-f]{64})$`).exec(at) ?? [];
    const taken = hash && fusion.orders.get(hash as Hex);
    return taken ? { status: 200, body: tell(fusion, taken) } : refused(404, 'Not Found');
  });
}

async function quote(fusion: Fusion, query: URLSearchParams): Promise<Answered> {
  const text = (name: string) => query.get(name) ?? '';
  for (const name of ['fromTokenAddress', 'toTokenAddress', 'amount', 'walletAddress'])
    if (!text(name)) return refused(400, 'Bad Request', `${name} is required`);
  const trade: Trade = {
    ...{ side: 'exact_in', amount: BigInt(text('amount')) },
    ...{ tokenIn: text('fromTokenAddress') as Address, tokenOut: text('toTokenAddress') as Address },
  };
  const found = await priced(fusion, trade);
  if (!found) return refused(400, 'Bad Request', 'insufficient liquidity');
  const bps = BigInt(Math.round(Number(text('slippage') || '1') * 100));
  const floor = (found.amountOut * (10_000n - bps) + 9_999n) / 10_000n;
  const least = fusion.tampering.least?.(floor) ?? floor;
  const quoteId = text('enableEstimate') === 'true' ? `quote-${fusion.quotes.size + 1}` : null;
  if (quoteId) fusion.quotes.set(quoteId, least);
  const preset = (auctionDuration: number) => presetOf(fusion, auctionDuration, found.amountOut, least);
  return {
    status: 200,
    body: {
      ...{
        fromTokenAmount: `${found.amountIn}`,
        toTokenAmount: `${found.amountOut}`,
        marketAmount: `${found.amountOut}`,
      },
      ...{ presets: { fast: preset(120), medium: preset(240), slow: preset(600) }, recommended_preset: 'medium' },
      ...{ settlementAddress: fusion.tampering.target ?? fusion.settlement, whitelist: fusion.resolvers, quoteId },
      ...{ autoK: 1, fee: fusion.fee, surplusFee: fusion.surplusFee, integratorFee: 0, integratorFeeShare: 0 },
      ...{ prices: usd('3000', '1'), volume: usd('30000', '30000') },
    },
  };
}

function usd(fromToken: string, toToken: string) {
  return { usd: { fromToken, toToken } };
}

/** Half of the fall in its first quarter. */
function presetOf({ exclusiveResolver, gasCost }: Fusion, auctionDuration: number, start: bigint, end: bigint) {
  const initialRateBump = end > 0n && start > end ? Number(((start - end) * RATE_BASE) / end) : 0;
  return {
    ...{
      auctionDuration,
      startAuctionIn: 12,
      bankFee: '0',
      tokenFee: '0',
      initialRateBump,
      exclusiveResolver,
      gasCost,
    },
    ...{
      auctionStartAmount: `${start}`,
      auctionEndAmount: `${end}`,
      allowPartialFills: true,
      allowMultipleFills: true,
    },
    points: [{ delay: auctionDuration / 4, coefficient: Math.floor(initialRateBump / 2) }],
  };
}

const TYPES = {
  Order: [
    { name: 'salt', type: 'uint256' },
    { name: 'maker', type: 'address' },
    { name: 'receiver', type: 'address' },
    { name: 'makerAsset', type: 'address' },
    { name: 'takerAsset', type: 'address' },
    { name: 'makingAmount', type: 'uint256' },
    { name: 'takingAmount', type: 'uint256' },
    { name: 'makerTraits', type: 'uint256' },
  ],
};

async function submit(fusion: Fusion, body: Record<string, unknown>): Promise<Answered> {
  const { order, signature, extension, quoteId } = body as unknown as Taken & { quoteId: string };
  const no = (description: string) => refused(400, 'Bad Request', description);
  const domain = {
    ...{ name: '1inch Aggregation Router', version: '6', chainId: fusion.pricing.chainId },
    verifyingContract: fusion.router,
  };
  const typed = { domain, types: TYPES, primaryType: 'Order', message: order } as never;
  const signer = await recoverTypedDataAddress({ ...(typed as object), signature } as never).catch(() => undefined);
  if (!signer || !isAddressEqual(signer, order.maker)) return no('invalid signature');
  const least = fusion.quotes.get(quoteId);
  if (least === undefined) return no('quote not found');
  if (BigInt(order.takingAmount) < least) return no('taking amount is below that of the quote');
  const mask = (1n << 160n) - 1n;
  if ((BigInt(order.salt) & mask) !== (BigInt(keccak256(extension)) & mask)) return no('invalid extension');
  if (expiryOf(order) * 1_000 <= fusion.clock.now().getTime()) return no('order has expired');
  const hash = hashTypedData(typed);
  if (!fusion.orders.has(hash)) fusion.orders.set(hash, { order, extension, signature, status: 'pending', fills: [] });
  return { status: 201, body: '', raw: '' };
}

/** Seconds since 1970. */
function expiryOf({ makerTraits }: FusionOrderSent): number {
  return Number((BigInt(makerTraits) >> 80n) & ((1n << 40n) - 1n));
}

function tell({ clock }: Fusion, { order, extension, status, fills }: Taken) {
  const isOver = status === 'pending' && expiryOf(order) * 1_000 <= clock.now().getTime();
  return {
    ...{ status: isOver ? 'expired' : status, order, extension, points: [], cancelTx: null, fills },
    ...{ createdAt: '2026-05-22T12:00:00.000Z', auctionStartDate: 1, auctionDuration: 1, initialRateBump: 1 },
    ...{ isNativeCurrency: false, fromTokenToUsdPrice: '3000', toTokenToUsdPrice: '1' },
  };
}

/** What a resolver has filled. */
export function filled(fusion: FusionServer, hash: Hex, bought: bigint, txHash: Hex): void {
  const taken = fusion.orders.get(hash)!;
  const amounts = { filledMakerAmount: taken.order.makingAmount, filledAuctionTakerAmount: `${bought}` };
  Object.assign(taken, { status: 'filled', fills: [{ txHash, ...amounts, takerFeeAmount: null }] });
}

function refused(statusCode: number, error: string, description = error): Answered {
  return { status: statusCode, body: { statusCode, error, description, requestId: '1', meta: [] } };
}
