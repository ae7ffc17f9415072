import { createHmac } from 'node:crypto';
import type { Clock } from '../../src/platform/clock.ts';
import { decimalText, exact } from '../../src/platform/decimal.ts';
import type { TestAccount, TestExchange } from './exchange.ts';
import { createMatching, type EngineOrder, type Match } from './matching.ts';
import { startWire, type WireAnswer, type WireRequest } from './wire.ts';

// Binance's USDⓈ-M futures over HTTP as far as orders need it: shapes of developers.binance.com.

interface Contract {
  symbol: string;
  contractType: string;
  tick: string;
  step: string;
  notional: string;
  status?: string;
}

const CONTRACTS: Contract[] = [
  { symbol: 'BTCUSDT', contractType: 'PERPETUAL', tick: '0.10', step: '0.001', notional: '100' },
  { symbol: 'BTCUSDT_261225', contractType: 'CURRENT_QUARTER', tick: '0.1', step: '0.001', notional: '5' },
  { symbol: 'ETHUSDT', contractType: 'PERPETUAL', tick: '0.01', step: '0.001', notional: '20', status: 'SETTLING' },
];

const TAKER = '0.0005';
const FEE_DECIMALS = 8;

export async function startBinance(clock: Clock): Promise<TestExchange> {
  const engine = createMatching(clock);
  const accounts = new Map<string, TestAccount>();
  const now = () => clock.now().getTime();

  const place = (account: string, query: URLSearchParams): WireAnswer => {
    const contract = CONTRACTS.find(({ symbol }) => symbol === query.get('symbol'));
    if (!contract) return failure(-1121, 'Invalid symbol.');
    const [amount, price, clientId] = [query.get('quantity')!, query.get('price')!, query.get('newClientOrderId')!];
    if (!/^[.A-Z:/a-z0-9_-]{1,36}$/.test(clientId)) return failure(-4015, 'Client order id is not valid.');
    if (!exact(amount).mod(contract.step).isZero())
      return failure(-1111, 'Precision is over the maximum defined for this asset.');
    if (!exact(price).mod(contract.tick).isZero()) return failure(-4014, 'Price not increased by tick size.');
    if (exact(amount).mul(price).lt(contract.notional))
      return failure(-4164, `Order's notional must be no smaller than ${contract.notional}`);
    if (engine.taken(clientId).some((order) => order.account === account && order.state === 'open'))
      return failure(-4116, 'ClientOrderId is duplicated.');
    const side = query.get('side') === 'BUY' ? 'buy' : 'sell';
    const order = engine.place({
      ...{ account, side, amount, price, clientId, instrument: contract.symbol },
      ioc: query.get('timeInForce') === 'IOC',
    });
    return { status: 200, body: orderView(order) };
  };

  const ofAccount = (account: string) => engine.orders.filter((order) => order.account === account);
  /** The latest under the id: ids come again once their order has ended. */
  const named = (account: string, query: URLSearchParams) =>
    ofAccount(account).findLast(
      ({ clientId, instrument }) => clientId === query.get('origClientOrderId') && instrument === query.get('symbol'),
    );

  const signed: Record<string, (account: string, query: URLSearchParams) => WireAnswer> = {
    'POST order': place,
    'GET order': (account, query) => {
      const order = named(account, query);
      return order ? { status: 200, body: orderView(order) } : failure(-2013, 'Order does not exist.');
    },
    'DELETE order': (account, query) => {
      const order = named(account, query);
      return order && engine.cancel(order)
        ? { status: 200, body: orderView(order) }
        : failure(-2011, 'Unknown order sent.');
    },
    'GET openOrders': (account) => ({
      status: 200,
      body: ofAccount(account)
        .filter(({ state }) => state === 'open')
        .map(orderView),
    }),
    'GET userTrades': (account, query) => {
      const order = ofAccount(account).find(({ id }) => id === query.get('orderId'));
      return { status: 200, body: (order?.matches ?? []).map((match) => tradeView(order!, match)) };
    },
  };

  const wire = await startWire((request) => {
    const path = /^\/fapi\/v1\/(\w+)$/.exec(request.path)?.[1];
    if (path === 'time') return { status: 200, body: { serverTime: now() } };
    if (path === 'exchangeInfo')
      return { status: 200, body: { timezone: 'UTC', serverTime: now(), symbols: CONTRACTS.map(symbolView) } };
    const handle = signed[`${request.method} ${path}`];
    if (!handle) return { status: 404, body: {} };
    const text = request.method === 'POST' ? request.body : request.rawQuery;
    const account = authenticate(request, text, accounts, now());
    return typeof account === 'string' ? handle(account, new URLSearchParams(text)) : account;
  });
  return { wire, engine, accounts };
}

