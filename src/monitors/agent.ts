import type { Logger } from 'pino';
import type { Executions } from '../execution/service.ts';
import type { HeldPortfolio, Hedging, Proposal } from '../hedging/service.ts';
import type { Market, MarketView } from '../market/service.ts';
import { batching } from '../platform/batch.ts';
import { MOST_SKEW_MS, type Clock } from '../platform/clock.ts';
import type { Database, Durability, Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Ids } from '../platform/ids.ts';
import type { Fenced } from '../platform/lease.ts';
import { startLoop, type Loop } from '../platform/loop.ts';
import { hasEnded } from '../platform/operation.ts';
import { fewByFew } from '../platform/priority.ts';
import { Problem } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { decided, type Facts } from './decision.ts';
import type { MonitorDecision } from './model.ts';
import { openPrices } from './prices.ts';
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
/** Between two looks at what is owned. */
const HOLD_MS = 4_000;
/** Taken over at each of them, so that the monitors of many workers spread. */
const CLAIM = 100;

/** Books that are valued between two looks at what came from outside, some milliseconds. */
const BOOKS_A_TURN = 16;
/** Decisions that are written in one statement at most. */
const NOTES = 1_000;

/** What a worker remembers of a monitor that it owns; all of it can be lost. */
interface Memory {
  /** A look is under way: what is slow holds nobody else up. */
  isBusy?: boolean;
  /** Something may have come meanwhile. */
  isBehind?: boolean;
  /** Number of the step in which the last look ended. */
  endedIn?: number;
  held?: HeldPortfolio;
  /** What it was last decided on: the same facts need no second look. */
  seen?: string;
  /** But for this instant having come (Unix ms). */
  until?: number;
}

