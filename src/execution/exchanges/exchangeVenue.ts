import type { InstrumentTerms } from '../../instruments/model.ts';
import type { Clock } from '../../platform/clock.ts';
import { inLine } from '../../platform/priority.ts';
import type { OpenAccount, OrderRef, OrderReport, Venue, VenueOrder } from '../ports.ts';
import type { ExchangeConfig } from '../venuesModel.ts';
import { createClients } from './clients.ts';
import type { Assets, Dialect, ExchangeApi, Listing, Placed, VenueState } from './dialect.ts';
import { ExchangeFault, type Verdict } from './fault.ts';
import { onGrid } from './grid.ts';
import { createListings } from './listings.ts';
import { reportOf } from './report.ts';
import { createWire } from './wire.ts';

export interface ExchangeDeps {
  config: ExchangeConfig;
  openAccount: OpenAccount;
  clock: Clock;
}

export interface ExchangeVenue extends Venue {
  /** Ends its connections. */
  close(): Promise<void>;
}

/**
 * How long after it was sent an order may still be taken; every venue is told so. Short, since until it has passed nobody can
 * say of an order whose answer was lost, and that is not found, that it will not come.
 */
const WINDOW_MS = 5_000;
/** By how much the venue's clock may be other than we think. */
const CLOCK_MARGIN_MS = 1_000;
/** What is asked of the exchange for an account at a time, about orders. */
const AT_A_TIME = 4;
/** Orders of which it is remembered until when they may arrive; of others the longest is assumed. */
const MAX_SENT = 10_000;
/** In less than this no other process has taken an order over, sent it and died, so that what this one remembers is all there is. */
const HANDOVER_MS = 2_000;

/**
 * An exchange as a venue; what sets it apart from the others is its dialect. One serves all tenants.
 *
 * An id is taken once: before an order is sent, the venue is asked for it, since none of the three refuses an id whose first
 * order has ended. Nobody is told that an order is unknown, and none is sent again, while one that was sent could still
 * arrive: that is waited out, and then the venue is asked once more.
 */
