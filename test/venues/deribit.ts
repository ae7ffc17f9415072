import { createHmac } from 'node:crypto';
import type { Clock } from '../../src/platform/clock.ts';
import { exact } from '../../src/platform/decimal.ts';
import type { TestAccount, TestExchange } from './exchange.ts';
import { createMatching, type EngineOrder, type Match } from './matching.ts';
import { startWire, type WireAnswer, type WireRequest } from './wire.ts';

// Deribit's JSON-RPC over HTTP as far as orders need it: shapes of docs.deribit.com, instruments of public/get_instruments of 2026-05-22.

export interface DeribitInstrument {
  instrument_name: string;
  kind: 'future' | 'option';
  instrument_type: 'reversed' | 'linear';
  base_currency: string;
  settlement_currency: string;
  contract_size: number;
  min_trade_amount: number;
  tick_size: number;
  tick_size_steps: readonly { above_price: number; tick_size: number }[];
  taker_commission: number;
  is_active?: boolean;
}

const coin = {
  instrument_type: 'reversed',
  base_currency: 'BTC',
  settlement_currency: 'BTC',
  tick_size_steps: [],
} as const;
const perpetual = {
  ...coin,
  kind: 'future',
  contract_size: 10,
  min_trade_amount: 10,
  tick_size: 0.5,
  taker_commission: 0.0005,
} as const;
const option = {
  ...coin,
  kind: 'option',
  contract_size: 1,
  min_trade_amount: 0.1,
  tick_size: 0.0001,
  taker_commission: 0.0003,
} as const;
const linear = {
  instrument_type: 'linear',
  base_currency: 'BTC',
  settlement_currency: 'USDC',
  tick_size_steps: [],
} as const;

const INSTRUMENTS: DeribitInstrument[] = [
  { instrument_name: 'BTC-PERPETUAL', ...perpetual },
  { instrument_name: 'BTC-25DEC26', ...perpetual, tick_size: 2.5 },
  { instrument_name: 'BTC-25DEC26-90000-C', ...option, tick_size_steps: [{ above_price: 0.005, tick_size: 0.0005 }] },
  {
    ...{ instrument_name: 'BTC_USDC-PERPETUAL', ...linear, kind: 'future', contract_size: 0.0001 },
    ...{ min_trade_amount: 0.0001, tick_size: 0.1, taker_commission: 0.0005 },
  },
  {
    instrument_name: 'ETH-PERPETUAL',
    ...perpetual,
    base_currency: 'ETH',
    settlement_currency: 'ETH',
    is_active: false,
  },
];

const HALF_AN_HOUR = 30 * 60_000;
const A_DAY = 24 * 3_600_000;
/** Fees are told to the satoshi. */
const FEE_DECIMALS = 8;

export async function startDeribit(clock: Clock, instruments = INSTRUMENTS): Promise<TestExchange> {
  const engine = createMatching(clock);
  const accounts = new Map<string, TestAccount>();
  const now = () => clock.now().getTime();
  const instrumentOf = ({ instrument }: EngineOrder) =>
    instruments.find(({ instrument_name }) => instrument_name === instrument)!;

  const methods: Record<string, (account: string, query: URLSearchParams) => WireAnswer> = {
    get_open_orders: (account) =>
      result(engine.orders.filter((order) => order.account === account && order.state === 'open').map(orderView)),

    get_order_state_by_label: (account, query) => {
      const orders = engine
        .taken(query.get('label')!)
        .filter(
          (order) => order.account === account && instrumentOf(order).settlement_currency === query.get('currency'),
        )
        .filter(({ endedAt }) => endedAt === null || now() - endedAt < HALF_AN_HOUR);
      return result(orders.map(orderView));
    },

    get_order_history_by_instrument: (account, query) => {
      const old = query.get('historical') === 'true';
      const ended = engine.orders.filter(
        (order) =>
          order.account === account &&
          order.instrument === query.get('instrument_name') &&
          order.endedAt !== null &&
          now() - order.endedAt >= HALF_AN_HOUR === old,
      );
      const from = Number(query.get('offset') ?? 0);
      return result(
        ended
          .reverse()
          .slice(from, from + Number(query.get('count') ?? 20))
          .map(orderView),
      );
    },

    get_user_trades_by_order: (account, query) => {
      const order = engine.orders.find(({ id, account: owner }) => id === query.get('order_id') && owner === account);
      if (!order) return failure(10004, 'order_not_found');
      const old = query.get('historical') === 'true';
      return result(
        order.matches
          .filter(({ at }) => now() - at >= A_DAY === old)
          .map((match) => tradeView(order, instrumentOf(order), match)),
      );
    },

    cancel_by_label: (account, query) => {
      const orders = engine.taken(query.get('label')!).filter((order) => order.account === account);
      return result(orders.filter((order) => engine.cancel(order)).length);
    },
  };

  const place = (account: string, side: 'buy' | 'sell', query: URLSearchParams): WireAnswer => {
    const instrument = instruments.find(({ instrument_name }) => instrument_name === query.get('instrument_name'));
    if (!instrument) return failure(13020, 'not_found');
    const amount = query.get('amount')!;
    const price = query.get('price')!;
    if (!exact(amount).mod(instrument.min_trade_amount).isZero())
      return failure(-32602, 'Invalid params', 'must be a multiple of contract size');
    const steps = instrument.tick_size_steps.findLast(({ above_price }) => Number(price) > above_price);
    if (
      !exact(price)
        .mod(steps?.tick_size ?? instrument.tick_size)
        .isZero()
    )
      return failure(10043, 'price_wrong_tick');
    if (Number(query.get('valid_until') ?? Infinity) <= now()) return failure(13888, 'timed_out');
    const order = engine.place({
      ...{ account, side, amount, price, instrument: instrument.instrument_name, clientId: query.get('label') ?? '' },
      ioc: query.get('time_in_force') === 'immediate_or_cancel',
    });
    return result({
      order: orderView(order),
      trades: order.matches.map((match) => tradeView(order, instrumentOf(order), match)),
    });
  };

  const publicAnswer = (path: string, query: URLSearchParams): WireAnswer => {
    if (path === 'get_time') return result(now());
    const found = instruments.find(({ instrument_name }) => instrument_name === query.get('instrument_name'));
    if (path !== 'get_instrument') return failure(-32601, 'Method not found');
    if (!found) return failure(13020, 'not_found', 'instrument not found');
    const { is_active = true, ...listed } = found;
    return result({
      ...listed,
      is_active,
      state: is_active ? 'open' : 'closed',
      creation_timestamp: 1_534_242_287_000,
    });
  };

  const wire = await startWire((request) => {
    const [, api, version, scope, path = ''] = request.path.split('/');
    if (api !== 'api' || version !== 'v2') return { status: 404, body: {} };
    if (scope === 'public') return publicAnswer(path, request.query);
    const account = authenticate(request, accounts, now());
    if (typeof account !== 'string') return account;
    if (path === 'buy' || path === 'sell') return place(account, path, request.query);
    return methods[path]?.(account, request.query) ?? failure(-32601, 'Method not found');
  });
  return { wire, engine, accounts };
}

