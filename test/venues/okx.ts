import { createHmac } from 'node:crypto';
import type { Clock } from '../../src/platform/clock.ts';
import { decimalText, exact } from '../../src/platform/decimal.ts';
import type { TestAccount, TestExchange } from './exchange.ts';
import { createMatching, type EngineOrder, type Match } from './matching.ts';
import { startWire, type WireAnswer, type WireRequest } from './wire.ts';

// OKX v5 over HTTP as far as orders in swaps need it: shapes of okx.com/docs-v5. Amounts are contracts.

const swap = {
  instType: 'SWAP',
  ctMult: '1',
  lever: '100',
  listTime: '1611916828000',
  expTime: '',
  optType: '',
  stk: '',
};

const INSTRUMENTS = [
  {
    ...{ ...swap, instId: 'BTC-USDT-SWAP', ctType: 'linear', ctVal: '0.01', ctValCcy: 'BTC', settleCcy: 'USDT' },
    ...{ lotSz: '0.01', minSz: '0.01', tickSz: '0.1', maxLmtSz: '100000000', state: 'live' },
  },
  {
    ...{ ...swap, instId: 'BTC-USD-SWAP', ctType: 'inverse', ctVal: '100', ctValCcy: 'USD', settleCcy: 'BTC' },
    ...{ lotSz: '0.1', minSz: '0.1', tickSz: '0.1', maxLmtSz: '1000000', state: 'live' },
  },
  {
    ...{ ...swap, instId: 'ETH-USDT-SWAP', ctType: 'linear', ctVal: '0.1', ctValCcy: 'ETH', settleCcy: 'USDT' },
    ...{ lotSz: '0.01', minSz: '0.01', tickSz: '0.01', maxLmtSz: '100000000', state: 'suspend' },
  },
] as const;

const TAKER = '0.0005';
const THREE_DAYS = 3 * 24 * 3_600_000;

