import type { HedgePlan } from '../hedging/model.ts';
import type { Market, MarketView } from '../market/service.ts';
import { batching } from '../platform/batch.ts';
import { MOST_SKEW_MS, type Clock } from '../platform/clock.ts';
import { sqlState, type Database, type Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Principal } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, Problem, rejectFaults, under, type Fault } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Control } from './control.ts';
import { readLimits } from './controlStore.ts';
import { stricter } from './limits.ts';
import type { Limits, TradingStateView } from './limitsModel.ts';
import type { ExecutionInput } from './model.ts';
import { newOrders } from './newOrders.ts';
import { liquidityFaults } from './poolMatch.ts';
import type { Venues } from './ports.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';
import type { VenueAccounts } from './venueAccountService.ts';

export interface AcceptanceDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  market: Market;
  portfolios: Portfolios;
  control: Control;
  accounts: VenueAccounts;
  venues: Venues;
  /** Of executions. */
  queue: string;
}

/** Who asks: a person's key, or an agent of ours. */
export type Asker = Pick<Principal, 'tenantId'> & { keyId: string | null };

/** Executions that are accepted in one transaction at most. */
const ACCEPTED = 100;
/** What its caller begins is left to the queue when it has not ended by then. */
export const BEGUN_MS = 5_000;

/** An execution that is asked for. */
export interface Wanted {
  asker: Asker;
  id: string;
  plan: HedgePlan;
  input: ExecutionInput;
}

/** With the prices that its plan rests on. */
export type Priced = Wanted & { view: MarketView };

/** An execution and its orders, by their legs; one that is sliced has none yet. */
export interface Accepted {
  execution: store.ExecutionRow;
  orders: orderStore.OrderRow[];
}

/** What was accepted, why it was not, or undefined where the plan has an execution already. */
type Verdict = Accepted | Problem | undefined;

interface Locked {
  /** Of the portfolios. */
  versions: ReadonlyMap<string, number>;
  trading: TradingStateView;
}

/** What acceptance rests on; nobody else accepts an execution on the portfolios before the transaction ends. */
export interface Facts extends Locked {
  /** Whether who accepts begins it too: the queue has it only later, if it has not ended by then. */
  isBegun: boolean;
  limits: Limits;
  quarantined: ReadonlySet<string>;
  underWay: { plans: Set<string>; portfolios: Set<string> };
}

export type Acceptance = ReturnType<typeof createAcceptance>;

