import type { Tx } from '../platform/database.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { ApiKey, Tenant } from './model.ts';

interface KeyRow {
  id: string;
  tenant_id: string;
  name: string;
  prefix: string;
  scopes: ApiKey['scopes'];
  created_at: string;
  revoked_at: string | null;
}

/** Answers the tenant that is there where the id is taken: the same creation, asked for again. */
export async function insertTenant(tx: Tx, tenant: Tenant): Promise<Tenant> {
  const [row] = await tx.query<{ created_at: string }>(
    `INSERT INTO tenant (id, name, created_at) VALUES ($1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING created_at`,
    [tenant.id, tenant.name, tenant.createdAt],
  );
  return { ...tenant, createdAt: row!.created_at };
}

/** The tenant made at the first start; there is one as soon as there is any. */
export async function firstTenant(tx: Tx): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>('SELECT id FROM tenant ORDER BY id LIMIT 1');
  return row?.id;
}

const INSERT_KEY =
  'INSERT INTO api_key (id, tenant_id, name, prefix, hash, scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)';

function keyValues(tenantId: string, key: ApiKey, hash: Buffer): unknown[] {
  return [key.id, tenantId, key.name, key.prefix, hash, key.scopes, key.createdAt];
}

/** Makes sure that the key is there. */
export async function insertKey(tx: Tx, tenantId: string, key: ApiKey, hash: Buffer): Promise<void> {
  await tx.query(`${INSERT_KEY} ON CONFLICT (hash) DO NOTHING`, keyValues(tenantId, key, hash));
}

/**
 * Writes a new key. One with the same id is that of a first try whose answer was lost: nobody has seen it, and as only
 * its hash is known, the new one takes its place.
 */
export async function putKey(tx: Tx, tenantId: string, key: ApiKey, hash: Buffer): Promise<void> {
  await tx.query(
    `${INSERT_KEY} ON CONFLICT (id) DO UPDATE SET prefix = excluded.prefix, hash = excluded.hash`,
    keyValues(tenantId, key, hash),
  );
}

/** Looked up across tenants: the key is what tells the tenant. */
export async function findKeyByHash(
  tx: Tx,
  hash: Buffer,
): Promise<{ id: string; tenantId: string; scopes: string[] } | undefined> {
  const [row] = await tx.query<KeyRow>('SELECT * FROM api_key WHERE hash = $1 AND revoked_at IS NULL', [hash]);
  return row && { id: row.id, tenantId: row.tenant_id, scopes: row.scopes };
}

export async function listKeys(tx: Tx, tenantId: string, page: PageRequest): Promise<ApiKey[]> {
  const rows = await tx.query<KeyRow>(
    'SELECT * FROM api_key WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2::uuid) ORDER BY id DESC LIMIT $3',
    [tenantId, page.after ?? null, page.limit + 1],
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  }));
}

export async function revokeKey(tx: Tx, tenantId: string, id: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    'UPDATE api_key SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2 RETURNING id',
    [tenantId, id, now],
  );
  return rows.length === 1;
}
