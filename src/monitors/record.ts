import type { Begun, Executions, Prepared } from '../execution/service.ts';
import type { Hedging, Proposal } from '../hedging/service.ts';
import { batching } from '../platform/batch.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Manner, Tx } from '../platform/database.ts';
import { appendEvents, type NewEvent } from '../platform/events.ts';
import type { Ids } from '../platform/ids.ts';
import { Problem } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { MonitorDecision } from './model.ts';
import * as store from './store.ts';

export interface RecordDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  hedging: Pick<Hedging, 'keep'>;
  executions: Pick<Executions, 'begin'>;
  onError: (error: unknown) => void;
}

/** Decisions that are written in one transaction at most. */
const DECISIONS = 1_000;
const REBALANCES = 100;
/** What says the same as before is written so much later: what leads to orders goes first. */
const SAME_MS = 200;

/** A decision about a monitor, by whoever owned it when it was made. */
interface Entry {
  row: store.Watched;
  decision: MonitorDecision;
}
type Ending = Entry & { executionId: string };
/** With the execution of its plan, or why there is none, which nobody else takes up once it is held. */
type Beginning = Entry & { proposal: Proposal; prepared: Prepared | Problem; held: Promise<unknown> };

/**
 * Writes down what monitors decide, and logs and tells it where it is another decision than before; of all monitors that decide at the same
 * time together. A worker that lost a monitor while it was thinking writes nothing of it.
 */
export function createRecord({ db, clock, ids, wake, hedging, executions, onError }: RecordDeps, owner: string) {
  /** Of each monitor the last decision that says what the one before said, until it is written, and the writing of it. */
  const same = new Map<string, Entry>();
  const underWay = new Map<string, Promise<void>>();

  const tell = async (tx: Tx, tenantId: string, entries: readonly Entry[]): Promise<void> => {
    const news = entries.filter(isNews);
    if (news.length === 0) return;
    const decisions = news.map(({ row, decision }) => ({ id: ids.next(), monitorId: row.id, decision }));
    const events = news.map(({ row: { id, portfolio_id: portfolioId }, decision }) => ({
      ...{ tenantId, type: 'monitor.decided', subject: id, data: { id, portfolioId, ...decision } },
    }));
    await Promise.all([store.insertDecisions(tx, tenantId, decisions), appendEvents(tx, clock.now(), events)]);
  };

  /**
   * Gathers entries and writes them by `save`, which answers the monitors that are still owned, and what else there is of them by `then`.
   * Nothing waits for that answer: where a monitor was lost, the transaction is undone and done again with the others.
   */
  const writing = <E extends Entry, Result>(
    most: number,
    manner: Manner,
    save: typeof store.saveDecisions,
    then: (tx: Tx, tenantId: string, entries: readonly E[]) => Promise<Map<string, Result>>,
  ) => {
    const attempt = async (tenantId: string, entries: readonly E[]): Promise<Map<string, Result>> => {
      if (entries.length === 0) return new Map();
      const inOne = async (tx: Tx): Promise<Map<string, Result>> => {
        // Statements run in the order of the calls: what is read is read of monitors that nobody else writes.
        const [owned, results] = await Promise.all([
          save(tx, owner, entries.map(noteOf)),
          then(tx, tenantId, entries),
          tell(tx, tenantId, entries),
        ]);
        if (!entries.every(({ row }) => owned.has(row.id))) throw new Lost(owned);
        return results;
      };
      return db.tenant(tenantId, inOne, manner).catch((error: unknown) => {
        if (!(error instanceof Lost)) throw error;
        return attempt(
          tenantId,
          entries.filter(({ row }) => error.owned.has(row.id)),
        );
      });
    };
    const write = batching<E, Result | undefined>(most, async (tenantId, entries) => {
      const results = await attempt(tenantId, entries);
      return entries.map(({ row }) => results.get(row.id));
    });
    return async (entry: E): Promise<Result | undefined> => {
      await overtake(entry);
      const result = await write(entry.row.tenant_id, entry);
      if (isNews(entry)) wake.call('events');
      return result;
    };
  };

  const written = async (_tx: Tx, _tenantId: string, entries: readonly Entry[]) =>
    new Map(entries.map(({ row }) => [row.id, true as const]));

  /** What is decided next of a monitor is not overwritten by what was decided before. */
  const overtake = async ({ row }: Entry): Promise<void> => {
    same.delete(row.id);
    await underWay.get(row.id);
  };

  /** What is decided again after a crash need not be durable. */
  const write = writing<Entry, true>(DECISIONS, 'relaxed', store.saveDecisions, written);

  const flush = async (): Promise<void> => {
    for (const [id, entry] of [...same]) {
      const ended: Promise<void> = write(entry)
        .then(() => undefined, onError)
        .finally(() => underWay.get(id) === ended && underWay.delete(id));
      underWay.set(id, ended);
    }
    await Promise.all(underWay.values());
  };

  return {
    /** Writes a decision that begins and ends nothing: at once if it is news, else soon. */
    async note(entry: Entry): Promise<void> {
      if (isNews(entry)) return void (await write(entry));
      if (same.size === 0) void clock.sleep(SAME_MS).then(flush);
      same.set(entry.row.id, entry);
    },

    overtake,
    flush,

    /** Writes a decision within a transaction, before which it has overtaken what was decided before; answers whether it was written. */
    async noteIn(tx: Tx, entry: Entry): Promise<boolean> {
      const owned = await store.saveDecisions(tx, owner, [noteOf(entry)]);
      if (owned.size > 0) await tell(tx, entry.row.tenant_id, [entry]);
      return owned.size > 0;
    },

    /** The rebalance is over, whatever it came to. */
    end: writing<Ending, true>(REBALANCES, 'durable', store.endRebalances, written),

    /**
     * Begins the rebalance that the decision names, its plan and its execution with it; answers the execution, which is to be started, or
     * why there is none, and nothing where the monitor is not owned any more.
     */
    begin: writing<Beginning, Begun | Problem>(
      REBALANCES,
      'urgent',
      store.beginRebalances,
      async (tx, tenantId, entries) => {
        const begun = executions.begin(tx, tenantId, preparedOf(entries));
        tx.flush(); // PostgreSQL reads what orders rest on while plans are put into words, and keeps those while orders are judged
        const plans = entries.map(({ proposal, decision }) => ({ id: decision.hedgePlanId!, proposal }));
        const [found] = await Promise.all([
          begun,
          hedging.keep(tx, tenantId, plans),
          appendEvents(tx, clock.now(), entries.map(triggeredOf)),
          ...entries.map(({ held }) => held),
        ]);
        return new Map(
          entries.map(({ row, prepared: own }) => [row.id, own instanceof Problem ? own : found.get(own.id)!]),
        );
      },
    ),
  };
}