/** Whether an execution may begin, and its writing down. What is asked for at the same time is written together. */
export function createAcceptance(deps: AcceptanceDeps) {
  const { db, clock, ids, wake, market, portfolios, control, accounts, venues, queue } = deps;

  const venueFaults = async (tenantId: string, { venue, accountId, paper }: ExecutionInput): Promise<Fault[]> => {
    if (paper) return under('/paper', liquidityFaults(paper));
    if (!venues[venue])
      return [{ pointer: '/venue', code: 'unknown_venue', detail: `The operator has not set up ${venue} here` }];
    if (accountId === undefined) return [];
    const account = await accounts.find(tenantId, accountId);
    const fault = (detail: string): Fault[] => [{ pointer: '/accountId', code: 'unknown_account', detail }];
    if (!account) return fault(`You have no venue account ${accountId}`);
    return account.venue === venue ? [] : fault(`The account is at ${account.venue}, not at ${venue}`);
  };

  /** A cap on the participation needs the volume of every instrument that the plan trades. */
  const volumeFaults = (plan: HedgePlan, { schedule }: ExecutionInput): Fault[] => {
    const volumes = schedule?.dailyVolumes;
    if (!volumes) return [];
    const missing = plan.result!.orders.filter(({ symbol }) => !volumes.some((volume) => volume.symbol === symbol));
    return missing.map(({ symbol }) => ({
      ...{ pointer: '/schedule/dailyVolumes', code: 'missing_volume', detail: `The volume of ${symbol} is missing` },
    }));
  };

  const lock = async (tx: Tx, tenantId: string, ids: readonly string[]): Promise<Locked> => {
    const [versions, trading] = await Promise.all([portfolios.lockMany(tx, tenantId, ids), control.view(tx, tenantId)]);
    return { versions, trading };
  };

  /** What is begun is sent on the same facts. Waits for who else sends for the tenant, as judging does, and for nobody who changes a portfolio. */
  const lockToSend = async (tx: Tx, tenantId: string, ids: readonly string[]): Promise<Locked> => {
    const [trading, versions] = await Promise.all([
      control.lockView(tx, tenantId),
      portfolios.lockFree(tx, tenantId, ids),
    ]);
    return { versions, trading };
  };

  const readFacts = async (tx: Tx, tenantId: string, wanted: readonly Wanted[], isBegun: boolean): Promise<Facts> => {
    const portfolioIds = wanted.map(({ plan }) => plan.portfolioId);
    const hedgePlanIds = wanted.map(({ plan }) => plan.id);
    const [locked, limits, quarantined, underWay] = await Promise.all([
      (isBegun ? lockToSend : lock)(tx, tenantId, portfolioIds),
      readLimits(tx, tenantId),
      orderStore.quarantined(tx, portfolioIds),
      store.underWay(tx, { hedgePlanIds, portfolioIds }),
    ]);
    return { ...locked, isBegun, limits, quarantined, underWay };
  };

  /** What becomes of each: those that may be are answered as they are to be written down. */
  const admit = (wanted: readonly Priced[], facts: Facts): Verdict[] => {
    const { underWay, isBegun } = facts;
    const now = clock.now();
    return wanted.map((each) => {
      const { plan, input } = each;
      const isRehearsal = input.mode === 'dry_run';
      if (!isRehearsal && underWay.plans.has(plan.id)) return undefined; // a twin was faster
      const refusal = refusalOf(each, facts, now);
      if (refusal) return refusal;
      if (!isRehearsal) {
        underWay.plans.add(plan.id);
        underWay.portfolios.add(plan.portfolioId);
      }
      const execution = newExecution(each, now, isBegun);
      // Each slice of a schedule is written down when it is due.
      const legs = isSliced(input) ? [] : plan.result!.orders;
      return { execution, orders: newOrders(ids, { execution, slice: 0, legs }, now) };
    });
  };

  const write = async (
    tx: Tx,
    tenantId: string,
    accepted: readonly Accepted[],
    { isBegun }: Pick<Facts, 'isBegun'>,
  ): Promise<void> => {
    if (accepted.length === 0) return;
    const now = clock.now();
    const executions = accepted.map(({ execution }) => execution);
    const queued = executions.filter(({ mode }) => mode !== 'approve').map(({ id }) => id);
    const dueAt = isBegun ? new Date(now.getTime() + BEGUN_MS) : null;
    const waiting = executions.filter(({ deadline }) => deadline !== null);
    // Statements run in the order of the calls.
    await Promise.all([
      store.insertExecutions(tx, tenantId, executions),
      orderStore.insertOrders(
        tx,
        tenantId,
        accepted.flatMap(({ orders }) => orders),
        now,
      ),
      queued.length > 0 ? enqueue(tx, now, { tenantId, queue, subjects: queued, dueAt }) : undefined,
      ...waiting.map((row) => tell(tx, now, row, 'execution.approval_requested', { deadline: row.deadline })),
    ]);
  };

  const accepted = batching<Priced, Verdict>(ACCEPTED, (tenantId, wanted) =>
    db.tenant(tenantId, async (tx) => {
      const facts = await readFacts(tx, tenantId, wanted, false);
      const verdicts = admit(wanted, facts);
      await write(tx, tenantId, verdicts.filter(isAccepted), facts);
      return verdicts;
    }),
  );

  /** @throws Problem where the plan cannot be executed so, whenever that is */
  const check = async (wanted: Wanted): Promise<Priced> => {
    const { plan, input, asker } = wanted;
    if (!plan.result) throw new Problem('conflict', `The plan cannot be executed: it is ${plan.status}`);
    const { orders, noTrade } = plan.result;
    if (orders.length === 0)
      throw new Problem('conflict', `The plan has no orders: ${noTrade?.detail ?? 'nothing is to be traded'}`);
    rejectFaults([...(await venueFaults(asker.tenantId, input)), ...volumeFaults(plan, input)]);
    return { ...wanted, view: await market.view(asker.tenantId, plan.marketSnapshotId) };
  };

  return {
    /** What is wrong with a request, whatever the plan. */
    faults: venueFaults,
    check,
    readFacts,
    admit,
    write,

    /**
     * Accepts the plan for execution. Refuses a plan whose portfolio has changed since, one that rests on old prices, a second execution
     * on a portfolio while one is in flight (both would hedge what is hedged already), and whatever a halt or a quarantine forbids. Does
     * nothing where the plan has an execution already.
     */
    async accept(wanted: Wanted): Promise<void> {
      const verdict = await accepted(wanted.asker.tenantId, await check(wanted)).catch((error: unknown) => {
        if (sqlState(error)?.constraint !== 'execution_pkey') throw error;
        throw new Problem('conflict', 'The id of this execution is taken');
      });
      if (verdict instanceof Problem) throw verdict;
      wake.call('outbox');
      wake.call('events');
    },
  };
}

