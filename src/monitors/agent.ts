import type { Logger } from 'pino';
import type { Executions, Prepared } from '../execution/service.ts';
import type { HedgePlan } from '../hedging/model.ts';
import type { HeldPortfolio, Hedging, Proposal } from '../hedging/service.ts';
import type { Market, MarketView } from '../market/service.ts';
import { MOST_SKEW_MS, type Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Ids } from '../platform/ids.ts';
import { startLoop, type Loop } from '../platform/loop.ts';
import { hasEnded } from '../platform/operation.ts';
import { fewByFew } from '../platform/priority.ts';
import { Problem } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { decided, type Facts } from './decision.ts';
import type { MonitorDecision } from './model.ts';
import { openPrices } from './prices.ts';
import { createRecord } from './record.ts';
import { planInput } from './service.ts';
import * as store from './store.ts';

export interface AgentDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  log: Logger;
  market: Market;
  portfolios: Portfolios;
  hedging: Hedging;
  executions: Executions;
  onError: (error: unknown) => void;
}

/** Snapshots and fills call; this is for what was missed, and for times that have come. */
const POLL_MS = 250;
/** Events come in crowds, and nothing of them is urgent: a rebalance that has ended, a book that a client has changed. */
const EVENTS_MS = 150;
/** Between two looks at what is owned. */
const HOLD_MS = 4_000;
/** Taken over at each of them, so that the monitors of many workers spread. */
const CLAIM = 100;

/** Books that are weighed between two looks at what came from outside, some 20 ms. The orders of a burst are written together: after it. */
const BOOKS_A_TURN = 100;

/** What refuses a rebalance for a moment: the book was changing, or has changed. It is no rebalance to cool down from. */
const BRIEF: ReadonlySet<string> = new Set(['conflict', 'execution_in_flight', 'plan_superseded']);

/** A rebalance that was refused is not asked for again before that. */
const REFUSED_MS = 1_000;

/** What a worker remembers of a monitor that it owns; all of it can be lost. */
interface Memory {
  /** What the look that is under way was begun with: what is slow holds nobody else up. */
  looksAt?: string;
  /** Something has come meanwhile. */
  isBehind?: boolean;
  /** Number of the step in which the last look ended. */
  endedIn?: number;
  given: store.Given;
  held?: HeldPortfolio;
  /** What it was last decided on: the same facts need no second look. */
  seen?: string;
  /** But for this instant having come (Unix ms). */
  until?: number;
}

/**
 * Runs the monitors that this process owns. A decision is written together with the plan and the execution that it begins, by the number of
 * the ownership: a worker that lost a monitor while it was thinking writes nothing. What dies after that is the execution's own business.
 */
