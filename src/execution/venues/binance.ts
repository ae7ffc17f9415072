import { z } from 'zod';
import type { InstrumentTerms } from '../../instruments/model.ts';
import {
  expiryDay,
  figure,
  instantMs,
  label,
  NOT_AT_ONCE,
  type Assets,
  type CcxtClient,
  type Dialect,
  type ExchangeApi,
  type Listing,
  type VenueState,
} from '../exchanges/dialect.ts';
import { createExchange, type ExchangeDeps, type ExchangeVenue } from '../exchanges/exchangeVenue.ts';
import { ExchangeFault } from '../exchanges/fault.ts';
import { judgeBinance } from '../exchanges/binanceVerdicts.ts';
import type { Fill } from '../model.ts';
import type { OpenOrder, OrderReport } from '../ports.ts';

/**
 * Binance USDⓈ-M futures (developers.binance.com, "USDⓈ-M Futures"): perpetuals and dated futures, settled in a stablecoin and
 * counted in coins, as ours are.
 *
 * Our id is `newClientOrderId`, which is refused a second time (-4116) only while the first order is open, so that the look-up
 * before every order is what keeps it unique. An order is told how late it may arrive by its `recvWindow`.
 */
export function binanceVenue(deps: ExchangeDeps): ExchangeVenue {
  return createExchange(BINANCE, deps);
}

const BINANCE: Dialect = {
  venue: 'binance',
  ccxt: 'binanceusdm',
  listsAll: true,
  prepare(client: CcxtClient, url) {
    if (url === undefined) return;
    client.urls.api = { fapiPublic: `${url}/fapi/v1`, fapiPrivate: `${url}/fapi/v1` };
  },
  judge: judgeBinance,
  async time(api) {
    const call = { api: 'fapiPublic', method: 'GET', path: 'time' } as const;
    return (await api.call(call, z.object({ serverTime: z.int() }))).serverTime;
  },
  nameOf(terms, assets) {
    if ((terms.kind !== 'perpetual' && terms.kind !== 'future') || terms.settlement !== 'linear') return undefined;
    const pair = `${assets.atVenue(terms.underlying)}${assets.atVenue(terms.quote)}`;
    if (terms.kind === 'perpetual') return pair;
    const day = expiryDay(terms.expiry);
    return day === undefined ? undefined : `${pair}_${day}`;
  },
  async list(api) {
    const call = { api: 'fapiPublic', method: 'GET', path: 'exchangeInfo' } as const;
    return (await api.call(call, z.object({ symbols: z.array(SymbolShape) }))).symbols.map(listingOf);
  },
  async place(api, { order, listing, amount, price, expiresAt, windowMs }, assets) {
    const params = {
      ...{ symbol: listing.name, side: order.side.toUpperCase(), type: 'LIMIT', timeInForce: 'IOC' },
      ...{ quantity: amount, price, newClientOrderId: order.clientOrderId, newOrderRespType: 'RESULT' },
      // Refused when it comes later than the sum of the two.
      ...{ timestamp: String(expiresAt - Math.floor(windowMs)), recvWindow: String(Math.floor(windowMs)) },
    };
    const call = { api: 'fapiPrivate', method: 'POST', path: 'order', params, once: true } as const;
    const placed = await api.call(call, OrderShape);
    return { venueOrderId: placed.orderId, read: () => stateOf(api, placed, order.terms, assets) };
  },
  async find(api, ref, { name }, assets) {
    const call = {
      ...({ api: 'fapiPrivate', method: 'GET', path: 'order' } as const),
      params: { symbol: name, origClientOrderId: ref.clientOrderId },
    };
    try {
      return [await stateOf(api, await api.call(call, OrderShape), ref.terms, assets)];
    } catch (error) {
      if (error instanceof ExchangeFault && error.verdict === 'unknown_order') return [];
      throw error;
    }
  },
  async cancel(api, ref, { name }) {
    const params = { symbol: name, origClientOrderId: ref.clientOrderId };
    await api.call({ api: 'fapiPrivate', method: 'DELETE', path: 'order', params }, OrderShape);
  },
  openOrders,
};

