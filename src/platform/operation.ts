import { z } from 'zod';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Database, Tx } from './database.ts';
import { appendEvent } from './events.ts';
import { startLoop } from './loop.ts';
import { Problem, ProblemSchema, type ProblemDetails } from './problem.ts';
import type { Job } from './queue.ts';
import type { Metrics } from './telemetry.ts';
import type { Wake } from './wake.ts';

// Slow work as a resource: a row with a status, which a queued job brings forward. Every handler is an idempotent
// transition, because a job may run twice and a worker may die at any instruction.

export const OPERATION_STATUSES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

export function hasEnded(status: OperationStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

/** The fields that every slow resource has, for its schema. */
export const operationFields = {
  status: z.enum(OPERATION_STATUSES).meta({
    description:
      'waiting: for an approval, a signature or the time of a slice; cancelled: ended before anything was done',
  }),
  progress: z.number().min(0).max(1).meta({ description: 'Share of the work done, 0 to 1' }),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  problem: ProblemSchema.nullable().meta({ description: 'Why it failed; null unless it did' }),
};

/** The columns that the table of every slow resource has. */
export interface OperationRow {
  id: string;
  tenant_id: string;
  status: OperationStatus;
  progress: number;
  attempt: number;
  request: unknown;
  result: unknown;
  problem: ProblemDetails | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export function operationView(row: OperationRow): z.infer<z.ZodObject<typeof operationFields>> {
  return {
    status: row.status,
    progress: row.progress,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    problem: row.problem,
  };
}

/** A kind of slow work: the table (a constant of ours), its queue, and how its events are named. */
export interface OperationKind {
  table: string;
  queue: string;
  event: string;
  /** No error ends it: what it has begun in the world must be followed to its end, by as many attempts as that takes. */
  unending?: boolean;
  /** Part of another operation, which tells of it: it has no events of its own. */
  isPiece?: boolean;
}

/** What the last transaction of an operation writes beside the row itself. */
export interface Settlement {
  result: object;
  events: { type: string; subject?: string; data: object }[];
}

export interface Run<Row extends OperationRow> {
  row: Row;
  /** Tells how far the work has come; also a sign of life. */
  progress(share: number): Promise<void>;
}

/** Does the work, and answers what to write in the transaction that ends it. A thrown `Problem` fails the operation. */
export type OperationHandler<Row extends OperationRow> = (run: Run<Row>) => Promise<(tx: Tx) => Promise<Settlement>>;

/** Thrown by a handler whose work goes on only once the client has done its part; whoever hears of that queues it again, and only then. */
export class Parked extends Error {
  override readonly name = 'Parked';
}

export interface OperationDeps {
  db: Database;
  clock: Clock;
  wake: Wake;
  log: Logger;
  metrics: Metrics;
}

const HEARTBEAT_MS = 10_000;

/** Runs the handler on the row that the job names, unless it has ended already or another attempt has taken over. */
export async function runOperation<Row extends OperationRow>(
  deps: OperationDeps,
  kind: OperationKind,
  job: Job,
  last: boolean,
  handler: OperationHandler<Row>,
): Promise<void> {
  const row = await claim<Row>(deps, kind, job);
  if (row) await workOperation(deps, kind, row, last, handler);
}

/** As {@link runOperation}, on a row that is the caller's: it was written as running, or claimed. */
export async function workOperation<Row extends OperationRow>(
  deps: OperationDeps,
  kind: OperationKind,
  row: Row,
  last: boolean,
  handler: OperationHandler<Row>,
): Promise<void> {
  const done = deps.metrics.operations.startTimer({ kind: kind.event });
  const log = deps.log.child({ operation: kind.event, subject: row.id, attempt: row.attempt });
  const heartbeat = startLoop(
    deps.clock,
    HEARTBEAT_MS,
    async () => (await touch(deps, kind, row, undefined), false),
    (error) => log.warn({ err: error }, 'heartbeat failed'),
  );
  try {
    const settle = await handler({ row, progress: (share) => touch(deps, kind, row, share) });
    await settleOperation(deps, kind, row, 'succeeded', settle);
    done({ outcome: 'succeeded' });
    log.info('succeeded');
  } catch (error) {
    if (error instanceof Parked) return await park(deps, kind, row);
    if (kind.unending || (!(error instanceof Problem) && !last)) throw error; // the queue tries again, then the sweeper
    done({ outcome: 'failed' });
    const problem =
      error instanceof Problem ? error : new Problem('internal', 'The work failed; it can be asked for again');
    log[error instanceof Problem ? 'info' : 'error']({ err: error }, 'failed');
    await failOperation(deps, kind, row, problem);
  } finally {
    await heartbeat.stop();
    deps.wake.call('events');
  }
}

function claim<Row>(deps: OperationDeps, kind: OperationKind, job: Job): Promise<Row | undefined> {
  return deps.db.tenant(
    job.tenantId,
    async (tx) => {
      const [row] = await tx.query<Row & object>(
        `UPDATE ${kind.table} SET status = 'running', attempt = attempt + 1, heartbeat_at = $3, started_at = coalesce(started_at, $3)
       WHERE id = $1 AND tenant_id = $2 AND status IN ('queued', 'running', 'waiting') RETURNING *`,
        [job.subject, job.tenantId, deps.clock.now()],
      );
      return row;
    },
    'relaxed',
  );
}

async function touch(
  deps: OperationDeps,
  kind: OperationKind,
  row: OperationRow,
  share: number | undefined,
): Promise<void> {
  const now = deps.clock.now();
  await deps.db.tenant(
    row.tenant_id,
    async (tx) => {
      const written = tx.query(
        `UPDATE ${kind.table} SET heartbeat_at = $3, progress = coalesce($4, progress)
       WHERE id = $1 AND status = 'running' AND attempt = $2`,
        [row.id, row.attempt, now, share ?? null],
      );
      const told =
        share === undefined
          ? undefined
          : appendEvent(tx, now, {
              tenantId: row.tenant_id,
              type: `${kind.event}.progress`,
              subject: row.id,
              data: { progress: share },
            });
      await Promise.all([written, told]);
    },
    'relaxed',
  );
  if (share !== undefined) deps.wake.call('events');
}

async function settleOperation(
  deps: OperationDeps,
  kind: OperationKind,
  row: OperationRow,
  status: 'succeeded' | 'failed',
  settle: (tx: Tx) => Promise<Settlement & { problem?: ProblemDetails }>,
): Promise<void> {
  const now = deps.clock.now();
  await deps.db.tenant(row.tenant_id, async (tx) => {
    // The row is locked first: a second attempt at the same work waits here and then finds it settled.
    const mine = await tx.query(
      `SELECT id FROM ${kind.table} WHERE id = $1 AND status = 'running' AND attempt = $2 FOR UPDATE`,
      [row.id, row.attempt],
    );
    if (mine.length === 0) return;
    const { result, events, problem } = await settle(tx);
    const ended = tx.query(
      `UPDATE ${kind.table} SET status = $2, result = $3, problem = $4, finished_at = $5,
         progress = CASE WHEN $2 = 'succeeded' THEN 1 ELSE progress END WHERE id = $1`,
      [row.id, status, problem ? null : JSON.stringify(result), problem ? JSON.stringify(problem) : null, now],
    );
    const told = events.map((event) => appendEvent(tx, now, { tenantId: row.tenant_id, subject: row.id, ...event }));
    await Promise.all([ended, ...told]);
  });
}

function park(deps: OperationDeps, kind: OperationKind, row: OperationRow): Promise<void> {
  return deps.db.tenant(row.tenant_id, async (tx) => {
    await tx.query(
      `UPDATE ${kind.table} SET status = 'waiting' WHERE id = $1 AND status = 'running' AND attempt = $2`,
      [row.id, row.attempt],
    );
  });
}

function failOperation(deps: OperationDeps, kind: OperationKind, row: OperationRow, problem: Problem): Promise<void> {
  const details = problem.details();
  return settleOperation(deps, kind, row, 'failed', async () => ({
    result: {},
    problem: details,
    events: kind.isPiece ? [] : [{ type: `${kind.event}.failed`, data: { id: row.id, problem: details } }],
  }));
}