const KEY_GOOD_FOR_MS = 60_000;

/** The account, or why there is none. */
function authenticate(request: WireRequest, accounts: Map<string, TestAccount>, now: number): string | WireAnswer {
  const header = /^deri-hmac-sha256 id=([^,]+),ts=(\d+),sig=([0-9a-f]{64}),nonce=(\d+)$/.exec(
    request.headers.authorization ?? '',
  );
  const [, id, ts, signature, nonce] = header ?? [];
  const found = [...accounts].find(([, { apiKey }]) => apiKey === id);
  if (!found) return failure(13004, 'invalid_credentials');
  const uri = request.rawQuery ? `${request.path}?${request.rawQuery}` : request.path;
  const text = `${ts}\n${nonce}\n${request.method}\n${uri}\n${request.body}\n`;
  if (createHmac('sha256', found[1].apiSecret).update(text).digest('hex') !== signature)
    return failure(13009, 'unauthorized', 'bad signature');
  if (Math.abs(Number(ts) - now) > KEY_GOOD_FOR_MS) return failure(13009, 'unauthorized', 'invalid timestamp');
  return found[0];
}

function orderView(order: EngineOrder) {
  return {
    ...{ order_id: order.id, order_state: order.state, order_type: 'limit', time_in_force: 'immediate_or_cancel' },
    ...{ instrument_name: order.instrument, label: order.clientId, direction: order.side, price: Number(order.price) },
    ...{ amount: Number(order.amount), filled_amount: Number(order.filled), average_price: averagePrice(order) },
    ...{ creation_timestamp: order.createdAt, last_update_timestamp: order.endedAt ?? order.createdAt },
    ...{ api: true, post_only: false, reduce_only: false, is_liquidation: false, max_show: Number(order.amount) },
  };
}

function averagePrice({ matches, filled }: EngineOrder): number {
  const total = matches.reduce((sum, { price, amount }) => sum.plus(exact(price).mul(amount)), exact(0));
  return matches.length === 0 ? 0 : total.div(filled).toNumber();
}

function tradeView(order: EngineOrder, instrument: DeribitInstrument, { id, price, amount, at }: Match) {
  const inverse = instrument.instrument_type === 'reversed' && instrument.kind === 'future';
  const value = inverse
    ? exact(amount).div(price)
    : instrument.kind === 'option'
      ? exact(amount)
      : exact(amount).mul(price);
  return {
    ...{
      trade_id: `${instrument.base_currency}-${id}`,
      trade_seq: Number(id),
      order_id: order.id,
      label: order.clientId,
    },
    ...{
      instrument_name: order.instrument,
      direction: order.side,
      price: Number(price),
      amount: Number(amount),
      timestamp: at,
    },
    fee: value.mul(instrument.taker_commission).toDecimalPlaces(FEE_DECIMALS).toNumber(),
    ...{ fee_currency: instrument.settlement_currency, liquidity: 'T', state: order.state, index_price: Number(price) },
  };
}

function result(value: unknown): WireAnswer {
  return { status: 200, body: { jsonrpc: '2.0', result: value, usIn: 1, usOut: 2, usDiff: 1, testnet: false } };
}

/** An error as Deribit answers it. */
function failure(code: number, message: string, reason?: string): WireAnswer {
  const error = { code, message, ...(reason !== undefined && { data: { reason } }) };
  return { status: 400, body: { jsonrpc: '2.0', error, usIn: 1, usOut: 2, usDiff: 1, testnet: false } };
}