function refusalOf({ plan, input, view }: Priced, facts: Facts, now: Date): Problem | undefined {
  const { state, tenant, global } = facts.trading;
  const isRehearsal = input.mode === 'dry_run';
  const version = facts.versions.get(plan.portfolioId);
  const stale = stalenessOf({ asOf: view.asOf, input }, facts.limits, now);
  if (stale) return stale;
  if (state === 'halted' && !isRehearsal)
    return new Problem('trading_halted', `Trading is halted: ${(global.state === 'halted' ? global : tenant).reason}`);
  if (version === undefined)
    return facts.isBegun
      ? new Problem('conflict', 'The portfolio is being changed')
      : notFound('portfolio', plan.portfolioId);
  if (!isRehearsal && facts.underWay.portfolios.has(plan.portfolioId)) {
    const detail = 'Another execution on this portfolio has not ended; its fills would not be seen';
    return new Problem('execution_in_flight', detail);
  }
  if (version !== plan.portfolioVersion) {
    const detail = `The plan is for version ${plan.portfolioVersion}; the portfolio is at version ${version}. Make a new plan`;
    return new Problem('plan_superseded', detail);
  }
  return facts.quarantined.has(plan.portfolioId)
    ? new Problem('quarantined', 'An order on this portfolio was overfilled; acknowledge it first')
    : undefined;
}

/** The quotes that a plan was made on must not be older than the limits allow. */
export function stalenessOf(
  { asOf, input }: Pick<Wanted, 'input'> & { asOf: Date },
  limits: Limits,
  now: Date,
): Problem | undefined {
  const { maxQuoteAgeSeconds } = stricter(limits, input.limits);
  if (maxQuoteAgeSeconds === undefined) return undefined;
  const age = Math.round((now.getTime() - asOf.getTime()) / 1_000);
  if (age <= maxQuoteAgeSeconds && age * 1_000 >= -MOST_SKEW_MS) return undefined;
  return new Problem(
    'stale_market',
    `The plan rests on prices that are ${age} s old; at most ${maxQuoteAgeSeconds} s are allowed. Make a new plan`,
  );
}

/** Appends an event about an execution. */
export function tell(tx: Tx, now: Date, row: store.ExecutionRow, type: string, more: object): Promise<void> {
  const data = { id: row.id, hedgePlanId: row.hedge_plan_id, portfolioId: row.portfolio_id, ...more };
  return appendEvent(tx, now, { tenantId: row.tenant_id, type, subject: row.id, data });
}

/** Whether its orders are not all sent at once. */
export function isSliced({ schedule, netting }: ExecutionInput): boolean {
  return schedule !== undefined || netting !== undefined;
}

export function isAccepted<One extends Accepted>(verdict: One | Problem | undefined): verdict is One {
  return verdict !== undefined && !(verdict instanceof Problem);
}

/** As it is to be written down. @param isBegun whether whoever writes it down works it at once, unless it waits for its approval */
function newExecution({ asker, id, plan, input }: Wanted, now: Date, isBegun: boolean): store.ExecutionRow {
  const waits = input.mode === 'approve';
  const deadline = waits ? new Date(now.getTime() + input.approval.expiresInSeconds * 1_000).toISOString() : null;
  const isRunning = isBegun && !waits;
  const at = now.toISOString();
  return {
    ...{ id, tenant_id: asker.tenantId, hedge_plan_id: plan.id, portfolio_id: plan.portfolioId, request: input },
    ...{ mode: input.mode, account_id: input.accountId ?? null, requested_by: asker.keyId },
    status: waits ? 'waiting' : isRunning ? 'running' : 'queued',
    ...{ waiting_for: waits ? 'approval' : null, deadline },
    ...{ approved_by: null, approved_at: null, cancel_requested_at: null, progress: 0, attempt: isRunning ? 1 : 0 },
    ...{ result: null, problem: null, legs: isSliced(input) ? plan.result!.orders : null },
    ...{ slice_done: -1, booked_version: null },
    ...{ created_at: at, started_at: isRunning ? at : null, finished_at: null },
  };
}
