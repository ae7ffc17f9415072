import type { Tx } from '../platform/database.ts';
import { operationView, type OperationRow } from '../platform/operation.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { HedgePlan, HedgePlanInput, PlanResult } from './model.ts';

export interface PlanRow extends OperationRow {
  portfolio_id: string;
  portfolio_version: number;
  market_snapshot_id: string;
  analysis_id: string | null;
  request: HedgePlanInput;
  result: PlanResult | null;
}

export function planOf(row: PlanRow): HedgePlan {
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    portfolioVersion: row.portfolio_version,
    marketSnapshotId: row.market_snapshot_id,
    analysisId: row.analysis_id,
    ...operationView(row),
    result: row.result,
  };
}

export interface NewPlan {
  id: string;
  portfolioId: string;
  portfolioVersion: number;
  marketSnapshotId: string;
  analysisId: string | null;
  request: HedgePlanInput;
}

/** Nothing when the id is taken by the same request. */
export async function insertPlan(tx: Tx, tenantId: string, plan: NewPlan, now: Date): Promise<PlanRow | undefined> {
  const [row] = await tx.query<PlanRow>(
    `INSERT INTO hedge_plan (id, tenant_id, portfolio_id, portfolio_version, market_snapshot_id, analysis_id, request, status, progress, attempt, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, 0, $8) ON CONFLICT (id) DO NOTHING RETURNING *`,
    [
      plan.id,
      tenantId,
      plan.portfolioId,
      plan.portfolioVersion,
      plan.marketSnapshotId,
      plan.analysisId,
      JSON.stringify(plan.request),
      now,
    ],
  );
  return row;
}

/** Plans that are there already. */
export async function insertMadePlans(
  tx: Tx,
  tenantId: string,
  plans: readonly (NewPlan & { result: PlanResult })[],
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO hedge_plan (id, tenant_id, portfolio_id, portfolio_version, market_snapshot_id, analysis_id, request, result, status, progress, attempt, created_at, started_at, finished_at)
     SELECT id, $1, "portfolioId", "portfolioVersion", "marketSnapshotId", "analysisId", request, result, 'succeeded', 1, 1, $3, $3, $3
     FROM jsonb_to_recordset($2::jsonb) AS p (id uuid, "portfolioId" uuid, "portfolioVersion" integer, "marketSnapshotId" uuid,
       "analysisId" uuid, request jsonb, result jsonb)`,
    [tenantId, JSON.stringify(plans), now],
  );
}

export async function findPlan(tx: Tx, tenantId: string, id: string): Promise<PlanRow | undefined> {
  const [row] = await tx.query<PlanRow>('SELECT * FROM hedge_plan WHERE tenant_id = $1 AND id = $2', [tenantId, id]);
  return row;
}

export async function findPlans(tx: Tx, tenantId: string, ids: readonly string[]): Promise<PlanRow[]> {
  return tx.query<PlanRow>('SELECT * FROM hedge_plan WHERE tenant_id = $1 AND id = ANY($2::uuid[])', [tenantId, ids]);
}

/** Of each portfolio newest first, one more than asked for. */
export async function listPlans(
  tx: Tx,
  tenantId: string,
  portfolioIds: readonly string[],
  page: PageRequest,
): Promise<PlanRow[]> {
  return tx.query<PlanRow>(
    `SELECT h.* FROM unnest($2::uuid[]) AS p (id)
     CROSS JOIN LATERAL (SELECT * FROM hedge_plan WHERE tenant_id = $1 AND portfolio_id = p.id AND ($3::uuid IS NULL OR id < $3::uuid)
       ORDER BY id DESC LIMIT $4) h
     ORDER BY h.id DESC`,
    [tenantId, portfolioIds, page.after ?? null, page.limit + 1],
  );
}