export async function startOkx(clock: Clock): Promise<TestExchange> {
  const engine = createMatching(clock);
  const accounts = new Map<string, TestAccount>();
  const now = () => clock.now().getTime();
  const ofAccount = (account: string) => engine.orders.filter((order) => order.account === account);

  const named = (account: string, names: Named) =>
    ofAccount(account).findLast(
      ({ id, clientId, instrument }) =>
        instrument === names.instId && (names.ordId === undefined ? clientId === names.clOrdId : id === names.ordId),
    );

  const place = (account: string, request: WireRequest): WireAnswer => {
    const asked = JSON.parse(request.body) as Record<
      'instId' | 'sz' | 'px' | 'side' | 'clOrdId' | 'ordType' | 'tdMode',
      string
    >;
    const expiresAt = request.headers.exptime;
    if (typeof expiresAt === 'string' && Number(expiresAt) < now())
      return failure(
        '50036',
        "The expTime can't be earlier than the current system time. Please adjust the expTime and try again.",
      );
    const instrument = INSTRUMENTS.find(({ instId }) => instId === asked.instId);
    if (!instrument) return refusal('51001', 'Instrument ID does not exist', asked.clOrdId);
    if (!/^[A-Za-z0-9]{1,32}$/.test(asked.clOrdId)) return refusal('51000', 'Parameter clOrdId error', asked.clOrdId);
    if (!exact(asked.sz).mod(instrument.lotSz).isZero())
      return refusal('51121', 'Order quantity must be a multiple of the lot size.', asked.clOrdId);
    if (!exact(asked.px).mod(instrument.tickSz).isZero()) return refusal('51000', 'Parameter px error', asked.clOrdId);
    if (engine.taken(asked.clOrdId).some((order) => order.account === account && order.state === 'open'))
      return refusal('51016', 'Client order ID already exists', asked.clOrdId);
    const order = engine.place({
      ...{ account, side: asked.side as 'buy' | 'sell', amount: asked.sz, price: asked.px, clientId: asked.clOrdId },
      ...{ instrument: instrument.instId, ioc: asked.ordType === 'ioc' },
    });
    const ack = { clOrdId: order.clientId, ordId: order.id, tag: '', ts: String(now()), sCode: '0', sMsg: '' };
    return result([ack]);
  };

  const cancel = (account: string, request: WireRequest): WireAnswer => {
    const asked = JSON.parse(request.body) as Named;
    const order = named(account, asked);
    if (!order) return refusal('51603', 'Order does not exist', asked.clOrdId);
    if (!engine.cancel(order))
      return refusal(
        '51400',
        'Cancellation failed as the order has been filled, canceled or does not exist.',
        asked.clOrdId,
      );
    return result([{ clOrdId: order.clientId, ordId: order.id, ts: String(now()), sCode: '0', sMsg: '' }]);
  };

  const fills = (account: string, query: URLSearchParams, old: boolean): WireAnswer => {
    const order = ofAccount(account).find(({ id }) => id === query.get('ordId'));
    const told = (order?.matches ?? []).filter(({ at }) => old || now() - at < THREE_DAYS).reverse();
    return result(page(told, query, ({ id }) => id).map((match) => fillView(order!, match)));
  };

  const privately: Record<string, (account: string, request: WireRequest) => WireAnswer> = {
    'POST trade/order': place,
    'POST trade/cancel-order': cancel,
    'GET trade/order': (account, { query }) => {
      const order = named(account, Object.fromEntries(query) as unknown as Named);
      return order ? result([orderView(order)]) : failure('51603', 'Order does not exist');
    },
    'GET trade/orders-pending': (account, { query }) => {
      const open = ofAccount(account).filter(({ state }) => state === 'open');
      return result(page(open.toReversed(), query, ({ id }) => id).map(orderView));
    },
    'GET trade/fills': (account, { query }) => fills(account, query, false),
    'GET trade/fills-history': (account, { query }) => fills(account, query, true),
  };

  const wire = await startWire((request) => {
    const path = request.path.replace(/^\/api\/v5\//, '');
    if (path === 'public/time') return result([{ ts: String(now()) }]);
    if (path === 'public/instruments') {
      const found = INSTRUMENTS.filter(({ instId }) => instId === request.query.get('instId'));
      return found.length > 0
        ? result(found)
        : failure('51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
    }
    const handle = privately[`${request.method} ${path}`];
    if (!handle) return { status: 404, body: { code: '404', msg: 'Not Found', data: [] } };
    const account = authenticate(request, accounts, now());
    return typeof account === 'string' ? handle(account, request) : account;
  });
  return { wire, engine, accounts };
}

interface Named {
  instId: string;
  ordId?: string;
  clOrdId: string;
}

const GOOD_FOR_MS = 30_000;

/** The account, or why there is none. */
function authenticate(request: WireRequest, accounts: Map<string, TestAccount>, now: number): string | WireAnswer {
  const header = (name: string) => String(request.headers[`ok-access-${name}`] ?? '');
  const found = [...accounts].find(([, { apiKey }]) => apiKey === header('key'));
  if (!found) return failure('50111', 'Invalid OK-ACCESS-KEY', 401);
  const [account, { apiSecret, passphrase }] = found;
  if (header('passphrase') !== passphrase)
    return failure('50105', 'Request header OK-ACCESS-PASSPHRASE incorrect.', 401);
  const uri = request.rawQuery ? `${request.path}?${request.rawQuery}` : request.path;
  const text = `${header('timestamp')}${request.method}${uri}${request.body}`;
  if (createHmac('sha256', apiSecret).update(text).digest('base64') !== header('sign'))
    return failure('50113', 'Invalid Sign', 401);
  if (!(Math.abs(Date.parse(header('timestamp')) - now) <= GOOD_FOR_MS))
    return failure('50102', 'Timestamp request expired', 401);
  return account;
}

const MOST = 100;

/** The items, the newest first, that come after the one that the query names. */
function page<T>(items: T[], query: URLSearchParams, idOf: (item: T) => string): T[] {
  const after = query.get('after');
  const from = after === null ? 0 : items.findIndex((item) => idOf(item) === after) + 1;
  return items.slice(from, from + Math.min(Number(query.get('limit') ?? MOST), MOST));
}

function orderView(order: EngineOrder) {
  const open = order.matches.length > 0 ? 'partially_filled' : 'live';
  const state = order.state === 'open' ? open : order.state === 'cancelled' ? 'canceled' : 'filled';
  return {
    ...{
      instType: 'SWAP',
      instId: order.instrument,
      ordId: order.id,
      clOrdId: order.clientId,
      tag: '',
      tdMode: 'cross',
    },
    ...{
      px: order.price,
      sz: order.amount,
      accFillSz: order.filled,
      side: order.side,
      posSide: 'net',
      ordType: 'ioc',
      state,
    },
    ...{
      cancelSource: state === 'canceled' ? '14' : '',
      cancelSourceReason: state === 'canceled' ? 'Order canceled: IOC' : '',
    },
    ...{ cTime: String(order.createdAt), uTime: String(order.endedAt ?? order.createdAt) },
  };
}

function fillView(order: EngineOrder, { id, price, amount, at }: Match) {
  const { ctVal, ctType, settleCcy } = INSTRUMENTS.find(({ instId }) => instId === order.instrument)!;
  const face = exact(amount).mul(ctVal);
  const value = ctType === 'linear' ? face.mul(price) : face.div(price);
  return {
    ...{
      instType: 'SWAP',
      instId: order.instrument,
      tradeId: `7${id}`,
      billId: id,
      ordId: order.id,
      clOrdId: order.clientId,
    },
    ...{ fillPx: price, fillSz: amount, side: order.side, posSide: 'net', execType: 'T', tag: '' },
    ...{ fee: decimalText(value.mul(TAKER).neg().toDecimalPlaces(12)), feeCcy: settleCcy },
    ...{ fillTime: String(at), ts: String(at) },
  };
}

function result(data: unknown): WireAnswer {
  return { status: 200, body: { code: '0', msg: '', data } };
}

function failure(code: string, msg: string, status = 200): WireAnswer {
  return { status, body: { code, msg, data: [] } };
}

/** How OKX refuses an order: what is wrong is told inside. */
function refusal(sCode: string, sMsg: string, clOrdId: string): WireAnswer {
  return {
    status: 200,
    body: { code: '1', msg: 'All operations failed', data: [{ clOrdId, ordId: '', tag: '', sCode, sMsg }] },
  };
}
