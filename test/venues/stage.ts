import { randomBytes, randomUUID } from 'node:crypto';
import type { ExchangeDeps, ExchangeVenue } from '../../src/execution/exchanges/exchangeVenue.ts';
import type { OrderRef, VenueOrder } from '../../src/execution/ports.ts';
import type { InstrumentTerms } from '../../src/instruments/model.ts';
import type { VenueAccountSecrets } from '../../src/execution/venueAccountModel.ts';
import { binanceVenue } from '../../src/execution/venues/binance.ts';
import { deribitVenue } from '../../src/execution/venues/deribit.ts';
import { okxVenue } from '../../src/execution/venues/okx.ts';
import { fixedClock, type Clock } from '../../src/platform/clock.ts';
import { decimalText, exact } from '../../src/platform/decimal.ts';
import { NO_COSTS } from '../../src/quant/hedging/cost.ts';
import { startBinance } from './binance.ts';
import { startDeribit } from './deribit.ts';
import type { TestAccount, TestExchange } from './exchange.ts';
import type { EngineOrder } from './matching.ts';
import { startOkx } from './okx.ts';

// An exchange of ours on its wire, and the adapter that speaks to it, on one clock that moves when it is set, and when somebody sleeps.

export const EXCHANGES = ['deribit', 'binance', 'okx'] as const;
export type ExchangeName = (typeof EXCHANGES)[number];

export const AT = '2026-05-22T12:00:00.000Z';

const PERPETUAL = { kind: 'perpetual', underlying: 'BTC', quote: 'USD' } as const;

interface Case {
  start: (clock: Clock) => Promise<TestExchange>;
  venue: (deps: ExchangeDeps) => ExchangeVenue;
  assets: Record<string, string>;
  /** An order of ours that trades at 100,000, its instrument there, and how much of the venue's amount it is. */
  terms: InstrumentTerms;
  quantity: string;
  instrument: string;
  amount: string;
  /** The venue's least amount. */
  lot: string;
  on: Calls;
}

/** Parts of the calls that place, look up, tell trades, cancel and tell what is open. */
type Calls = Record<'place' | 'lookup' | 'trades' | 'cancel' | 'open', string>;

const CASES: Record<ExchangeName, Case> = {
  deribit: {
    ...{ start: startDeribit, venue: deribitVenue, assets: { USD: 'USDC' } },
    ...{ terms: { ...PERPETUAL, settlement: 'inverse' }, quantity: '1000' },
    ...{ instrument: 'BTC-PERPETUAL', amount: '1000', lot: '10' },
    on: {
      ...{ place: 'private/buy', lookup: 'get_order_state_by_label', trades: 'get_user_trades_by_order' },
      ...{ cancel: 'cancel_by_label', open: 'get_open_orders' },
    },
  },
  binance: {
    ...{ start: startBinance, venue: binanceVenue, assets: { USD: 'USDT' } },
    ...{ terms: { ...PERPETUAL, settlement: 'linear' }, quantity: '0.5' },
    ...{ instrument: 'BTCUSDT', amount: '0.5', lot: '0.001' },
    on: {
      ...{ place: 'POST /fapi/v1/order', lookup: 'GET /fapi/v1/order', trades: 'userTrades' },
      ...{ cancel: 'DELETE /fapi/v1/order', open: 'openOrders' },
    },
  },
  okx: {
    ...{ start: startOkx, venue: okxVenue, assets: { USD: 'USDT' } },
    ...{ terms: { ...PERPETUAL, settlement: 'linear' }, quantity: '0.5' },
    ...{ instrument: 'BTC-USDT-SWAP', amount: '50', lot: '0.01' },
    on: {
      ...{ place: 'POST /api/v5/trade/order', lookup: 'GET /api/v5/trade/order', trades: 'trade/fills' },
      ...{ cancel: 'trade/cancel-order', open: 'orders-pending' },
    },
  },
};

export interface ExchangeStage extends TestExchange {
  venue: ExchangeVenue;
  clock: ReturnType<typeof fixedClock>;
  /** By how much the venue's clock is ahead. */
  skew: { ms: number };
  /** Puts the book back: it holds just one order of `order()` on either side. */
  refill(): void;
  /** Lets time pass. */
  pass(ms: number): void;
  on: Calls;
  instrument: string;
  /** The venue's amount of an order of `order()`. */
  amount: string;
  /** The least amount. */
  lot: string;
  /** A new tenant with an account at the venue. */
  tenant(): string;
  order(rest?: Partial<VenueOrder>): VenueOrder;
  /** Another adapter on the same venue, as after a restart. */
  restarted(): ExchangeVenue;
  /** Another adapter, as the one that made it knows it. */
  open<T extends ExchangeVenue>(create: (deps: ExchangeDeps) => T): T;
  close(): Promise<void>;
}

