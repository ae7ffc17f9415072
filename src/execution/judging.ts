import type { HedgePlan, PlannedOrder } from '../hedging/model.ts';
import type { MarketView } from '../market/service.ts';
import { batching } from '../platform/batch.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { exact, type Exact } from '../platform/decimal.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Control } from './control.ts';
import { readLimits } from './controlStore.ts';
import { crossingLimits, DEFAULT_WINDOW_SECONDS, denialOf, notionalOf, stricter } from './limits.ts';
import type { Denial, Limits, TradingState } from './limitsModel.ts';
import { assertMove, type OrderStatus } from './orderState.ts';
import * as orderStore from './orderStore.ts';
import { validUntil } from './schedule.ts';
import * as store from './store.ts';

/** What an execution rests on. */
export interface Situation {
  execution: store.ExecutionRow;
  plan: HedgePlan;
  /** The latest market snapshot; undefined where there is none. */
  latest: MarketView | undefined;
  /** All orders of the execution, as they were when this was looked at. */
  orders: readonly orderStore.OrderRow[];
}

/** Orders of one execution. */
interface Case {
  situation: Situation;
  orders: readonly orderStore.OrderRow[];
  /** Whether the first of them is sent now if none is denied. */
  isSent: boolean;
}

/** What the judgement of the orders of a tenant rests on; none of it changes before the transaction ends. */
interface Facts {
  state: TradingState;
  limits: Limits;
  /** Executions that were called off. */
  calledOff: ReadonlySet<string>;
  versions: ReadonlyMap<string, number>;
  quarantined: ReadonlySet<string>;
}

interface Denied {
  row: orderStore.OrderRow;
  denial: Denial;
}

interface Verdicts {
  /** Of each case the status that each of its orders was found in, or `denied` where that is new. */
  found: OrderStatus[][];
  denied: Denied[];
  sent: orderStore.OrderRow[];
}

/** Executions that are judged in one transaction at most: what is sent by others of the tenant waits for it. */
const CASES = 50;

export type Judging = ReturnType<typeof createJudging>;

/**
 * Says whether orders may be sent. Whatever is sent for a tenant is judged by one transaction after the other, so that limits and the
 * trading state hold for all of it: what comes at the same time is judged together.
 */
