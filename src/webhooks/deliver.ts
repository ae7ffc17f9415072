import type { Logger } from 'pino';
import type { Cipher } from '../platform/cipher.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Ids } from '../platform/ids.ts';
import type { Metrics } from '../platform/telemetry.ts';
import type { Wake } from '../platform/wake.ts';
import type { DisabledReason } from './model.ts';
import { SendFailure, type WebhookSender } from './ports.ts';
import { DISABLE_AFTER_MS, IDLE_AFTER_MS, isSuccess, retryDelayMs, type AttemptOutcome } from './schedule.ts';
import { signedHeaders } from './signature.ts';
import * as store from './store.ts';

/** Standard Webhooks asks for 15 to 30 s. */
const TIMEOUT_MS = 20_000;
/** Long enough for an attempt to end and be written down; after that a dead process's deliveries are anyone's again. */
const LEASE_MS = 60_000;
const MOST_AT_ONCE = 16;
const MOST_PER_ENDPOINT = 4;

export interface DeliveryDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  cipher: Cipher;
  sender: WebhookSender;
  wake: Pick<Wake, 'call'>;
  log: Logger;
  metrics?: Pick<Metrics, 'deliveries'>;
}

/** Leases due deliveries and begins to send them. Each of the promises ends when its attempt is written down; none rejects. */
export type BeginDue = () => Promise<Promise<void>[]>;

export function createBeginDue(deps: DeliveryDeps): BeginDue {
  const underWay = new Set<Promise<void>>();
  const load = new Map<string, number>();

  const run = async (lease: store.Lease): Promise<void> => {
    load.set(lease.endpointId, (load.get(lease.endpointId) ?? 0) + 1);
    try {
      await attempt(deps, lease);
    } catch (error) {
      // Nothing was written down, so the delivery comes up again when the lease runs out.
      deps.log.error({ err: error, delivery: lease.id, endpoint: lease.endpointId }, 'webhook attempt was lost');
    } finally {
      const left = (load.get(lease.endpointId) ?? 1) - 1;
      if (left > 0) load.set(lease.endpointId, left);
      else load.delete(lease.endpointId);
    }
  };

  return async () => {
    if (underWay.size >= MOST_AT_ONCE) await Promise.race(underWay);
    const now = deps.clock.now();
    const until = new Date(now.getTime() + LEASE_MS);
    const limit = MOST_AT_ONCE - underWay.size;
    const leases = await deps.db.system((tx) =>
      store.leaseDue(tx, { now, until, limit, perEndpoint: MOST_PER_ENDPOINT, load }),
    );
    return leases.map((lease) => {
      const running: Promise<void> = run(lease).finally(() => underWay.delete(running));
      underWay.add(running);
      return running;
    });
  };
}

async function attempt(deps: DeliveryDeps, lease: store.Lease): Promise<void> {
  const at = deps.clock.now();
  const started = deps.clock.monotonic();
  const outcome = await send(deps, lease, at);
  const durationMs = Math.round(deps.clock.monotonic() - started);
  const verdict = await deps.db.system((tx) => settle(deps, tx, lease, at, durationMs, outcome));
  deps.metrics?.deliveries.inc({ outcome: verdict.result });
  if (verdict.disabled) deps.wake.call('events');
  const { statusCode, error } = outcome;
  deps.log.info(
    { delivery: lease.id, endpoint: lease.endpointId, attempt: lease.attempt, statusCode, error, ...verdict },
    'webhook attempt',
  );
}

async function send(deps: DeliveryDeps, lease: store.Lease, at: Date): Promise<AttemptOutcome> {
  const headers = signedHeaders(deps.cipher.open(lease.secret), lease.id, at, lease.body);
  try {
    const answer = await deps.sender.send({ url: lease.url, headers, body: lease.body, timeoutMs: TIMEOUT_MS });
    return {
      statusCode: answer.status,
      error: null,
      response: answer.body,
      timedOut: false,
      retryAfter: answer.retryAfter,
    };
  } catch (error) {
    if (!(error instanceof SendFailure)) throw error;
    return {
      statusCode: null,
      error: `${error.reason}: ${error.message}`,
      response: null,
      timedOut: error.reason === 'timeout',
    };
  }
}

interface Verdict {
  result: 'succeeded' | 'retrying' | 'failed' | 'deleted';
  disabled?: DisabledReason;
}

/** Writes down how the attempt ended and what follows for the delivery and its endpoint. */
async function settle(
  deps: DeliveryDeps,
  tx: Tx,
  lease: store.Lease,
  at: Date,
  durationMs: number,
  outcome: AttemptOutcome,
): Promise<Verdict> {
  const endpoint = await store.lockEndpoint(tx, lease.endpointId);
  if (!endpoint) return { result: 'deleted' };
  const now = deps.clock.now();
  await store.insertAttempt(tx, lease, at, durationMs, outcome);
  if (isSuccess(outcome)) {
    await store.markSucceeded(tx, lease, now);
    if (endpoint.failingSince) await store.setFailingSince(tx, lease.endpointId, undefined);
    return { result: 'succeeded' };
  }
  const disabled = endpoint.disabled ? undefined : await disableReason(tx, lease, endpoint, at, outcome);
  const delay = disabled || endpoint.disabled ? undefined : retryDelayMs(lease.attempt, outcome, randomShare(deps.ids));
  await store.markFailed(tx, lease, delay === undefined ? undefined : new Date(now.getTime() + delay), now);
  if (disabled) await disable(tx, lease, disabled, now);
  return { result: delay === undefined ? 'failed' : 'retrying', ...(disabled ? { disabled } : {}) };
}

/** Why the endpoint is to be disabled after this failure, if it is; keeps account of since when it has been failing. */
async function disableReason(
  tx: Tx,
  lease: store.Lease,
  endpoint: store.EndpointHealth,
  at: Date,
  outcome: AttemptOutcome,
): Promise<DisabledReason | undefined> {
  if (outcome.statusCode === 410) return 'gone';
  if (endpoint.failingSince && at.getTime() - endpoint.failingSince.getTime() < DISABLE_AFTER_MS) return undefined;
  const last = endpoint.failingSince && (await store.lastAttemptBefore(tx, lease.endpointId, at));
  if (last && at.getTime() - last.getTime() < IDLE_AFTER_MS) return 'failing';
  await store.setFailingSince(tx, lease.endpointId, at);
  return undefined;
}

/** The notice goes to the tenant's other endpoints. It names no URL, for URLs may hold the receiver's own secrets. */
async function disable(tx: Tx, lease: store.Lease, reason: DisabledReason, now: Date): Promise<void> {
  await store.disableEndpoint(tx, lease.endpointId, reason, now);
  await appendEvent(tx, now, {
    tenantId: lease.tenantId,
    type: 'webhook_endpoint.disabled',
    subject: lease.endpointId,
    data: { id: lease.endpointId, reason, disabledAt: now.toISOString() },
  });
}

/** Uniform in [0, 1). */
function randomShare(ids: Ids): number {
  return ids.random(4).readUInt32BE() / 2 ** 32;
}
