import type { Tx } from '../platform/database.ts';
import { LOG_START, type EventCursor } from '../platform/events.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type {
  DeliveryStatus,
  DisabledReason,
  EventType,
  WebhookAttempt,
  WebhookDelivery,
  WebhookEndpoint,
} from './model.ts';
import type { AttemptOutcome } from './schedule.ts';

// Locks are taken in one order, endpoint before delivery, as DELETE of an endpoint with its deliveries takes them.

interface EndpointRow {
  id: string;
  url: string;
  description: string;
  event_types: EventType[];
  secret: Buffer;
  created_at: string;
  disabled_at: string | null;
  disabled_reason: DisabledReason | null;
}

export interface StoredEndpoint extends WebhookEndpoint {
  /** As the cipher sealed it. */
  secret: Buffer;
}

/** Inserts the endpoint, or finds the one that the first request with this id inserted. */
export async function insertEndpoint(
  tx: Tx,
  tenantId: string,
  endpoint: StoredEndpoint,
): Promise<StoredEndpoint | undefined> {
  await tx.query(
    `INSERT INTO webhook_endpoint (id, tenant_id, url, description, event_types, secret, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
    [
      endpoint.id,
      tenantId,
      endpoint.url,
      endpoint.description,
      endpoint.eventTypes,
      endpoint.secret,
      endpoint.createdAt,
    ],
  );
  const [row] = await tx.query<EndpointRow>('SELECT * FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    endpoint.id,
  ]);
  return row && { ...endpointOf(row), secret: row.secret };
}

export async function findEndpoint(tx: Tx, tenantId: string, id: string): Promise<WebhookEndpoint | undefined> {
  const [row] = await tx.query<EndpointRow>('SELECT * FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    id,
  ]);
  return row && endpointOf(row);
}

/** Newest first, one more than asked for. */
export async function listEndpoints(tx: Tx, tenantId: string, page: PageRequest): Promise<WebhookEndpoint[]> {
  const rows = await tx.query<EndpointRow>(
    'SELECT * FROM webhook_endpoint WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2::uuid) ORDER BY id DESC LIMIT $3',
    [tenantId, page.after ?? null, page.limit + 1],
  );
  return rows.map(endpointOf);
}

/** Its deliveries and their attempts go with it. */
export async function deleteEndpoint(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const rows = await tx.query('DELETE FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2 RETURNING id', [
    tenantId,
    id,
  ]);
  return rows.length === 1;
}

function endpointOf(row: EndpointRow): WebhookEndpoint {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    eventTypes: row.event_types,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason,
  };
}

interface DeliveryRow {
  id: string;
  endpoint_id: string;
  event_id: string;
  event_type: EventType;
  status: DeliveryStatus;
  attempts: number;
  next_attempt_at: string | null;
  created_at: string;
  finished_at: string | null;
}

const DELIVERY =
  'id, endpoint_id, event_id::text, event_type, status, attempts, next_attempt_at, created_at, finished_at';

export async function findDelivery(tx: Tx, tenantId: string, id: string): Promise<WebhookDelivery | undefined> {
  const [row] = await tx.query<DeliveryRow>(
    `SELECT ${DELIVERY} FROM webhook_delivery WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id],
  );
  return row && deliveryOf(row);
}

/** Newest first, one more than asked for. */
export async function listDeliveries(
  tx: Tx,
  tenantId: string,
  endpointId: string,
  page: PageRequest,
): Promise<WebhookDelivery[]> {
  const rows = await tx.query<DeliveryRow>(
    `SELECT ${DELIVERY} FROM webhook_delivery
     WHERE tenant_id = $1 AND endpoint_id = $2 AND ($3::uuid IS NULL OR id < $3::uuid) ORDER BY id DESC LIMIT $4`,
    [tenantId, endpointId, page.after ?? null, page.limit + 1],
  );
  return rows.map(deliveryOf);
}