export function startAgent(deps: AgentDeps): { stop(): Promise<void> } {
  const { db, clock, ids, wake, log, market, portfolios, hedging, executions } = deps;
  const owner = ids.next();
  const memories = new Map<string, Memory>();
  const looks = new Set<Promise<void>>();
  const prices = openPrices(hedging);
  const turn = fewByFew(BOOKS_A_TURN);
  let heldAt = -Infinity;
  let steps = 0;

  const record = createRecord(deps, owner);

  const note = (row: store.Watched, decision: MonitorDecision): Promise<void> => record.note({ row, decision });

  /** The execution of a plan, held to the age that the monitor is held to. */
  const prepare = (row: store.Watched, executionId: string, plan: HedgePlan): Promise<Prepared> => {
    const { tenant_id: tenantId, created_by: keyId, request } = row;
    const { limits } = request.execution;
    const maxQuoteAgeSeconds = Math.min(limits.maxQuoteAgeSeconds ?? Infinity, request.maxAgeSeconds);
    const input = { ...request.execution, limits: { ...limits, maxQuoteAgeSeconds } };
    return executions.prepare({ asker: { tenantId, keyId }, id: executionId, plan, input });
  };

  const trigger = async (row: store.Watched, memory: Memory, proposal: Proposal): Promise<void> => {
    const [planId, executionId] = [ids.next(), ids.next()];
    const { result } = proposal;
    const about = { ...factsOf(row), hedgePlanId: planId, executionId, result };
    const decision = decided('triggered', clock.now(), result.reasons, about);
    const prepared = await prepare(row, executionId, hedging.drawUp(planId, proposal)).catch(orProblem);
    const held = executions.hold(executionId);
    held.catch(() => undefined); // it is told of where it is waited for
    const begun = await record.begin({ row, decision, proposal, prepared, held }).catch((error: unknown) => {
      held.then(
        (letGo) => letGo(),
        () => undefined,
      );
      throw error;
    });
    const letGo = await held;
    if (begun && !(begun instanceof Problem)) return executions.start(begun, letGo);
    letGo();
    if (!begun) return;
    const triggered = { ...row, verdict: decision.verdict, decided_execution_id: executionId };
    if (!BRIEF.has(begun.code)) triggered.triggered_at = decision.at;
    await refuse(triggered, memory, { planId, executionId, reason: begun.message });
  };

  /** There is no execution of the rebalance, and will be none. */
  const refuse = async (
    row: store.Watched,
    memory: Memory,
    { planId, executionId, reason }: { planId: string; executionId: string; reason: string },
  ): Promise<void> => {
    const decision = decided('refused', clock.now(), [reason], { ...factsOf(row), hedgePlanId: planId });
    await record.end({ row, executionId, decision });
    // What refused it may be over when the cool-down is, and is not at once.
    memory.until = Math.max(clock.now().getTime() + REFUSED_MS, coolUntil(row));
  };

  /** Its own rebalance is over, or was refused. */
  const followUp = async (row: store.Watched, memory: Memory): Promise<void> => {
    const [planId, executionId] = [row.hedge_plan_id!, row.execution_id!];
    if (row.execution_status === null)
      return refuse(row, memory, { planId, executionId, reason: 'The plan was not accepted for execution' });
    const outcome = row.outcome ?? 'failed';
    const about = { ...factsOf(row), hedgePlanId: planId, executionId, outcome };
    const decision = decided('rebalanced', clock.now(), [`The execution has ended: ${outcome}`], about);
    await record.end({ row, executionId, decision });
    delete memory.seen; // whatever it came to, the book is looked at again
    wake.call('market');
  };

  /** What has expired leaves the book; the hedges that stay behind are the next look's business. */
  const expire = async (row: store.Watched, at: Date): Promise<void> => {
    const reasons = [`Positions that had expired by ${at.toISOString()} were taken off the book`];
    const decision = decided('expired', clock.now(), reasons, factsOf(row));
    const { tenant_id: tenantId, portfolio_id: portfolioId } = row;
    await record.overtake({ row, decision });
    await db.tenant(tenantId, async (tx) => {
      if (!(await record.noteIn(tx, { row, decision }))) return;
      const version = await portfolios.expire(tx, tenantId, portfolioId, row.portfolio_version, at);
      const data = { portfolioId, portfolioVersion: version, asOf: at.toISOString() };
      await appendEvent(tx, clock.now(), { tenantId, type: 'portfolio.expired', subject: portfolioId, data });
    });
    wake.call('market');
  };

  /** Why nothing can be said of the book, or undefined. */
  const hindrance = (row: store.Watched, view: MarketView | undefined): MonitorDecision | undefined => {
    const now = clock.now();
    if (row.is_held) return decided('busy', now, ['Another execution holds the book'], factsOf(row));
    if (!view) return decided('no_market', now, ['There is no market snapshot yet'], factsOf(row));
    const age = (now.getTime() - view.asOf.getTime()) / 1_000;
    const { maxAgeSeconds } = row.request;
    if (age <= maxAgeSeconds) return undefined;
    const reason = `Prices are ${Math.round(age)} s old; ${maxAgeSeconds} s are allowed`;
    return decided('stale', now, [reason], factsOf(row));
  };

  const look = async (row: store.Watched, memory: Memory): Promise<void> => {
    if (row.execution_id !== null) return followUp(row, memory);
    delete memory.until;
    const view = row.snapshot_id === null ? undefined : await market.view(row.tenant_id, row.snapshot_id);
    const hindered = hindrance(row, view);
    if (hindered) await note(row, hindered);
    else {
      await weigh(row, memory, view!);
      memory.until ??= view!.asOf.getTime() + row.request.maxAgeSeconds * 1_000 + 1; // then it is to be told as stale
    }
    memory.seen = seenOf(row);
  };

  const propose = async (row: store.Watched, held: HeldPortfolio, view: MarketView): Promise<Proposal> => {
    const { tenant_id: tenantId, portfolio_id: portfolioId } = row;
    const request = await hedging.resolve(tenantId, planInput(row.request.plan));
    const unitPrices = prices.in(view, request);
    await unitPrices.prepare(held.book);
    await turn();
    return hedging.propose(tenantId, portfolioId, held, request, unitPrices);
  };

  /** Asks the policy, and does what it says. */
  const weigh = async (row: store.Watched, memory: Memory, view: MarketView): Promise<void> => {
    const { tenant_id: tenantId, portfolio_id: portfolioId, portfolio_version: version } = row;
    if (memory.held?.version !== version) memory.held = await hedging.hold(tenantId, portfolioId, version, memory.held);
    const { held } = memory;
    const expired = new Date(Math.min(view.asOf.getTime(), clock.now().getTime()));
    if (held.book.firstExpiryMs <= expired.getTime()) return expire(row, expired);
    const proposal = await propose(row, held, view).catch(orProblem);
    const now = clock.now();
    if (proposal instanceof Problem) return note(row, decided('refused', now, [proposal.message], factsOf(row)));
    const { result } = proposal;
    const about = { ...factsOf(row), result };
    if (result.unvalued > 0) await note(row, decided('unvalued', now, result.reasons, about));
    else if (result.orders.length === 0) await note(row, decided('held', now, result.reasons, about));
    else if (now.getTime() < coolUntil(row)) {
      memory.until = coolUntil(row);
      const reason = `The last rebalance began at ${row.triggered_at}; the next one may at ${new Date(memory.until).toISOString()}`;
      await note(row, decided('cooling_down', now, [reason, ...result.reasons], about));
    } else await trigger(row, memory, proposal);
  };

  /** Whether another look would come to nothing. */
  const rests = (row: store.Now, memory: Memory): boolean =>
    row.execution_id === null
      ? memory.seen === seenOf(row) && clock.now().getTime() < (memory.until ?? Infinity)
      : row.execution_status !== null && !hasEnded(row.execution_status);

  /** One look at a time; what comes meanwhile is seen by the next one. */
  const begin = (row: store.Now, memory: Memory): void => {
    if (memory.looksAt !== undefined) return void (memory.isBehind ||= memory.looksAt !== sightOf(row));
    if (rests(row, memory)) return;
    // The row may have been read before that look wrote it.
    if (memory.endedIn === steps) return loop.kick();
    memory.looksAt = sightOf(row);
    memory.isBehind = false;
    const ended = look({ ...row, ...memory.given }, memory)
      .catch((error: unknown) => {
        delete memory.seen;
        delete memory.held;
        log.error({ err: error, monitor: row.id }, 'a monitor could not be looked after');
      })
      .finally(() => {
        delete memory.looksAt;
        memory.endedIn = steps;
        looks.delete(ended);
        if (memory.isBehind) loop.kick();
      });
    looks.add(ended);
  };

  const step = async (): Promise<boolean> => {
    steps += 1;
    if (clock.monotonic() - heldAt >= HOLD_MS) {
      await db.system((tx) => store.hold(tx, owner, CLAIM));
      heldAt = clock.monotonic();
    }
    const rows = await db.system((tx) => store.watched(tx, owner, new Date(clock.now().getTime() + MOST_SKEW_MS)));
    const owned = new Set(rows.map(({ id }) => id));
    for (const id of memories.keys()) if (!owned.has(id)) memories.delete(id);
    const strange = rows.map(({ id }) => id).filter((id) => !memories.has(id));
    if (strange.length > 0)
      for (const { id, ...given } of await db.system((tx) => store.givenOf(tx, strange))) memories.set(id, { given });
    prices.keep(rows);
    for (const row of rows) begin(row, memories.get(row.id)!);
    return false;
  };

  const loop: Loop = startLoop(clock, POLL_MS, step, deps.onError);

  let isDue = false;
  const soon = (): void => {
    if (isDue) return;
    isDue = true;
    void clock.sleep(EVENTS_MS).then(() => {
      isDue = false;
      if (looks.size === 0) loop.kick(); // or else the poll is soon enough: what is looked at now is urgent
    });
  };
  wake.on('monitors', () => {
    heldAt = -Infinity;
    loop.kick();
  });
  wake.on('market', loop.kick);
  wake.on('events', soon);
  return {
    async stop() {
      await loop.stop();
      await Promise.all(looks);
      await record.flush();
      await db.system((tx) => store.release(tx, owner));
    },
  };
}

/** What can be told is an answer; what is thrown then is a defect. */
function orProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}

/** Before then nothing more is begun (Unix ms). */
function coolUntil({ triggered_at, request }: store.Watched): number {
  return triggered_at === null ? -Infinity : Date.parse(triggered_at) + request.coolDownSeconds * 1_000;
}

/** What a decision is made on. Of one ownership alone: what was decided under one that was over has not been written. */
function seenOf({ fence, snapshot_id, portfolio_version, is_held }: store.Now): string {
  return [fence, snapshot_id, portfolio_version, is_held].join();
}

/** What another look could come of. */
function sightOf(row: store.Now): string {
  const { fence, snapshot_id, portfolio_version, is_held, execution_id, execution_status, outcome } = row;
  return [fence, snapshot_id, portfolio_version, is_held, execution_id, execution_status, outcome].join();
}

function factsOf({ snapshot_id: marketSnapshotId, portfolio_version: portfolioVersion }: store.Watched): Facts {
  return { marketSnapshotId, portfolioVersion };
}