export function createExchange(dialect: Dialect, { config, openAccount, clock }: ExchangeDeps): ExchangeVenue {
  const wire = createWire(dialect, config, clock);
  const clientOf = createClients(dialect.venue, openAccount, wire.connect);
  const assets = assetsOf(config);
  const listed = createListings(clock, dialect.listsAll, async (name) => dialect.list(await wire.anonymous(), name));
  /** Submissions that are under way, by account and id. */
  const underWay = new Map<string, Promise<OrderReport>>();
  /** Until when an order that this process sent may still arrive, and when that was known, by account and id. */
  const sent = new Map<string, { until: number; at: number }>();

  const apiOf = (account: { tenantId: string; accountId: string | null }): Promise<ExchangeApi> => {
    const { tenantId, accountId } = account;
    if (accountId === null) throw new ExchangeFault('refused', `An order at ${dialect.venue} needs an account there`);
    return clientOf({ tenantId, accountId });
  };

  /** Throws `ExchangeFault` `refused` for an order that is not to be sent. */
  const listingFor = async (terms: InstrumentTerms): Promise<Listing> => {
    const name = dialect.nameOf(terms, assets);
    const listing = name === undefined ? undefined : await listed(name);
    const { kind, underlying, quote } = terms;
    const what = name ?? `any ${'settlement' in terms ? `${terms.settlement} ` : ''}${kind} on ${underlying}/${quote}`;
    if (!listing) throw new ExchangeFault('refused', `${dialect.venue} does not list ${what}`);
    if (!listing.open) throw new ExchangeFault('refused', `${dialect.venue} takes no orders in ${what} now`);
    return listing;
  };

  /** One burst of orders must not use up what the exchange answers an account in a second. */
  const lines = new Map<string, ReturnType<typeof inLine>>();
  const inLineOf = <T>({ tenantId, accountId }: OrderRef, ask: () => Promise<T>): Promise<T> => {
    const key = `${tenantId}/${accountId}`;
    const line = lines.get(key) ?? inLine(AT_A_TIME);
    lines.set(key, line);
    return line(ask);
  };

  const find = async (api: ExchangeApi, ref: OrderRef, deep: boolean): Promise<OrderReport | undefined> => {
    const name = dialect.nameOf(ref.terms, assets);
    if (name === undefined) return undefined; // nothing was ever sent
    const listing = await listed(name);
    const states = await inLineOf(ref, () => dialect.find(api, ref, { name, listing, deep }, assets));
    return isNonEmpty(states) ? reportOf(states) : undefined;
  };

  const remember = (ref: OrderRef, until: number): void => {
    sent.delete(keyOf(ref)); // to its end: the first is the oldest
    sent.set(keyOf(ref), { until, at: clock.now().getTime() });
    if (sent.size > MAX_SENT) sent.delete(sent.keys().next().value!);
  };

  /** Waits until an order that nobody has seen cannot come any more. */
  const outwait = async (until: number): Promise<void> => {
    const left = until - clock.now().getTime();
    if (left > 0) await clock.sleep(left);
  };

  /** Undefined where the venue has an order of this id. */
  const place = async (api: ExchangeApi, order: VenueOrder, listing: Listing): Promise<Placed | undefined> => {
    // Waiting for its turn may have taken long.
    if (await order.isCalledOff?.()) throw new ExchangeFault('refused', 'It was called off before it was placed');
    const now = clock.now().getTime();
    const windowMs = Math.min(order.validUntil.getTime() - now, WINDOW_MS);
    if (windowMs <= 0)
      throw new ExchangeFault('refused', `The order was valid until ${order.validUntil.toISOString()}`);
    const ticket = {
      order,
      listing,
      ...onGrid(order, listing),
      expiresAt: Math.floor(wire.now() + windowMs),
      windowMs,
    };
    const mayArriveUntil = now + windowMs + CLOCK_MARGIN_MS;
    remember(order, mayArriveUntil);
    return dialect.place(api, ticket, assets).catch((error: unknown) => {
      const verdict = verdictOf(error);
      if (verdict === 'duplicate') return undefined;
      remember(order, PROVES_NOT_TAKEN.includes(verdict) ? 0 : mayArriveUntil);
      throw error;
    });
  };

  const send = async (api: ExchangeApi, order: VenueOrder, listing: Listing): Promise<OrderReport> => {
    const placed = await inLineOf(order, () => place(api, order, listing));
    if (!placed) return foundDuplicate(api, order);
    try {
      return reportOf([await placed.read()]);
    } catch {
      // The venue has taken it: that much is known, and the rest is there to be looked up.
      return { venueOrderId: placed.venueOrderId, status: 'accepted', reason: null, fills: [] };
    }
  };

  /** The venue refuses the id as taken, so there is an order to be found. */
  const foundDuplicate = async (api: ExchangeApi, order: VenueOrder): Promise<OrderReport> => {
    const found = await find(api, order, true).catch(() => undefined); // no failure of a look-up says anything of the order
    if (!found)
      throw new ExchangeFault('unclear', `${dialect.venue} has order ${order.clientOrderId} and does not show it`);
    return found;
  };

  const submit = async (order: VenueOrder): Promise<OrderReport> => {
    try {
      const listing = await listingFor(order.terms);
      onGrid(order, listing); // before anything is asked of the account
      const api = await apiOf(order);
      await outwait(sent.get(keyOf(order))?.until ?? 0); // it is sent once more without having been looked up
      const isOver = order.validUntil <= clock.now(); // an order from long ago, if it was sent at all
      // What fails before it is placed need not be waited out.
      const known = await find(api, order, isOver).finally(() => remember(order, 0));
      return known ?? (await send(api, order, listing));
    } catch (error) {
      if (!(error instanceof ExchangeFault) || !PROVES_REFUSAL.includes(error.verdict)) throw error;
      return { venueOrderId: '', status: 'rejected', reason: error.detail, fills: [] }; // it has no id there
    }
  };

  const lookup = async (ref: OrderRef): Promise<OrderReport | undefined> => {
    const asked = clock.now().getTime();
    const api = await apiOf(ref);
    const found = await find(api, ref, true);
    if (found) return found;
    const own = sent.get(keyOf(ref));
    const isAll = own !== undefined && asked - own.at < HANDOVER_MS;
    await outwait(isAll ? own.until : clock.now().getTime() + WINDOW_MS + CLOCK_MARGIN_MS); // another process may just have sent it
    return find(api, ref, true);
  };

  const cancel = async (ref: OrderRef): Promise<OrderReport | undefined> => {
    const found = await lookup(ref);
    if (!found || !isOpen(found)) return found;
    const { venueOrderId } = found;
    const name = dialect.nameOf(ref.terms, assets)!;
    await dialect.cancel(await apiOf(ref), ref, { name, venueOrderId }).catch((error: unknown) => {
      const verdict = verdictOf(error);
      if (verdict !== 'ended' && verdict !== 'unknown_order') throw error; // it ended in between
    });
    const left = await lookup(ref);
    if (!left) throw new ExchangeFault('unclear', `${dialect.venue} no longer shows order ${ref.clientOrderId}`);
    return left;
  };

  return {
    submit(order) {
      const key = keyOf(order);
      const running = underWay.get(key) ?? submit(order).finally(() => underWay.delete(key));
      underWay.set(key, running);
      return running;
    },
    isBusy: (error) => verdictOf(error) === 'busy',
    lookup,
    cancel,
    openOrders: async (account) =>
      dialect.openOrders(await apiOf(account), async (name) => (await listed(name))?.unit ?? '1'),
    close: () => wire.close(),
  };
}

/** Without keys that the venue takes nothing is taken. */
const PROVES_REFUSAL: readonly Verdict[] = ['refused', 'unauthenticated'];
const PROVES_NOT_TAKEN: readonly Verdict[] = [...PROVES_REFUSAL, 'busy', 'clock'];

function verdictOf(error: unknown): Verdict {
  return error instanceof ExchangeFault ? error.verdict : 'unclear';
}

function isOpen({ status }: OrderReport): boolean {
  return status === 'accepted' || status === 'partially_filled';
}

function keyOf({ tenantId, accountId, clientOrderId }: OrderRef): string {
  return `${tenantId}/${accountId}/${clientOrderId}`;
}

function isNonEmpty(states: VenueState[]): states is [VenueState, ...VenueState[]] {
  return states.length > 0;
}

function assetsOf({ assets }: ExchangeConfig): Assets {
  const atVenue = (asset: string) => (Object.hasOwn(assets, asset) ? assets[asset]! : asset);
  return {
    atVenue,
    ours: (asset, { underlying, quote }) => [quote, underlying].find((own) => atVenue(own) === asset) ?? asset,
  };
}