function deliveryOf(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    eventType: row.event_type,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

interface AttemptRow {
  attempt: number;
  at: string;
  duration_ms: number;
  status_code: number | null;
  error: string | null;
  response: string | null;
}

export async function listAttempts(tx: Tx, tenantId: string, deliveryId: string): Promise<WebhookAttempt[]> {
  const rows = await tx.query<AttemptRow>(
    `SELECT attempt, at, duration_ms, status_code, error, response FROM webhook_attempt
     WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY attempt`,
    [tenantId, deliveryId],
  );
  return rows.map((row) => ({
    attempt: row.attempt,
    at: row.at,
    durationMs: row.duration_ms,
    statusCode: row.status_code,
    error: row.error,
    response: row.response,
  }));
}

/** Makes a settled delivery due again; false when it was pending. */
export async function reopenDelivery(tx: Tx, tenantId: string, id: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE webhook_delivery SET status = 'pending', next_attempt_at = $3, finished_at = NULL
     WHERE tenant_id = $1 AND id = $2 AND status <> 'pending' RETURNING id`,
    [tenantId, id, now],
  );
  return rows.length === 1;
}

/** A ping is no event, but is numbered like one, so that (endpoint, event) stays unique. */
export async function insertPing(
  tx: Tx,
  tenantId: string,
  ping: { id: string; endpointId: string; body: string; now: Date },
): Promise<void> {
  await tx.query(
    `INSERT INTO webhook_delivery (id, tenant_id, endpoint_id, event_id, event_type, body, status, attempts, next_attempt_at, created_at)
     SELECT $1, tenant_id, id, nextval(pg_get_serial_sequence('event', 'id')), 'ping', $4, 'pending', 0, $5, $5
     FROM webhook_endpoint WHERE tenant_id = $2 AND id = $3 FOR KEY SHARE ON CONFLICT (id) DO NOTHING`,
    [ping.id, tenantId, ping.endpointId, ping.body, ping.now],
  );
}

// Fan-out.

const READER = 'webhooks';

/** The place in the event log, locked until the transaction ends; undefined while another process has it. */
export async function lockCursor(tx: Tx): Promise<EventCursor | undefined> {
  const [row] = await tx.query<EventCursor>(
    'SELECT xid::text, id::text FROM event_cursor WHERE reader = $1 FOR UPDATE SKIP LOCKED',
    [READER],
  );
  if (row) return row;
  // From the start of the log, where nothing can be missed: what is older than an endpoint is not for it anyway.
  const [first] = await tx.query<EventCursor>(
    'INSERT INTO event_cursor (reader, xid, id) VALUES ($1, $2::xid8, $3) ON CONFLICT DO NOTHING RETURNING xid::text, id::text',
    [READER, LOG_START.xid, LOG_START.id],
  );
  return first;
}

export async function moveCursor(tx: Tx, to: EventCursor): Promise<void> {
  await tx.query('UPDATE event_cursor SET xid = $2::xid8, id = $3 WHERE reader = $1', [READER, to.xid, to.id]);
}

export interface Subscription {
  id: string;
  tenantId: string;
  eventTypes: EventType[];
  createdAt: string;
}

/** The enabled endpoints of these tenants, which cannot be deleted before the transaction ends. */
export async function lockSubscriptions(tx: Tx, tenantIds: string[]): Promise<Subscription[]> {
  const rows = await tx.query<EndpointRow & { tenant_id: string }>(
    `SELECT id, tenant_id, event_types, created_at FROM webhook_endpoint
     WHERE tenant_id = ANY($1::uuid[]) AND disabled_at IS NULL ORDER BY id FOR KEY SHARE`,
    [tenantIds],
  );
  return rows.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id,
    eventTypes: row.event_types,
    createdAt: row.created_at,
  }));
}

export interface NewDelivery {
  id: string;
  tenantId: string;
  endpointId: string;
  eventId: string;
  eventType: string;
  body: string;
}

/** Adds deliveries that are due now; an event that an endpoint has already is passed over. */
export async function insertDeliveries(tx: Tx, deliveries: NewDelivery[], now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO webhook_delivery (id, tenant_id, endpoint_id, event_id, event_type, body, status, attempts, next_attempt_at, created_at)
     SELECT id, tenant_id, endpoint_id, event_id, event_type, body, 'pending', 0, $2, $2
     FROM jsonb_to_recordset($1::jsonb)
       AS d (id uuid, tenant_id uuid, endpoint_id uuid, event_id bigint, event_type text, body text)
     ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
    [JSON.stringify(deliveries.map(deliveryRecord)), now],
  );
}

function deliveryRecord(delivery: NewDelivery): object {
  const { id, tenantId, endpointId, eventId, eventType, body } = delivery;
  return { id, tenant_id: tenantId, endpoint_id: endpointId, event_id: eventId, event_type: eventType, body };
}

// Sending.

export interface Lease {
  id: string;
  tenantId: string;
  endpointId: string;
  url: string;
  /** As the cipher sealed it. */
  secret: Buffer;
  body: string;
  /** Number of the attempt that the lease is for; whoever leases the delivery after us has a higher one. */
  attempt: number;
}

interface LeaseRow {
  id: string;
  tenant_id: string;
  endpoint_id: string;
  url: string;
  secret: Buffer;
  body: string;
  status: DeliveryStatus;
  attempts: number;
}

/** Looked through for what may be leased, so that an endpoint with many due deliveries leaves room for others. */
const WINDOW = 200;

/**
 * Takes due deliveries for ourselves until `until`: at most `limit`, and of each endpoint at most `perEndpoint`, counting
 * those under way (`load`). Those of a disabled endpoint are settled on the spot and not answered.
 */
export async function leaseDue(
  tx: Tx,
  terms: { now: Date; until: Date; limit: number; perEndpoint: number; load: ReadonlyMap<string, number> },
): Promise<Lease[]> {
  const rows = await tx.query<LeaseRow>(
    `WITH load AS (SELECT * FROM unnest($5::uuid[], $6::int[]) AS l (endpoint_id, under_way)),
     due AS MATERIALIZED (
       SELECT id, endpoint_id, next_attempt_at FROM webhook_delivery
       WHERE status = 'pending' AND next_attempt_at <= $1
         AND endpoint_id NOT IN (SELECT endpoint_id FROM load WHERE under_way >= $4)
       ORDER BY next_attempt_at LIMIT ${WINDOW} FOR UPDATE SKIP LOCKED),
     placed AS (
       SELECT id, endpoint_id, next_attempt_at, row_number() OVER (PARTITION BY endpoint_id ORDER BY next_attempt_at, id) AS place FROM due),
     taken AS (
       SELECT id, endpoint_id FROM placed LEFT JOIN load USING (endpoint_id)
       WHERE place <= $4 - coalesce(under_way, 0) ORDER BY next_attempt_at, id LIMIT $3)
     UPDATE webhook_delivery d SET
       status = CASE WHEN e.disabled_at IS NULL THEN 'pending' ELSE 'failed' END,
       attempts = d.attempts + CASE WHEN e.disabled_at IS NULL THEN 1 ELSE 0 END,
       next_attempt_at = CASE WHEN e.disabled_at IS NULL THEN $2::timestamptz END,
       finished_at = CASE WHEN e.disabled_at IS NULL THEN NULL ELSE $1::timestamptz END
     FROM taken JOIN webhook_endpoint e ON e.id = taken.endpoint_id WHERE d.id = taken.id
     RETURNING d.id, d.tenant_id, d.endpoint_id, d.body, d.status, d.attempts, e.url, e.secret`,
    [terms.now, terms.until, terms.limit, terms.perEndpoint, [...terms.load.keys()], [...terms.load.values()]],
  );
  return rows.filter((row) => row.status === 'pending').map(leaseOf);
}

function leaseOf(row: LeaseRow): Lease {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    endpointId: row.endpoint_id,
    url: row.url,
    secret: row.secret,
    body: row.body,
    attempt: row.attempts,
  };
}

export interface EndpointHealth {
  failingSince: Date | undefined;
  disabled: boolean;
}

/** Locks the endpoint until the transaction ends; undefined when it has been deleted, and its deliveries with it. */
export async function lockEndpoint(tx: Tx, id: string): Promise<EndpointHealth | undefined> {
  const [row] = await tx.query<{ failing_since: string | null; disabled_at: string | null }>(
    'SELECT failing_since, disabled_at FROM webhook_endpoint WHERE id = $1 FOR NO KEY UPDATE',
    [id],
  );
  return (
    row && {
      failingSince: row.failing_since ? new Date(row.failing_since) : undefined,
      disabled: row.disabled_at !== null,
    }
  );
}

export async function insertAttempt(
  tx: Tx,
  lease: Lease,
  at: Date,
  durationMs: number,
  outcome: AttemptOutcome,
): Promise<void> {
  await tx.query(
    `INSERT INTO webhook_attempt (delivery_id, attempt, tenant_id, at, duration_ms, status_code, error, response)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [lease.id, lease.attempt, lease.tenantId, at, durationMs, outcome.statusCode, outcome.error, outcome.response],
  );
}