export async function startStage(
  name: ExchangeName,
  config: Partial<ExchangeDeps['config']> = {},
  start = CASES[name].start,
): Promise<ExchangeStage> {
  const { venue: create, assets, terms, quantity, instrument, amount, lot, on } = CASES[name];
  const clock = sleptClock(AT);
  const pass = (ms: number) => clock.set(new Date(clock.now().getTime() + ms));
  const skew = { ms: 0 };
  const exchange = await start({ ...clock, now: () => new Date(clock.now().getTime() + skew.ms) });
  const venues: ExchangeVenue[] = [];
  const open = <T extends ExchangeVenue>(of: (deps: ExchangeDeps) => T): T => {
    const venue = of({
      clock,
      config: { url: exchange.wire.url, assets, timeoutMs: 250, ...config },
      openAccount: async (ref) => ({
        ...ref,
        secrets: { venue: name, ...exchange.accounts.get(ref.accountId)! } as VenueAccountSecrets,
      }),
    });
    venues.push(venue);
    return venue;
  };
  const tenant = () => {
    const tenantId = randomUUID();
    exchange.accounts.set(`${tenantId}-desk`, newAccount(name));
    return tenantId;
  };
  const first = tenant();
  const refill = () => exchange.engine.quote(instrument, depth(amount, 99_990, -5), depth(amount, 100_010, 5));
  refill();
  return {
    ...exchange,
    ...{ venue: open(create), open, clock, skew, pass, instrument, amount, lot, on, tenant, refill },
    order(rest: Partial<VenueOrder> = {}): VenueOrder {
      const tenantId = rest.tenantId ?? first;
      return {
        ...{ tenantId, accountId: `${tenantId}-desk`, clientOrderId: newId(), symbol: `otc:${name}`, terms },
        ...{
          side: 'buy',
          quantity,
          lotSize: '0.1',
          referencePrice: '100000',
          limitPrice: '100100',
        },
        ...{ costModel: NO_COSTS, marketSnapshotId: 'snapshot', participation: 1, mempool: 'public' },
        validUntil: new Date(clock.now().getTime() + 60_000),
        ...rest,
      };
    },
    restarted: () => open(create),
    async close() {
      await exchange.wire.close();
      await Promise.all(venues.map((venue) => venue.close()));
    },
  };
}

/** Two levels that hold the amount together. */
function depth(amount: string, price: number, step: number): [string, string][] {
  return [
    [String(price), decimalText(exact(amount).mul('0.6'))],
    [String(price + step), decimalText(exact(amount).mul('0.4'))],
  ];
}

/** A fixed clock on which sleeping takes its time, and no waiting. */
function sleptClock(at: string): ReturnType<typeof fixedClock> {
  const clock = fixedClock(at);
  return {
    ...clock,
    async sleep(ms) {
      clock.set(new Date(clock.now().getTime() + ms));
      await clock.sleep(ms);
    },
  };
}

export function newId(): string {
  return `b${randomUUID().replaceAll('-', '').slice(0, 25)}`;
}

export function newAccount(name: ExchangeName): TestAccount {
  const key = (prefix: string) => `${prefix}-${randomBytes(12).toString('hex')}`;
  return { apiKey: key('key'), apiSecret: key('secret'), ...(name === 'okx' && { passphrase: key('passphrase') }) };
}

/** Puts an order into the book that rests there, as none of ours does unless the venue takes its time; most of it trades. */
export function rest({ engine, instrument, amount }: ExchangeStage, order: VenueOrder): EngineOrder {
  return engine.place({
    ...{ account: order.accountId!, clientId: order.clientOrderId, instrument, amount },
    ...{ side: 'buy', price: '100010', ioc: false },
  });
}

/** What names an order, without what it was sent with. */
export function refOf({ tenantId, accountId, clientOrderId, symbol, terms, side, quantity }: VenueOrder): OrderRef {
  return { tenantId, accountId, clientOrderId, symbol, terms, side, quantity };
}