export function createJudging(deps: { db: Database; clock: Clock; portfolios: Portfolios; control: Control }) {
  const { db, clock, portfolios, control } = deps;

  const readFacts = async (tx: Tx, tenantId: string, situations: readonly Situation[]): Promise<Facts> => {
    const portfolioIds = situations.map(({ execution }) => execution.portfolio_id);
    const executionIds = situations.map(({ execution }) => execution.id);
    const [state, limits, calledOff, versions, quarantined] = await Promise.all([
      control.lockState(tx, tenantId),
      readLimits(tx, tenantId),
      lockCalledOff(tx, tenantId, executionIds),
      portfolios.lockMany(tx, tenantId, portfolioIds),
      orderStore.quarantined(tx, portfolioIds),
    ]);
    return { state, limits, calledOff, versions, quarantined };
  };

  /** Why the order must not be sent now, or undefined. `ahead` is sent before it and not written down yet. */
  const judge = async (
    tx: Tx,
    facts: Facts,
    { execution, plan, latest, orders }: Situation,
    order: orderStore.OrderRow,
    ahead: readonly PlannedOrder[],
  ): Promise<Denial | undefined> => {
    const { id, portfolio_id: portfolioId, request } = execution;
    const inForce = stricter(facts.limits, request.limits ?? {});
    const limits = order.venue === 'internal' ? crossingLimits(inForce) : inForce;
    const planned = order.terms;
    const view = latest?.underlying(planned.underlying, planned.quote);
    const held = (): Promise<string> =>
      portfolios.held(tx, portfolioId, facts.versions.get(portfolioId)!, planned.symbol);
    const moment = {
      ...{ now: clock.now(), state: facts.state, limits, validUntil: validUntil(execution, order.slice) },
      calledOff: facts.calledOff.has(id),
      quote: view?.quoteOf(planned.terms),
      quotedAt: latest?.asOf,
      windowNotional: await sentWithin(tx, order, limits, latest, ahead),
      isQuarantined: facts.quarantined.has(portfolioId),
      position: exact(limits.reduceOnly ? await held() : 0),
      delta: deltaBefore(plan, orders, order),
    };
    return denialOf(planned, moment, notionalOf(planned, view?.spot.mark));
  };

  /** Zero where nothing limits it; undefined where no price tells what something of it comes to. */
  const sentWithin = async (
    tx: Tx,
    order: orderStore.OrderRow,
    { maxWindowNotional, windowSeconds = DEFAULT_WINDOW_SECONDS }: Limits,
    latest: MarketView | undefined,
    ahead: readonly PlannedOrder[],
  ): Promise<Exact | undefined> => {
    if (maxWindowNotional === undefined) return exact(0);
    const since = new Date(clock.now().getTime() - windowSeconds * 1_000);
    const sent = await orderStore.sentSince(tx, order.tenant_id, since, order.id);
    return [...sent, ...ahead]
      .filter(({ quote }) => quote === order.terms.quote)
      .map((each) => notionalOf(each, latest?.underlying(each.underlying, each.quote)?.spot.mark))
      .reduce<Exact | undefined>((sum, each) => (each === undefined ? undefined : sum?.plus(each)), exact(0));
  };

  /** What each is denied for, those before it counted as sent. */
  const judgeAll = async (
    tx: Tx,
    facts: Facts,
    situation: Situation,
    rows: readonly orderStore.OrderRow[],
    sent: readonly orderStore.OrderRow[],
  ): Promise<Map<string, Denial>> => {
    const denials = new Map<string, Denial>();
    for (const [i, row] of rows.entries()) {
      const before = [...sent, ...rows.slice(0, i)];
      const ahead = before.filter(({ venue }) => venue !== 'internal').map(({ terms }) => terms); // what reaches a market
      const denial = await judge(tx, facts, situation, row, ahead);
      if (denial) denials.set(row.id, denial);
    }
    return denials;
  };

  const judgeCases = async (tx: Tx, tenantId: string, cases: readonly Case[]): Promise<OrderStatus[][]> => {
    const [facts, rows] = await Promise.all([
      readFacts(
        tx,
        tenantId,
        cases.map(({ situation }) => situation),
      ),
      orderStore.lockOrders(
        tx,
        cases.flatMap(({ orders }) => idsOf(orders)),
      ),
    ]);
    const { found, denied, sent } = await verdictsOn(tx, facts, cases, rows);
    await Promise.all([writeDenied(tx, tenantId, denied), writeSent(tx, tenantId, sent)]);
    return found;
  };

  const writeDenied = async (tx: Tx, tenantId: string, denied: readonly Denied[]): Promise<void> => {
    const now = clock.now();
    await Promise.all([
      ...denied.map(({ row, denial }) => orderStore.denyOrder(tx, row.id, denial, now)),
      orderStore.insertTransitions(tx, tenantId, denied.map(deniedMove), now),
    ]);
  };

  const writeSent = async (tx: Tx, tenantId: string, sent: readonly orderStore.OrderRow[]): Promise<void> => {
    const now = clock.now();
    await Promise.all([
      orderStore.markSubmitted(tx, idsOf(sent), now),
      orderStore.insertTransitions(tx, tenantId, sent.map(sentMove), now),
    ]);
  };

  /**
   * What is denied, and what is sent now. Every order of an execution is denied when one of them may not be sent: a hedge in part may be
   * worse than none.
   */
  const verdictsOn = async (
    tx: Tx,
    facts: Facts,
    cases: readonly Case[],
    rows: ReadonlyMap<string, orderStore.OrderRow>,
  ): Promise<Verdicts> => {
    const sent: orderStore.OrderRow[] = [];
    const denied: Denied[] = [];
    const found: OrderStatus[][] = [];
    for (const { situation, orders, isSent } of cases) {
      const own = orders.map(({ id }) => rows.get(id)!);
      const hasBegun = own[0]!.status !== 'initialized';
      const denials = hasBegun ? new Map<string, Denial>() : await judgeAll(tx, facts, situation, own, sent);
      if (denials.size > 0) denied.push(...deniedAll(own, denials));
      else if (isSent && !hasBegun) sent.push(own[0]!);
      found.push(own.map(({ status }) => (denials.size > 0 ? 'denied' : status)));
    }
    return { found, denied, sent };
  };

  const judged = batching<Case, OrderStatus[]>(CASES, (tenantId, cases) =>
    db.tenant(tenantId, (tx) => judgeCases(tx, tenantId, cases), 'urgent'),
  );

  return {
    /**
     * Judges orders of one execution of which none was sent, and denies all of them when one may not be sent. Where none is denied and
     * `isSent` asks for it, it writes down that the first is about to be sent. Answers the status that each was found in, or `denied` where
     * that is new; once the first has begun, nothing is judged.
     */
    judge: (situation: Situation, orders: readonly orderStore.OrderRow[], isSent: boolean): Promise<OrderStatus[]> =>
      judged(situation.execution.tenant_id, { situation, orders, isSent }),

    /**
     * As `judge` with `isSent`, of all orders of executions that nobody has written down yet, on facts that were read in `tx`. Answers the
     * orders as they are to be written down, by the ids of the executions.
     */
    async judgeNew(
      tx: Tx,
      facts: Omit<Facts, 'calledOff'>,
      situations: readonly Situation[],
    ): Promise<Map<string, orderStore.OrderRow[]>> {
      const cases = situations.map((situation) => ({ situation, orders: situation.orders, isSent: true }));
      const rows = new Map(situations.flatMap(({ orders }) => orders.map((order) => [order.id, order])));
      const { denied, sent } = await verdictsOn(tx, { ...facts, calledOff: new Set() }, cases, rows);
      const now = clock.now().toISOString();
      for (const { row, denial } of denied) {
        const { to, reason } = deniedMove({ row, denial });
        rows.set(row.id, { ...row, status: to, denial: denial.code, reason, updated_at: now });
      }
      for (const row of sent)
        rows.set(row.id, { ...row, status: sentMove(row).to, submitted_at: now, updated_at: now });
      return new Map(situations.map(({ execution, orders }) => [execution.id, orders.map(({ id }) => rows.get(id)!)]));
    },

    /** Denies those of the orders that were not sent yet: another one, on which they hang, was. */
    async denyOthers(
      tx: Tx,
      denied: orderStore.OrderRow,
      denial: Denial,
      others: readonly orderStore.OrderRow[],
    ): Promise<void> {
      const rows = [...(await orderStore.lockOrders(tx, idsOf(others))).values()];
      const unsent = rows.filter(({ status }) => status === 'initialized');
      await writeDenied(
        tx,
        denied.tenant_id,
        unsent.map((row) => ({ row, denial: otherDenied(denied, denial) })),
      );
    },

    /** Why an order that was marked as sent must not be sent any more, or undefined; what that rests on cannot change before `tx` ends. */
    async denialNow(tx: Tx, situation: Situation, order: orderStore.OrderRow): Promise<Denial | undefined> {
      const facts = await readFacts(tx, order.tenant_id, [situation]);
      const row = await orderStore.lockOrder(tx, order.id);
      return row.status === 'submitted' ? judge(tx, facts, situation, row, []) : undefined;
    },
  };
}

