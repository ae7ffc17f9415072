import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Cipher } from './cipher.ts';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import { Problem } from './problem.ts';

interface KeyRow {
  fingerprint: Buffer;
  resource_id: string;
  locked_at: string;
  status: number | null;
  headers: Record<string, string> | null;
  body: Buffer | null;
}

/** A first request that is silent for so long is taken for dead, and its twin goes on under the same resource id. */
const LOCK_MS = 60_000;
const KEEP_MS = 24 * 3600 * 1000;
const MAX_KEY = 255;
const REPLAYED_HEADERS = ['location', 'etag', 'retry-after', 'content-type'] as const;

declare module 'fastify' {
  interface FastifyRequest {
    idempotencyKey: string | undefined;
  }
}

/**
 * `Idempotency-Key` on every POST that creates or acts: the same key and request are answered from memory for 24 hours, a twin in flight gets
 * 409, another request 422. Refusals are not kept, for nothing was done. Nor are answers of 500 and above: the retry does
 * the work, under the same resource id.
 */
export function useIdempotency(app: FastifyInstance, deps: { db: Database; clock: Clock; cipher: Cipher }): void {
  const { db, clock, cipher } = deps;
  app.decorateRequest('idempotencyKey');
  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || request.routeOptions.config.computes) return;
    if (key === undefined || request.principal === undefined) return;
    if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY) {
      throw new Problem('invalid_request', `Idempotency-Key must have 1 to ${MAX_KEY} characters`);
    }
    const row = await claimKey(db, clock, request, key);
    if (row.status === null) {
      request.idempotencyKey = key;
      request.resourceId = row.resource_id;
      return;
    }
    return replay(reply, row, cipher);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.idempotencyKey !== undefined)
      await keepAnswer(db, cipher, request, request.idempotencyKey, reply, payload);
    return payload;
  });
}

async function claimKey(db: Database, clock: Clock, request: FastifyRequest, key: string): Promise<KeyRow> {
  const { tenantId } = request.principal;
  const now = clock.now();
  const fingerprint = fingerprintOf(request);
  const values = [
    tenantId,
    key,
    fingerprint,
    request.resourceId,
    now,
    new Date(now.getTime() - LOCK_MS),
    new Date(now.getTime() - KEEP_MS),
  ];
  return db.tenant(tenantId, async (tx) => {
    // Taken when new, when its holder went silent, or when the answer is older than we promise to remember.
    const [mine] = await tx.query<KeyRow>(
      `INSERT INTO idempotency_key AS k (tenant_id, key, fingerprint, resource_id, locked_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, key) DO UPDATE SET locked_at = $5, status = NULL, headers = NULL, body = NULL,
         fingerprint = $3, resource_id = CASE WHEN k.locked_at < $7 THEN $4 ELSE k.resource_id END
       WHERE k.locked_at < $7 OR (k.status IS NULL AND k.locked_at < $6 AND k.fingerprint = $3)
       RETURNING *`,
      values,
    );
    if (mine) return mine;
    const [first] = await tx.query<KeyRow>('SELECT * FROM idempotency_key WHERE tenant_id = $1 AND key = $2', [
      tenantId,
      key,
    ]);
    if (!first || !first.fingerprint.equals(fingerprint)) {
      throw new Problem('idempotency_mismatch', 'This Idempotency-Key was used with another method, path or body');
    }
    if (first.status === null) {
      throw new Problem('idempotency_in_flight', 'The first request with this Idempotency-Key has not ended', {
        headers: { 'retry-after': '1' },
      });
    }
    return first;
  });
}

function fingerprintOf(request: FastifyRequest): Buffer {
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n`);
  return hash.update(JSON.stringify(request.body ?? null)).digest();
}

function replay(reply: FastifyReply, row: KeyRow, cipher: Cipher): FastifyReply {
  return reply
    .status(row.status!)
    .headers(row.headers ?? {})
    .header('idempotent-replayed', 'true')
    .serializer((body: string) => body)
    .send(row.body ? cipher.open(row.body) : '');
}

async function keepAnswer(
  db: Database,
  cipher: Cipher,
  request: FastifyRequest,
  key: string,
  reply: FastifyReply,
  payload: unknown,
): Promise<void> {
  const { tenantId } = request.principal;
  const body = typeof payload === 'string' ? payload : '';
  const headers = Object.fromEntries(
    REPLAYED_HEADERS.map((name) => [name, reply.getHeader(name)]).filter(([, value]) => value !== undefined),
  );
  await db.tenant(tenantId, async (tx) => {
    if (reply.statusCode >= 400 && reply.statusCode < 500) {
      // Nothing was done, and what was missing may be there next time.
      await tx.query('DELETE FROM idempotency_key WHERE tenant_id = $1 AND key = $2', [tenantId, key]);
    } else if (reply.statusCode >= 500) {
      // Let go at once, but keep the resource id for the retry.
      await tx.query(
        `UPDATE idempotency_key SET locked_at = locked_at - interval '1 hour' WHERE tenant_id = $1 AND key = $2`,
        [tenantId, key],
      );
    } else {
      await tx.query(
        'UPDATE idempotency_key SET status = $3, headers = $4, body = $5 WHERE tenant_id = $1 AND key = $2',
        [
          tenantId,
          key,
          reply.statusCode,
          JSON.stringify(headers),
          cipher.seal(body), // it may hold a key or a secret that is shown once
        ],
      );
    }
  });
}

/** Forgets the keys that are older than we promise to remember. */
export async function purgeIdempotencyKeys(db: Database, clock: Clock): Promise<void> {
  await db.system((tx) =>
    tx.query('DELETE FROM idempotency_key WHERE locked_at < $1', [new Date(clock.now().getTime() - KEEP_MS)]),
  );
}
