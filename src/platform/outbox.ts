import type { Clock } from './clock.ts';
import type { Database, Tx } from './database.ts';
import type { JobQueue } from './queue.ts';

/**
 * Hands work to a queue in the same transaction that writes the work down. Wake 'outbox' after the commit. Work that is begun without the
 * queue is `dueAt` an instant: the queue has it then, unless it was withdrawn.
 */
export async function enqueue(
  tx: Tx,
  now: Date,
  jobs: { tenantId: string; queue: string; subjects: string[]; dueAt?: Date | null },
): Promise<void> {
  await tx.query(
    'INSERT INTO outbox (tenant_id, queue, subject, created_at, due_at) SELECT $1, $2, s, $4, $5 FROM unnest($3::uuid[]) s',
    [jobs.tenantId, jobs.queue, jobs.subjects, now, jobs.dueAt ?? null],
  );
}

/** Work that was begun without the queue has failed: the queue has it now. Wake 'outbox' after the commit. */
export async function hasten(tx: Tx, job: { tenantId: string; queue: string; subject: string }): Promise<void> {
  await tx.query('UPDATE outbox SET due_at = NULL WHERE tenant_id = $1 AND queue = $2 AND subject = $3', [
    job.tenantId,
    job.queue,
    job.subject,
  ]);
}

/** Work that was begun without the queue has ended: the queue need not have it. */
export async function withdraw(tx: Tx, job: { tenantId: string; queue: string; subject: string }): Promise<void> {
  await tx.query('DELETE FROM outbox WHERE tenant_id = $1 AND queue = $2 AND subject = $3 AND due_at IS NOT NULL', [
    job.tenantId,
    job.queue,
    job.subject,
  ]);
}

interface OutboxRow {
  id: string;
  tenant_id: string;
  queue: string;
  subject: string;
  piece_queue: string | null;
  pieces: string[] | null;
}

const BATCH = 500;
/** Flows of one transaction. */
const FLOWS = 1;

/**
 * Hands a piece of work to a queue that is taken up once all the pieces that it is made of have ended, each a job of its own. As
 * {@link enqueue}.
 */
export async function enqueueFlow(
  tx: Tx,
  now: Date,
  flow: { tenantId: string; queue: string; subject: string; pieceQueue: string; pieces: string[] },
): Promise<void> {
  await tx.query(
    'INSERT INTO outbox (tenant_id, queue, subject, piece_queue, pieces, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
    [flow.tenantId, flow.queue, flow.subject, flow.pieceQueue, flow.pieces, now],
  );
}

/**
 * Moves one batch from the outbox to the queue; true while there may be more. The rows go only once the queue has them,
 * and a crash in between adds them again under the same job id, which the queue ignores.
 */
export async function dispatchOutbox(db: Database, queue: JobQueue, now: Date): Promise<boolean> {
  // Apart: a flow is hundreds of jobs, and must not hold up what is one.
  const single = await dispatch(db, 'pieces IS NULL', now, BATCH, (rows) => addJobs(queue, rows));
  const flows = await dispatch(db, 'pieces IS NOT NULL', now, FLOWS, async ([row]) => row && addFlow(queue, row));
  return single || flows;
}

/** Moves up to `most` rows of a kind (a constant of ours); true while there may be more. */
async function dispatch(
  db: Database,
  kind: string,
  now: Date,
  most: number,
  add: (rows: OutboxRow[]) => Promise<void> | undefined,
): Promise<boolean> {
  return db.system(async (tx) => {
    const rows = await tx.query<OutboxRow>(
      `SELECT id, tenant_id, queue, subject, piece_queue, pieces FROM outbox WHERE ${kind} AND (due_at IS NULL OR due_at <= $2)
       ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [most, now],
    );
    await add(rows);
    await tx.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [rows.map((row) => row.id)]);
    return rows.length === most;
  });
}

async function addJobs(queue: JobQueue, rows: OutboxRow[]): Promise<void> {
  for (const name of new Set(rows.map((row) => row.queue))) {
    const group = rows.filter((row) => row.queue === name);
    await queue.add(
      name,
      group.map((row) => ({ id: row.id, job: { tenantId: row.tenant_id, subject: row.subject } })),
    );
  }
}

function addFlow(queue: JobQueue, row: OutboxRow): Promise<void> {
  const { piece_queue: pieceQueue, pieces } = row;
  const jobOf = (name: string, id: string, subject: string) => ({
    ...{ queue: name, id, job: { tenantId: row.tenant_id, subject } },
  });
  return queue.addFlow(
    jobOf(row.queue, row.id, row.subject),
    pieces!.map((piece, i) => jobOf(pieceQueue!, `${row.id}-${i}`, piece)),
  );
}

/**
 * Puts operations back into the outbox whose job has vanished (a lost Redis, a killed worker): those that have neither
 * ended nor shown life for `afterMs`. `table` is a constant of ours.
 */
export async function sweepOperations(
  db: Database,
  clock: Clock,
  kind: { table: string; queue: string },
  afterMs: number,
): Promise<number> {
  const now = clock.now();
  return db.system(async (tx) => {
    const rows = await tx.query<{ id: string }>(
      `WITH silent AS (
         UPDATE ${kind.table} SET heartbeat_at = $1
         WHERE status IN ('queued', 'running') AND coalesce(heartbeat_at, created_at) < $2
         RETURNING id, tenant_id)
       INSERT INTO outbox (tenant_id, queue, subject, created_at) SELECT tenant_id, $3, id, $1 FROM silent RETURNING id`,
      [now, new Date(now.getTime() - afterMs), kind.queue],
    );
    return rows.length;
  });
}
