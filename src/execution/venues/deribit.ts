import { z } from 'zod';
import { isInverse, venueSymbol } from '../../instruments/service.ts';
import type { InstrumentTerms } from '../../instruments/model.ts';
import { exact } from '../../platform/decimal.ts';
import {
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
import { judgeDeribit } from '../exchanges/deribitVerdicts.ts';
import type { Fill } from '../model.ts';
import type { OrderRef } from '../ports.ts';

/**
 * Deribit (docs.deribit.com, JSON-RPC 2.0 over HTTP): perpetuals, futures and options, settled in coin or in a stablecoin.
 *
 * Our id is the order's label. Deribit takes a label any number of times, so the look-up before every order is all that
 * keeps an id unique; what is found twice is told as an incident (`report.ts`). Amounts are counted as ours are: dollars of
 * coin-settled perpetuals and futures, coins of everything else.
 */
export function deribitVenue(deps: ExchangeDeps): ExchangeVenue {
  return createExchange(DERIBIT, deps);
}

const DERIBIT: Dialect = {
  venue: 'deribit',
  ccxt: 'deribit',
  listsAll: false,
  prepare(client: CcxtClient, url) {
    if (url !== undefined) client.urls.api = { rest: url };
  },
  judge: judgeDeribit,
  async time(api) {
    return (await api.call({ api: 'public', method: 'GET', path: 'get_time' }, answer(z.int()))).result;
  },
  nameOf(terms, assets) {
    if (terms.kind === 'spot' || terms.kind === 'liquidity') return undefined;
    return venueSymbol('deribit', atDeribit(terms, assets))?.slice('deribit:'.length);
  },
  list,
  async place(api, { order, listing, amount, price, expiresAt }, assets) {
    const params = {
      instrument_name: listing.name,
      ...{ amount, price, type: 'limit', time_in_force: 'immediate_or_cancel' },
      label: order.clientOrderId,
      valid_until: String(expiresAt),
    };
    const shape = answer(z.object({ order: OrderShape, trades: z.array(TradeShape) }));
    const { result } = await api.call({ api: 'private', method: 'GET', path: order.side, params, once: true }, shape);
    const state = stateOf(result.order, result.trades, order.terms, assets);
    return { venueOrderId: state.venueOrderId, read: () => Promise.resolve(state) };
  },
  async find(api, ref, { name, deep }, assets) {
    const recent = await ordersLabelled(api, ref, assets);
    const orders = recent.length > 0 || !deep ? recent : await oldOrdersLabelled(api, ref, name);
    const first = orders.toSorted((a, b) => a.creation_timestamp - b.creation_timestamp);
    return Promise.all(first.map(async (order) => stateOf(order, await tradesOf(api, order), ref.terms, assets)));
  },
  async cancel(api, ref) {
    const params = { label: ref.clientOrderId }; // not by order id: there may be more than one
    await api.call({ api: 'private', method: 'GET', path: 'cancel_by_label', params }, answer(z.int()));
  },
  async openOrders(api) {
    const { result } = await api.call(
      { api: 'private', method: 'GET', path: 'get_open_orders' },
      answer(z.array(OrderShape.extend({ direction: z.enum(['buy', 'sell']) }))),
    );
    return result.map((order) => ({
      clientOrderId: order.label === '' ? null : order.label,
      venueOrderId: order.order_id,
      instrument: order.instrument_name,
      side: order.direction,
      quantity: order.amount,
      filledQuantity: order.filled_amount,
    }));
  },
};

function answer<S extends z.ZodType>(result: S) {
  return z.object({ result });
}

const STATES = {
  open: 'accepted',
  untriggered: 'accepted',
  triggered: 'accepted',
  filled: 'filled',
  cancelled: 'canceled',
  rejected: 'rejected',
  archive: 'canceled',
} as const;

const OrderShape = z.object({
  order_id: label,
  order_state: z.enum(Object.keys(STATES) as [keyof typeof STATES]),
  instrument_name: z.string(),
  label: z.string().default(''),
  amount: figure,
  filled_amount: figure,
  creation_timestamp: z.int(),
  cancel_reason: z.string().optional(),
  reject_reason: z.string().optional(),
});
type DeribitOrder = z.output<typeof OrderShape>;

const TradeShape = z.object({
  trade_id: label,
  amount: figure,
  price: figure,
  fee: figure,
  fee_currency: z.string(),
  timestamp: instantMs,
});
type DeribitTrade = z.output<typeof TradeShape>;

function stateOf(order: DeribitOrder, trades: DeribitTrade[], terms: InstrumentTerms, assets: Assets): VenueState {
  const status = STATES[order.order_state];
  const said = order.reject_reason ?? order.cancel_reason;
  const reason = status === 'canceled' || status === 'rejected' ? (said ?? NOT_AT_ONCE) : null;
  return {
    venueOrderId: order.order_id,
    status: status === 'accepted' && trades.length > 0 ? 'partially_filled' : status,
    reason,
    executed: order.filled_amount,
    fills: trades.map((trade) => fillOf(trade, terms, assets)),
  };
}

/** Deribit's fees are positive where they are paid and negative where they are a rebate, as ours. */
function fillOf(
  { trade_id, amount, price, fee, fee_currency, timestamp }: DeribitTrade,
  terms: InstrumentTerms,
  assets: Assets,
): Fill {
  return {
    tradeId: trade_id,
    quantity: amount,
    price,
    fee,
    feeCurrency: assets.ours(fee_currency, terms),
    at: timestamp,
  };
}

async function ordersLabelled(api: ExchangeApi, ref: OrderRef, assets: Assets): Promise<DeribitOrder[]> {
  const { underlying, quote } = ref.terms;
  const currency = assets.atVenue(isInverse(ref.terms) ? underlying : quote);
  const call = {
    ...({ api: 'private', method: 'GET', path: 'get_order_state_by_label' } as const),
    params: { currency, label: ref.clientOrderId },
  };
  const { result } = await api.call(call, answer(z.array(OrderShape)));
  return result.filter((order) => order.label === ref.clientOrderId);
}

const HISTORY_PAGE = 1_000;
const HISTORY_PAGES = 5;

/**
 * Orders that ended half an hour ago are no longer found by their label, only among all of the instrument (docs.deribit.com,
 * "Accessing historical trades and orders"). Without this an order would be sent again by whoever comes back after an outage.
 */
async function oldOrdersLabelled(api: ExchangeApi, ref: OrderRef, name: string): Promise<DeribitOrder[]> {
  for (let page = 0; page < HISTORY_PAGES; page++) {
    const params = {
      ...{ instrument_name: name, count: String(HISTORY_PAGE), offset: String(page * HISTORY_PAGE) },
      ...{ historical: 'true', include_old: 'true', include_unfilled: 'true' },
    };
    const call = { api: 'private', method: 'GET', path: 'get_order_history_by_instrument', params } as const;
    const { result } = await api.call(call, answer(z.array(OrderShape)));
    const found = result.filter((order) => order.label === ref.clientOrderId);
    if (found.length > 0 || result.length < HISTORY_PAGE) return found;
  }
  const searched = HISTORY_PAGE * HISTORY_PAGES;
  throw new ExchangeFault(
    'unclear',
    `Order ${ref.clientOrderId} is not among the last ${searched} in ${name}, and may be among older ones`,
  );
}

/** Newer documentation answers a bare list, older an object around it. */
const TradesShape = z.union([
  z.array(TradeShape),
  z.object({ trades: z.array(TradeShape) }).transform(({ trades }) => trades),
]);

async function tradesOf(api: ExchangeApi, order: DeribitOrder): Promise<DeribitTrade[]> {
  if (order.filled_amount === '0') return [];
  const ask = async (historical: boolean) => {
    const params = { order_id: order.order_id, sorting: 'asc', ...(historical && { historical: 'true' }) };
    const call = { api: 'private', method: 'GET', path: 'get_user_trades_by_order', params } as const;
    return (await api.call(call, answer(TradesShape))).result;
  };
  const recent = await ask(false);
  const told = recent.reduce((sum, { amount }) => sum.plus(amount), exact(0));
  if (told.gte(order.filled_amount)) return recent;
  const old = await ask(true); // after a day
  return [...new Map([...old, ...recent].map((trade) => [trade.trade_id, trade])).values()];
}

async function list(api: ExchangeApi, name: string): Promise<Listing[]> {
  const call = { api: 'public', method: 'GET', path: 'get_instrument', params: { instrument_name: name } } as const;
  try {
    const { result } = await api.call(call, answer(InstrumentShape));
    return [listingOf(result)];
  } catch (error) {
    if (error instanceof ExchangeFault && error.verdict === 'refused') return []; // there is no such instrument
    throw error;
  }
}

const InstrumentShape = z.object({
  instrument_name: z.string(),
  is_active: z.boolean(),
  state: z.string().default('open'),
  min_trade_amount: figure,
  tick_size: figure,
  tick_size_steps: z.array(z.object({ above_price: figure, tick_size: figure })).default([]),
});

function listingOf(instrument: z.output<typeof InstrumentShape>): Listing {
  return {
    name: instrument.instrument_name,
    open: instrument.is_active && instrument.state === 'open',
    lot: instrument.min_trade_amount,
    minimum: instrument.min_trade_amount,
    tick: instrument.tick_size,
    coarseTicks: instrument.tick_size_steps.map(({ above_price, tick_size }) => ({
      above: above_price,
      tick: tick_size,
    })),
    unit: '1',
  };
}

/** The terms in Deribit's names. What settles in coin is quoted in dollars there, whatever dollars of ours are traded as. */
function atDeribit(terms: InstrumentTerms, assets: Assets): InstrumentTerms {
  const underlying = assets.atVenue(terms.underlying);
  return isInverse(terms) ? { ...terms, underlying } : { ...terms, underlying, quote: assets.atVenue(terms.quote) };
}
