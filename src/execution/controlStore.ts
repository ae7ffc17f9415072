import type { Tx } from '../platform/database.ts';
import type { Limits, TradingState } from './limitsModel.ts';

/** Advisory locks: of everybody, and of each tenant by a hash, where a collision costs nothing but time. */
const LOCKS = 0x7374;
const OF_ALL = 0;

export interface StateRow {
  state: TradingState;
  reason: string;
  set_at: string;
}

export interface StateRows {
  tenant: StateRow | undefined;
  global: StateRow | undefined;
}

/** What is said of the tenant and of everybody. */
export async function readStates(tx: Tx, tenantId: string): Promise<StateRows> {
  const [[tenant], [global]] = await Promise.all([
    tx.query<StateRow>('SELECT state, reason, set_at FROM trading_state WHERE tenant_id = $1', [tenantId]),
    tx.query<StateRow>('SELECT state, reason, set_at FROM global_trading_state'),
  ]);
  return { tenant, global };
}

/** Until `tx` ends nobody sends or says anything else of the tenant, and nobody says anything else of all. */
export async function lockSending(tx: Tx, tenantId: string): Promise<void> {
  await Promise.all([
    tx.query('SELECT pg_advisory_xact_lock_shared($1, $2)', [LOCKS, OF_ALL]),
    tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCKS, tenantId]),
  ]);
}

export interface NewState {
  id: string;
  state: TradingState;
  reason: string;
  by: string;
}

/** Of the tenant, or of everybody (null). Waits for whoever is about to send. */
export async function writeState(tx: Tx, tenantId: string | null, set: NewState, now: Date): Promise<void> {
  const said = [set.state, set.reason, set.by, now];
  if (tenantId === null) {
    await tx.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCKS, OF_ALL]);
    await tx.query(
      `INSERT INTO global_trading_state (state, reason, set_by, set_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (singleton) DO UPDATE SET state = $1, reason = $2, set_by = $3, set_at = $4`,
      said,
    );
  } else {
    await lockSending(tx, tenantId);
    await tx.query(
      `INSERT INTO trading_state (tenant_id, state, reason, set_by, set_at) VALUES ($5, $1, $2, $3, $4)
       ON CONFLICT (tenant_id) DO UPDATE SET state = $1, reason = $2, set_by = $3, set_at = $4`,
      [...said, tenantId],
    );
  }
  await tx.query(
    'INSERT INTO trading_state_change (id, tenant_id, state, reason, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)',
    [set.id, tenantId, ...said],
  );
}

export async function readLimits(tx: Tx, tenantId: string): Promise<Limits> {
  const [row] = await tx.query<{ limits: Limits }>('SELECT limits FROM trading_limits WHERE tenant_id = $1', [
    tenantId,
  ]);
  return row?.limits ?? {};
}

export async function writeLimits(tx: Tx, tenantId: string, limits: Limits, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO trading_limits (tenant_id, limits, updated_at) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id) DO UPDATE SET limits = $2, updated_at = $3`,
    [tenantId, JSON.stringify(limits), now],
  );
}