const DEFAULT_WINDOW_MS = 5_000;
const AHEAD_MS = 1_000;

/** The account, or why there is none. */
function authenticate(
  request: WireRequest,
  text: string,
  accounts: Map<string, TestAccount>,
  now: number,
): string | WireAnswer {
  const found = [...accounts].find(([, { apiKey }]) => apiKey === request.headers['x-mbx-apikey']);
  if (!found) return failure(-2014, 'API-key format invalid.');
  const [, payload = '', signature] = /^(.*)&signature=([0-9a-f]{64})$/.exec(text) ?? [];
  if (createHmac('sha256', found[1].apiSecret).update(payload).digest('hex') !== signature)
    return failure(-1022, 'Signature for this request is not valid.');
  const query = new URLSearchParams(payload);
  const sentAt = Number(query.get('timestamp'));
  const late = now - sentAt > Number(query.get('recvWindow') ?? DEFAULT_WINDOW_MS);
  if (late || sentAt - now > AHEAD_MS)
    return failure(-1021, 'Timestamp for this request is outside of the recvWindow.');
  return found[0];
}

const STATUS = { filled: 'FILLED', cancelled: 'EXPIRED' } as const;

function orderView(order: EngineOrder) {
  const status = order.state === 'open' ? (order.matches.length > 0 ? 'PARTIALLY_FILLED' : 'NEW') : STATUS[order.state];
  const total = order.matches.reduce((sum, { price, amount }) => sum.plus(exact(price).mul(amount)), exact(0));
  return {
    ...{ orderId: Number(order.id), symbol: order.instrument, status, clientOrderId: order.clientId },
    ...{ price: order.price, avgPrice: order.filled === '0' ? '0.00' : decimalText(total.div(order.filled)) },
    ...{ origQty: order.amount, executedQty: exact(order.filled).toFixed(3), cumQuote: decimalText(total) },
    ...{ timeInForce: 'IOC', type: 'LIMIT', origType: 'LIMIT', reduceOnly: false, closePosition: false },
    ...{ side: order.side.toUpperCase(), positionSide: 'BOTH', updateTime: order.endedAt ?? order.createdAt },
  };
}

function tradeView(order: EngineOrder, { id, price, amount, at }: Match) {
  const value = exact(price).mul(amount);
  return {
    ...{ id: Number(id), orderId: Number(order.id), symbol: order.instrument, side: order.side.toUpperCase() },
    ...{ price, qty: amount, quoteQty: decimalText(value), time: at, maker: false, buyer: order.side === 'buy' },
    ...{
      commission: value.mul(TAKER).toFixed(FEE_DECIMALS),
      commissionAsset: 'USDT',
      realizedPnl: '0',
      positionSide: 'BOTH',
    },
  };
}

function symbolView({ symbol, contractType, tick, step, notional, status = 'TRADING' }: Contract) {
  return {
    ...{ symbol, pair: symbol.split('_')[0], contractType, status, quoteAsset: 'USDT', marginAsset: 'USDT' },
    ...{ baseAsset: symbol.slice(0, 3), pricePrecision: 2, quantityPrecision: 3, orderTypes: ['LIMIT', 'MARKET'] },
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '556.80', maxPrice: '4529764', tickSize: tick },
      { filterType: 'LOT_SIZE', minQty: step, maxQty: '1000', stepSize: step },
      { filterType: 'MARKET_LOT_SIZE', minQty: step, maxQty: '120', stepSize: step },
      { filterType: 'MAX_NUM_ORDERS', limit: 200 },
      { filterType: 'MIN_NOTIONAL', notional },
      { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
    ],
  };
}

/** An error as Binance answers it. */
function failure(code: number, msg: string): WireAnswer {
  return { status: code === -2014 ? 401 : 400, body: { code, msg } };
}