/** Somebody else owns monitors that were written about; `owned` are the others. */
class Lost extends Error {
  override readonly name = 'Lost';
  readonly owned: ReadonlySet<string>;

  constructor(owned: ReadonlySet<string>) {
    super('a monitor is owned by another');
    this.owned = owned;
  }
}

function preparedOf(entries: readonly Beginning[]): Prepared[] {
  return entries.flatMap(({ prepared }) => (prepared instanceof Problem ? [] : prepared));
}

function noteOf(entry: Entry & { executionId?: string }): store.Noted {
  const { row, decision, executionId } = entry;
  const { id, fence, triggered_at: triggeredAt } = row;
  return { id, fence, decision, ...(executionId !== undefined && { executionId, triggeredAt }) };
}

/** Whether a decision is another than the one before. */
function isNews({ row, decision }: Entry): boolean {
  return row.verdict !== decision.verdict || row.decided_execution_id !== decision.executionId;
}

function triggeredOf({ row, decision, proposal }: Beginning): NewEvent {
  const { hedgePlanId, executionId, underlyings } = decision;
  const { orders, reasons } = proposal.result;
  const { id: monitorId, tenant_id: tenantId, portfolio_id: portfolioId, request } = row;
  const data = {
    ...{ monitorId, portfolioId, hedgePlanId, executionId, mode: request.execution.mode, reasons, underlyings },
    orders: orders.map(({ symbol, side, quantity, limitPrice }) => ({ symbol, side, quantity, limitPrice })),
  };
  return { tenantId, type: 'rebalance.triggered', subject: portfolioId, data };
}
