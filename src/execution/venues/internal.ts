import { settlementCurrency } from '../../instruments/service.ts';
import type { Market } from '../../market/service.ts';
import { MOST_SKEW_MS, type Clock } from '../../platform/clock.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { decimalText, exact, type Exact } from '../../platform/decimal.ts';
import { appendEvent } from '../../platform/events.ts';
import type { Ids } from '../../platform/ids.ts';
import { crossedOf } from '../../quant/routing/proRata.ts';
import type { Control } from '../control.ts';
import { readLimits } from '../controlStore.ts';
import * as store from '../crossingStore.ts';
import { reduces, stricter } from '../limits.ts';
import type { Limits, TradingState } from '../limitsModel.ts';
import type { OrderRef, OrderReport, Venue, VenueOrder } from '../ports.ts';

/** What crosses orders: the middle of the newest market there is. */
interface Middle {
  price: Exact;
  marketSnapshotId: string;
  asOf: Date;
}

/**
 * Where netting crosses the opposite orders of one tenant's portfolios: at the middle of the market, without a fee. An order waits in the
 * book until it closes; then every open order of its instrument and account is crossed, in one transaction, and what is left of those that
 * have closed is canceled. Positions of one account are nobody else's to move, so accounts are never crossed with each other.
 */
export function internalVenue(deps: {
  db: Database;
  clock: Clock;
  ids: Ids;
  market: Market;
  control: Pick<Control, 'lockState'>;
}): Venue {
  const { db, clock, ids, market, control } = deps;

  const find = ({ tenantId, clientOrderId }: OrderRef) =>
    db.tenant(tenantId, (tx) => store.findCrossingOrder(tx, tenantId, clientOrderId));

  const report = ({ tenantId, clientOrderId }: OrderRef): Promise<OrderReport | undefined> =>
    db.tenant(tenantId, async (tx) => {
      const row = await store.findCrossingOrder(tx, tenantId, clientOrderId);
      return row && reportOf(row, await store.sharesOf(tx, tenantId, clientOrderId));
    });

  const middleOf = async (tenantId: string, { terms }: store.CrossingOrderRow): Promise<Middle | undefined> => {
    const id = await market.latestId(tenantId);
    const view = id === undefined ? undefined : await market.view(tenantId, id);
    const quote = view?.underlying(terms.underlying, terms.quote)?.quoteOf(terms);
    if (!view || !quote) return undefined;
    const { bid, ask, mark } = quote;
    const price = bid === undefined || ask === undefined ? exact(mark) : exact(bid).plus(ask).div(2);
    return { price, marketSnapshotId: view.id, asOf: view.asOf };
  };

  /** A halt, or another state, comes before a crossing or after it, never within it: both hold the lock of the tenant's trading state. */
  const close = (tenantId: string, closing: store.CrossingOrderRow, middle: Middle | undefined): Promise<void> =>
    db.tenant(tenantId, async (tx) => {
      const state = await control.lockState(tx, tenantId);
      const moment = { now: clock.now(), state, middle, limits: await readLimits(tx, tenantId) };
      const open = await store.openLike(tx, tenantId, closing);
      if (!open.some(({ client_order_id: id }) => id === closing.client_order_id)) return; // somebody else has closed it
      const shares = sharesOf(open.filter((order) => obstacleOf(order, moment) === undefined));
      if (middle && shares.length > 0) await cross(tx, tenantId, shares, middle, moment.now);
      for (const order of open) {
        const end = endOf(order, shares.find((share) => share.order === order)?.quantity ?? '0', moment);
        if (end) await store.endCrossingOrder(tx, tenantId, order.client_order_id, end);
      }
    });

  const cross = async (
    tx: Tx,
    tenantId: string,
    shares: readonly store.NewShare[],
    { price, marketSnapshotId }: Middle,
    now: Date,
  ): Promise<void> => {
    const bought = shares.filter(({ order }) => order.side === 'buy');
    const quantity = bought.reduce((sum, share) => sum.plus(share.quantity), exact(0));
    const id = ids.next();
    const crossing = { id, price: decimalText(price), quantity: decimalText(quantity), marketSnapshotId };
    await store.insertCrossing(tx, tenantId, crossing, shares, now);
    const data = await store.findCrossing(tx, tenantId, id);
    await appendEvent(tx, now, { tenantId, type: 'netting.crossed', subject: id, data });
  };

  const lookup = async (order: OrderRef): Promise<OrderReport | undefined> => {
    const row = await find(order);
    if (row?.status === 'open' && new Date(row.closes_at) <= clock.now())
      await close(order.tenantId, row, await middleOf(order.tenantId, row));
    return row && report(order);
  };

  return {
    lookup,

    async submit(order) {
      const { tenantId } = order;
      await db.tenant(tenantId, (tx) =>
        store.insertCrossingOrder(tx, tenantId, rowOf(order, clock.now()), clock.now()),
      );
      const known = await lookup(order);
      if (!known) throw new Error(`the id ${order.clientOrderId} is taken`);
      return known;
    },

    async cancel(order) {
      await db.tenant(order.tenantId, (tx) =>
        store.endCrossingOrder(tx, order.tenantId, order.clientOrderId, {
          status: 'canceled',
          reason: 'It was called off',
        }),
      );
      return report(order);
    },

    openOrders: async () => [], // nobody has an account here: its orders are those of executions
  };
}

/** What a crossing rests on. */
export interface CrossingMoment {
  now: Date;
  state: TradingState;
  middle: Middle | undefined;
  /** Of the tenant. */
  limits: Limits;
}