function deniedAll(rows: readonly orderStore.OrderRow[], denials: ReadonlyMap<string, Denial>): Denied[] {
  const first = rows.find(({ id }) => denials.has(id))!;
  const other = otherDenied(first, denials.get(first.id)!);
  return rows.map((row) => ({ row, denial: denials.get(row.id) ?? other }));
}

function otherDenied({ symbol }: orderStore.OrderRow, { detail }: Denial): Denial {
  return { code: 'other_order_denied', detail: `The order on ${symbol} was denied: ${detail}` };
}

function deniedMove({ row, denial }: Denied) {
  assertMove(row.status, 'denied');
  return { orderId: row.id, from: row.status, to: 'denied' as const, reason: denial.detail };
}

function sentMove({ id, status }: orderStore.OrderRow) {
  assertMove(status, 'submitted');
  return { orderId: id, from: status, to: 'submitted' as const, reason: null };
}

function idsOf(rows: readonly { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}

async function lockCalledOff(tx: Tx, tenantId: string, ids: readonly string[]): Promise<Set<string>> {
  const rows = await store.lockExecutions(tx, tenantId, ids);
  return new Set(rows.flatMap(({ id, cancel_requested_at: at }) => (at === null ? [] : id)));
}

/** Of the book in the order's underlying: with what earlier slices have traded, and once the earlier orders of its own slice are done. */
export function deltaBefore(
  { result }: HedgePlan,
  orders: readonly orderStore.OrderRow[],
  order: orderStore.OrderRow,
): number | undefined {
  const { underlying, quote } = order.terms;
  const isAlike = (each: { underlying: string; quote: string }) =>
    each.underlying === underlying && each.quote === quote;
  const before = result?.underlyings.find(isAlike)?.greeks.before.delta;
  if (before === undefined) return undefined;
  const addedBy = ({ leg, slice, terms, quantity, filled_quantity: filled }: orderStore.OrderRow): number => {
    if (slice === order.slice) return leg < order.leg ? terms.delta : 0;
    return slice < order.slice ? terms.delta * exact(filled).div(quantity).toNumber() : 0;
  };
  return orders.filter(({ terms }) => isAlike(terms)).reduce((delta, each) => delta + addedBy(each), before);
}