/**
 * Runs the monitors that this process owns. A decision is written together with what it begins, by the number of the ownership: a worker
 * that lost a monitor while it was thinking writes nothing. Whatever dies between the decision and the execution is taken up by the next owner, under the ids that the decision drew.
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

  /**
   * Saves a decision by `save`, which answers whether the monitor is still owned, and logs and tells it where it is another than before, in
   * one transaction. One that is made again after a crash need not be durable.
   */
  const write = async (
    row: store.Watched,
    decision: MonitorDecision,
    durability: Durability,
    save: (tx: Tx, fenced: Fenced) => Promise<boolean>,
  ): Promise<boolean> => {
    const { id, tenant_id: tenantId, fence } = row;
    const written = await db.tenant(
      tenantId,
      async (tx) => {
        if (!(await save(tx, { id, owner, fence }))) return false;
        if (!isNews(row, decision)) return true;
        await store.insertDecision(tx, tenantId, ids.next(), id, decision);
        const data = { id, portfolioId: row.portfolio_id, ...decision };
        await appendEvent(tx, clock.now(), { tenantId, type: 'monitor.decided', subject: id, data });
        return true;
      },
      durability,
    );
    if (written && isNews(row, decision)) wake.call('events');
    return written;
  };

  const noted = batching<store.Noted, undefined>(NOTES, (tenantId, notes) =>
    db.tenant(
      tenantId,
      async (tx) => {
        await store.saveDecisions(tx, owner, notes);
        return notes.map(() => undefined);
      },
      'relaxed',
    ),
  );

  /** What nobody needs to be told is written for all monitors together. */
  const note = async (row: store.Watched, decision: MonitorDecision): Promise<void> => {
    const { id, fence, tenant_id: tenantId } = row;
    if (isNews(row, decision))
      await write(row, decision, 'relaxed', (tx, fenced) => store.saveDecision(tx, fenced, decision));
    else await noted(tenantId, { id, fence, decision });
  };

  /** The rebalance is over, whatever it came to. */
  const end = (row: store.Watched, executionId: string, decision: MonitorDecision) =>
    write(row, decision, 'durable', (tx, fenced) => store.endRebalance(tx, fenced, executionId, decision));

  /** Asks for the execution that the last decision named; asked twice, there is one. It is held to the age that the monitor is held to. */
  const execute = async (row: store.Watched, memory: Memory, planId: string, executionId: string): Promise<void> => {
    const { tenant_id: tenantId, created_by: keyId, request } = row;
    const { limits } = request.execution;
    const maxQuoteAgeSeconds = Math.min(limits.maxQuoteAgeSeconds ?? Infinity, request.maxAgeSeconds);
    const input = { ...request.execution, limits: { ...limits, maxQuoteAgeSeconds } };
    try {
      const { id } = await executions.execute({ tenantId, keyId }, executionId, planId, input);
      if (id === executionId) return;
      // The plan is no secret: whoever may trade may have executed it before its monitor could.
      throw new Problem('conflict', `The plan is executed already: ${id}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the next look asks again
      const decision = decided('refused', clock.now(), [error.message], { ...factsOf(row), hedgePlanId: planId });
      await end(row, executionId, decision);
      // What refused it may be over when the cool-down is.
      memory.until = clock.now().getTime() + Math.max(request.coolDownSeconds, 1) * 1_000;
    }
  };

  const trigger = async (row: store.Watched, memory: Memory, proposal: Proposal): Promise<void> => {
    const [hedgePlanId, executionId] = [ids.next(), ids.next()];
    const { result } = proposal;
    const now = clock.now();
    const about = { ...factsOf(row), hedgePlanId, executionId, result };
    const decision = decided('triggered', now, result.reasons, about);
    const begun = await write(row, decision, 'durable', async (tx, fenced) => {
      if (!(await store.beginRebalance(tx, fenced, decision))) return false;
      await hedging.keep(tx, row.tenant_id, hedgePlanId, proposal);
      const { orders, reasons } = result;
      const data = {
        ...{ monitorId: row.id, portfolioId: row.portfolio_id, hedgePlanId, executionId },
        ...{ mode: row.request.execution.mode, reasons, underlyings: decision.underlyings },
        orders: orders.map(({ symbol, side, quantity, limitPrice }) => ({ symbol, side, quantity, limitPrice })),
      };
      const event = { tenantId: row.tenant_id, type: 'rebalance.triggered', subject: row.portfolio_id, data };
      await appendEvent(tx, now, event);
      return true;
    });
    if (begun) await execute(row, memory, hedgePlanId, executionId);
  };

  /** Its own rebalance: asked for, under way, or over. */
  const followUp = async (row: store.Watched, memory: Memory): Promise<void> => {
    if (row.execution_status === null) return execute(row, memory, row.hedge_plan_id!, row.execution_id!);
    if (!hasEnded(row.execution_status)) return;
    const outcome = row.execution_result?.outcome ?? 'failed';
    const about = { ...factsOf(row), hedgePlanId: row.hedge_plan_id, executionId: row.execution_id, outcome };
    const decision = decided('rebalanced', clock.now(), [`The execution has ended: ${outcome}`], about);
    await end(row, row.execution_id!, decision);
    delete memory.seen; // whatever it came to, the book is looked at again
    wake.call('market');
  };

  /** What has expired leaves the book; the hedges that stay behind are the next look's business. */
  const expire = async (row: store.Watched, at: Date): Promise<void> => {
    const reasons = [`Positions that had expired by ${at.toISOString()} were taken off the book`];
    const decision = decided('expired', clock.now(), reasons, factsOf(row));
    await write(row, decision, 'durable', async (tx, fenced) => {
      if (!(await store.saveDecision(tx, fenced, decision))) return false;
      const { tenant_id: tenantId, portfolio_id: portfolioId } = row;
      const version = await portfolios.expire(tx, tenantId, portfolioId, row.portfolio_version, at);
      const data = { portfolioId, portfolioVersion: version, asOf: at.toISOString() };
      await appendEvent(tx, clock.now(), { tenantId, type: 'portfolio.expired', subject: portfolioId, data });
      return true;
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
    // Of this ownership alone: what was decided under one that was over has not been written.
    const seen = [row.fence, row.snapshot_id, row.portfolio_version, row.is_held].join();
    if (memory.seen === seen && clock.now().getTime() < (memory.until ?? Infinity)) return;
    delete memory.until;
    const view = row.snapshot_id === null ? undefined : await market.view(row.tenant_id, row.snapshot_id);
    const hindered = hindrance(row, view);
    if (hindered) await note(row, hindered);
    else {
      await weigh(row, memory, view!);
      memory.until ??= view!.asOf.getTime() + row.request.maxAgeSeconds * 1_000 + 1; // then it is to be told as stale
    }
    memory.seen = seen;
  };

  const propose = async (row: store.Watched, held: HeldPortfolio, view: MarketView): Promise<Proposal> => {
    const { tenant_id: tenantId, portfolio_id: portfolioId } = row;
    const request = await hedging.resolve(tenantId, planInput(row.request.plan));
    await turn();
    return hedging.propose(tenantId, portfolioId, held, request, prices.in(view, request));
  };

  /** Asks the policy, and does what it says. */
  const weigh = async (row: store.Watched, memory: Memory, view: MarketView): Promise<void> => {
    const { tenant_id: tenantId, portfolio_id: portfolioId, portfolio_version: version } = row;
    if (memory.held?.version !== version) memory.held = await hedging.hold(tenantId, portfolioId, version);
    const { held } = memory;
    const expired = new Date(Math.min(view.asOf.getTime(), clock.now().getTime()));
    if (held.book.firstExpiryMs <= expired.getTime()) return expire(row, expired);
    const proposal = await propose(row, held, view).catch((error: unknown) => {
      if (error instanceof Problem) return error;
      throw error;
    });
    const now = clock.now();
    if (proposal instanceof Problem)
      return void (await note(row, decided('refused', now, [proposal.message], factsOf(row))));
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

  /** One look at a time; what happens meanwhile is seen by the next one. */
  const begin = (row: store.Watched): void => {
    const memory = memories.get(row.id) ?? {};
    memories.set(row.id, memory);
    if (memory.isBusy) return void (memory.isBehind = true);
    // The row may have been read before that look wrote it.
    if (memory.endedIn === steps) return loop.kick();
    memory.isBusy = true;
    memory.isBehind = false;
    const ended = look(row, memory)
      .catch((error: unknown) => {
        delete memory.seen;
        log.error({ err: error, monitor: row.id }, 'a monitor could not be looked after');
      })
      .finally(() => {
        memory.isBusy = false;
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
    prices.keep(rows);
    for (const row of rows) begin(row);
    return false;
  };

  const loop: Loop = startLoop(clock, POLL_MS, step, deps.onError);
  wake.on('monitors', () => {
    heldAt = -Infinity;
    loop.kick();
  });
  wake.on('market', loop.kick);
  wake.on('events', loop.kick);
  return {
    async stop() {
      await loop.stop();
      await Promise.all(looks);
      await db.system((tx) => store.release(tx, owner));
    },
  };
}

/** Whether a decision is another than the one before. */
function isNews({ decision: before }: store.Watched, decision: MonitorDecision): boolean {
  return before?.verdict !== decision.verdict || decision.executionId !== before.executionId;
}

/** Before then nothing more is begun (Unix ms). */
function coolUntil({ triggered_at, request }: store.Watched): number {
  return triggered_at === null ? -Infinity : Date.parse(triggered_at) + request.coolDownSeconds * 1_000;
}

function factsOf({ snapshot_id: marketSnapshotId, portfolio_version: portfolioVersion }: store.Watched): Facts {
  return { marketSnapshotId, portfolioVersion };
}
