import type { Tx } from '../platform/database.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { HedgePolicyInput, StoredPolicy } from './policyModel.ts';

const FIELDS = `p.id, v.name, v.version, v.policy, p.created_at AS "createdAt", v.created_at AS "updatedAt"`;

/** Version 1; nothing when the id is taken. */
export async function insertPolicy(
  tx: Tx,
  tenantId: string,
  id: string,
  input: HedgePolicyInput,
  now: Date,
): Promise<void> {
  const [row] = await tx.query(
    `INSERT INTO hedge_policy (id, tenant_id, name, version, created_at) VALUES ($1, $2, $3, 1, $4)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    [id, tenantId, input.name, now],
  );
  if (row) await insertVersion(tx, tenantId, id, 1, input, now);
}

export async function insertVersion(
  tx: Tx,
  tenantId: string,
  id: string,
  version: number,
  { name, policy }: HedgePolicyInput,
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO hedge_policy_version (policy_id, version, tenant_id, name, policy, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, version, tenantId, name, JSON.stringify(policy), now],
  );
  await tx.query('UPDATE hedge_policy SET version = $2, name = $3 WHERE id = $1', [id, version, name]);
}

/** The current version, locked; undefined when there is no such policy. */
export async function lockPolicy(tx: Tx, tenantId: string, id: string): Promise<number | undefined> {
  const [row] = await tx.query<{ version: number }>(
    'SELECT version FROM hedge_policy WHERE tenant_id = $1 AND id = $2 FOR UPDATE',
    [tenantId, id],
  );
  return row?.version;
}

export async function findPolicy(
  tx: Tx,
  tenantId: string,
  id: string,
  version: number | undefined,
): Promise<StoredPolicy | undefined> {
  const [row] = await tx.query<StoredPolicy>(
    `SELECT ${FIELDS} FROM hedge_policy p JOIN hedge_policy_version v ON v.policy_id = p.id AND v.version = coalesce($3, p.version)
     WHERE p.tenant_id = $1 AND p.id = $2`,
    [tenantId, id, version ?? null],
  );
  return row;
}

/** Newest first, one more than asked for. */
export async function listPolicies(tx: Tx, tenantId: string, page: PageRequest): Promise<StoredPolicy[]> {
  return tx.query<StoredPolicy>(
    `SELECT ${FIELDS} FROM hedge_policy p JOIN hedge_policy_version v ON v.policy_id = p.id AND v.version = p.version
     WHERE p.tenant_id = $1 AND ($2::uuid IS NULL OR p.id < $2::uuid) ORDER BY p.id DESC LIMIT $3`,
    [tenantId, page.after ?? null, page.limit + 1],
  );
}