/** The last attempt at any delivery of the endpoint before this instant. */
export async function lastAttemptBefore(tx: Tx, endpointId: string, instant: Date): Promise<Date | undefined> {
  const [row] = await tx.query<{ at: string | null }>(
    `SELECT max(a.at) AS at FROM webhook_attempt a JOIN webhook_delivery d ON d.id = a.delivery_id
     WHERE d.endpoint_id = $1 AND a.at < $2`,
    [endpointId, instant],
  );
  return row?.at ? new Date(row.at) : undefined;
}

/** A success stands, even when the lease has run out and another attempt is under way. */
export async function markSucceeded(tx: Tx, lease: Lease, now: Date): Promise<void> {
  await tx.query(
    `UPDATE webhook_delivery SET status = 'succeeded', next_attempt_at = NULL, finished_at = $2 WHERE id = $1 AND status <> 'succeeded'`,
    [lease.id, now],
  );
}

/** After a failure: tries again at `next`, or never. Whoever has leased the delivery since decides instead of us. */
export async function markFailed(tx: Tx, lease: Lease, next: Date | undefined, now: Date): Promise<void> {
  await tx.query(
    `UPDATE webhook_delivery SET status = $3, next_attempt_at = $4, finished_at = $5 WHERE id = $1 AND attempts = $2 AND status = 'pending'`,
    [lease.id, lease.attempt, next ? 'pending' : 'failed', next ?? null, next ? null : now],
  );
}

export async function setFailingSince(tx: Tx, endpointId: string, since: Date | undefined): Promise<void> {
  await tx.query('UPDATE webhook_endpoint SET failing_since = $2 WHERE id = $1', [endpointId, since ?? null]);
}

/** Stops sending to the endpoint: what was pending has failed. */
export async function disableEndpoint(tx: Tx, endpointId: string, reason: DisabledReason, now: Date): Promise<void> {
  await tx.query('UPDATE webhook_endpoint SET disabled_at = $2, disabled_reason = $3 WHERE id = $1', [
    endpointId,
    now,
    reason,
  ]);
  await tx.query(
    `UPDATE webhook_delivery SET status = 'failed', next_attempt_at = NULL, finished_at = $2 WHERE endpoint_id = $1 AND status = 'pending'`,
    [endpointId, now],
  );
}