const STATUSES = {
  NEW: 'accepted',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
  REJECTED: 'rejected',
} as const satisfies Record<string, OrderReport['status']>;

const REASONS: Partial<Record<keyof typeof STATUSES, string>> = {
  CANCELED: 'Canceled at Binance',
  EXPIRED: NOT_AT_ONCE,
  EXPIRED_IN_MATCH: "Canceled by Binance's prevention of trades with oneself",
  REJECTED: 'Rejected by Binance',
};

const OrderShape = z.object({
  orderId: label,
  symbol: z.string(),
  status: z.enum(Object.keys(STATUSES) as [keyof typeof STATUSES]),
  clientOrderId: z.string(),
  side: z.enum(['BUY', 'SELL']),
  origQty: figure,
  executedQty: figure,
});

const TradeShape = z.object({
  id: label,
  orderId: label,
  price: figure,
  qty: figure,
  commission: figure,
  commissionAsset: z.string(),
  time: instantMs,
});

async function openOrders(api: ExchangeApi): Promise<OpenOrder[]> {
  const orders = await api.call({ api: 'fapiPrivate', method: 'GET', path: 'openOrders' }, z.array(OrderShape));
  return orders.map((order) => ({
    ...{ clientOrderId: order.clientOrderId, venueOrderId: order.orderId, instrument: order.symbol },
    ...{ side: order.side === 'BUY' ? 'buy' : 'sell', quantity: order.origQty, filledQuantity: order.executedQty },
  }));
}

async function stateOf(
  api: ExchangeApi,
  order: z.output<typeof OrderShape>,
  terms: InstrumentTerms,
  assets: Assets,
): Promise<VenueState> {
  return {
    ...{ venueOrderId: order.orderId, status: STATUSES[order.status], executed: order.executedQty },
    reason: REASONS[order.status] ?? null,
    fills: await fillsOf(api, order, terms, assets),
  };
}

const MOST_TRADES = 1_000;

async function fillsOf(
  api: ExchangeApi,
  { symbol, orderId, executedQty }: z.output<typeof OrderShape>,
  terms: InstrumentTerms,
  assets: Assets,
): Promise<Fill[]> {
  if (executedQty === '0') return [];
  const params = { symbol, orderId, limit: String(MOST_TRADES) };
  const trades = await api.call({ api: 'fapiPrivate', method: 'GET', path: 'userTrades', params }, z.array(TradeShape));
  return trades
    .filter((trade) => trade.orderId === orderId)
    .map(({ id, price, qty, commission, commissionAsset, time }) => ({
      ...{ tradeId: id, quantity: qty, price, at: time },
      ...{ fee: commission, feeCurrency: assets.ours(commissionAsset, terms) }, // positive: paid
    }));
}

const FilterShape = z.object({
  filterType: z.string(),
  tickSize: figure.optional(),
  stepSize: figure.optional(),
  minQty: figure.optional(),
  maxQty: figure.optional(),
  notional: figure.optional(),
});

const SymbolShape = z.object({ symbol: z.string(), status: z.string(), filters: z.array(FilterShape) });

/** An instrument whose grid is not told takes no orders. */
function listingOf({ symbol, status, filters }: z.output<typeof SymbolShape>): Listing {
  const filter = (type: string) => filters.find(({ filterType }) => filterType === type);
  const lots = filter('LOT_SIZE');
  const tick = filter('PRICE_FILTER')?.tickSize;
  const notional = filter('MIN_NOTIONAL')?.notional;
  return {
    name: symbol,
    open: status === 'TRADING' && lots?.stepSize !== undefined && tick !== undefined,
    ...{ lot: lots?.stepSize ?? '1', minimum: lots?.minQty ?? '0', tick: tick ?? '1', coarseTicks: [], unit: '1' },
    ...(lots?.maxQty !== undefined && { maximum: lots.maxQty }),
    ...(notional !== undefined && { minimumNotional: notional }),
  };
}