/** Why an order takes no part in a crossing, or undefined. Pure. */
export function obstacleOf(order: store.OpenCrossingOrder, moment: CrossingMoment): string | undefined {
  const { now, state, middle, limits } = moment;
  if (state === 'halted') return 'Trading is halted';
  if (state === 'reducing' && !isRestReducing(order)) return 'Only orders that make the delta smaller are crossed now';
  if (order.is_called_off) return 'It was called off';
  if (order.is_quarantined) return 'An order on its portfolio was overfilled';
  if (order.is_given_up) return 'It was given up';
  if (now > new Date(order.valid_until)) return `It was not to be crossed after ${order.valid_until}`;
  if (!middle) return `No market snapshot quotes ${order.symbol}`;
  const own = order.max_quote_age_seconds === null ? {} : { maxQuoteAgeSeconds: order.max_quote_age_seconds };
  const { maxQuoteAgeSeconds } = stricter(limits, own);
  const age = now.getTime() - middle.asOf.getTime();
  if (maxQuoteAgeSeconds !== undefined && (age > maxQuoteAgeSeconds * 1_000 || age < -MOST_SKEW_MS))
    return `The latest quote is ${Math.round(age / 1_000)} s old; at most ${maxQuoteAgeSeconds} s are allowed`;
  const sign = order.side === 'buy' ? 1 : -1;
  if (middle.price.minus(order.limit_price).mul(sign).gt(0))
    return `The middle of the market, ${decimalText(middle.price)}, is beyond its limit`;
  return undefined;
}

/** Of what is not crossed yet. Where all of it makes the delta smaller, so does any part. */
function isRestReducing({ delta, delta_before: before, crossed, quantity }: store.OpenCrossingOrder): boolean {
  if (delta === null || before === null) return false;
  const done = exact(crossed).div(quantity).toNumber();
  return reduces(delta * (1 - done), before + delta * done);
}

/** What each order has of a crossing of them all, in lots that suit every one: those that have nothing are left out. Pure. */
export function sharesOf(orders: readonly store.CrossingOrderRow[]): store.NewShare[] {
  const lot = commonLot(orders.map(({ lot_size: lotSize }) => lotSize));
  const side = (wanted: store.CrossingOrderRow['side']) =>
    orders
      .filter((order) => order.side === wanted)
      .map((order) => ({
        order,
        lots: BigInt(exact(order.quantity).minus(order.crossed).div(lot).floor().toFixed(0)),
      }));
  const [buyers, sellers] = [side('buy'), side('sell')];
  const { buys, sells } = crossedOf(
    buyers.map(({ lots }) => lots),
    sellers.map(({ lots }) => lots),
  );
  const text = (lots: bigint): string => decimalText(lot.mul(lots.toString()));
  return [...buyers, ...sellers].flatMap(({ order, lots }, i) => {
    const had = [...buys, ...sells][i]!;
    return had > 0n ? [{ order, open: text(lots), quantity: text(had) }] : [];
  });
}

/** The least quantity that is whole lots of each size: what one order trades, another one has to be able to. */
function commonLot(sizes: readonly string[]): Exact {
  const scale = exact(10).pow(Math.max(0, ...sizes.map((size) => exact(size).decimalPlaces())));
  const units = sizes.map((size) => BigInt(scale.mul(size).toFixed(0)));
  const common = units.reduce((least, unit) => (least / greatestDivisor(least, unit)) * unit, 1n);
  return exact(common.toString()).div(scale);
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestDivisor(b, a % b);
}

/** How an order ends now, or undefined while it stays open. */
function endOf(order: store.OpenCrossingOrder, had: string, moment: CrossingMoment) {
  if (exact(order.crossed).plus(had).gte(order.quantity)) return { status: 'filled' as const, reason: null };
  if (new Date(order.closes_at) > moment.now) return undefined;
  const reason = obstacleOf(order, moment) ?? 'Nobody was left to cross it with';
  return { status: 'canceled' as const, reason };
}

function rowOf(order: VenueOrder, now: Date): store.NewCrossingOrder {
  const { crossing } = order;
  if (!crossing) throw new Error('an order says what it is to be crossed with');
  return {
    ...{ client_order_id: order.clientOrderId, venue: crossing.venue, account_id: order.accountId },
    ...{ symbol: order.symbol, terms: order.terms, side: order.side, quantity: order.quantity },
    ...{ lot_size: order.lotSize, limit_price: order.limitPrice, valid_until: order.validUntil },
    max_quote_age_seconds: crossing.maxQuoteAgeSeconds ?? null,
    ...{ delta: crossing.delta, delta_before: crossing.deltaBefore ?? null },
    closes_at: new Date(now.getTime() + crossing.windowMs),
  };
}

function reportOf(row: store.CrossingOrderRow, shares: Awaited<ReturnType<typeof store.sharesOf>>): OrderReport {
  const worked = shares.length > 0 ? ('partially_filled' as const) : ('accepted' as const);
  return {
    ...{
      venueOrderId: `internal-${row.client_order_id}`,
      status: row.status === 'open' ? worked : row.status,
      reason: row.reason,
    },
    fills: shares.map(({ crossing_id: tradeId, quantity, price, at }) => ({
      ...{ tradeId, quantity: decimalText(quantity), price: decimalText(price) },
      ...{ fee: '0', feeCurrency: settlementCurrency(row.terms), at },
    })),
    ...(row.status === 'open' && { restsUntil: new Date(row.closes_at) }),
  };
}
