import type { Tx } from '../platform/database.ts';
import type { OperationRow } from '../platform/operation.ts';
import { operationView } from '../platform/operation.ts';
import type { PageRequest } from '../platform/pagination.ts';
import { RESULT_COLUMNS, type Analysis, type AnalysisInput, type Shard, type Valuation } from './model.ts';

export interface AnalysisRow extends OperationRow {
  portfolio_id: string;
  portfolio_version: number;
  market_snapshot_id: string;
  request: AnalysisInput;
  result: Valuation | null;
}

export function analysisOf(row: AnalysisRow): Analysis {
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    portfolioVersion: row.portfolio_version,
    marketSnapshotId: row.market_snapshot_id,
    ...operationView(row),
    // Analyses of the time before there were scenarios have none.
    result: row.result && { ...row.result, scenarios: row.result.scenarios ?? null },
  };
}

/** Everything of an analysis but its scenarios, which may be megabytes: lists and links go without. */
const WITHOUT_SCENARIOS = `id, tenant_id, portfolio_id, portfolio_version, market_snapshot_id, status, progress, attempt,
  request - 'scenarios' AS request, result - 'scenarios' AS result, problem, created_at, started_at, finished_at`;

export interface NewAnalysis {
  id: string;
  portfolioId: string;
  input: AnalysisInput;
}

/**
 * Writes analyses down, each for the version and the snapshot it asks for, or the latest ones. Those are left out whose
 * portfolio version or snapshot does not exist, or whose id is taken by the same request.
 */
export async function insertAnalyses(
  tx: Tx,
  tenantId: string,
  analyses: NewAnalysis[],
  now: Date,
): Promise<AnalysisRow[]> {
  const items = analyses.map(({ id, portfolioId, input }) => ({
    id,
    portfolio_id: portfolioId,
    version: input.portfolioVersion,
    snapshot_id: input.marketSnapshotId,
    request: input,
  }));
  return tx.query<AnalysisRow>(
    `INSERT INTO analysis (id, tenant_id, portfolio_id, portfolio_version, market_snapshot_id, request, status, progress, attempt, created_at)
     SELECT i.id, $1, p.id, v.version, m.id, i.request, 'queued', 0, 0, $2
     FROM jsonb_to_recordset($3::jsonb) AS i (id uuid, portfolio_id uuid, version integer, snapshot_id uuid, request jsonb)
     JOIN portfolio p ON p.id = i.portfolio_id AND p.tenant_id = $1
     JOIN portfolio_version v ON v.portfolio_id = p.id AND v.version = coalesce(i.version, p.version)
     JOIN LATERAL (SELECT id FROM market_snapshot
                   WHERE tenant_id = $1 AND (i.snapshot_id IS NULL OR id = i.snapshot_id)
                   ORDER BY as_of DESC, id DESC LIMIT 1) m ON true
     ON CONFLICT (id) DO NOTHING RETURNING *`,
    [tenantId, now, JSON.stringify(items)],
  );
}

export async function findAnalysis(tx: Tx, tenantId: string, id: string): Promise<AnalysisRow | undefined> {
  const [row] = await tx.query<AnalysisRow>('SELECT * FROM analysis WHERE tenant_id = $1 AND id = $2', [tenantId, id]);
  return row;
}

/** Without their scenarios. */
export async function findAnalyses(tx: Tx, tenantId: string, ids: readonly string[]): Promise<AnalysisRow[]> {
  return tx.query<AnalysisRow>(
    `SELECT ${WITHOUT_SCENARIOS} FROM analysis WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [tenantId, ids],
  );
}

/** Those of the ids that no market snapshot of the tenant has. */
export async function missingSnapshots(tx: Tx, tenantId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT i.id::text FROM unnest($2::uuid[]) AS i (id)
     WHERE NOT EXISTS (SELECT FROM market_snapshot m WHERE m.id = i.id AND m.tenant_id = $1)`,
    [tenantId, ids],
  );
  return rows.map(({ id }) => id);
}

/** Of each portfolio newest first, one more than asked for; without their scenarios. */
export async function listAnalyses(
  tx: Tx,
  tenantId: string,
  portfolioIds: readonly string[],
  page: PageRequest,
): Promise<AnalysisRow[]> {
  return tx.query<AnalysisRow>(
    `SELECT a.* FROM unnest($2::uuid[]) AS p (id)
     CROSS JOIN LATERAL (SELECT ${WITHOUT_SCENARIOS} FROM analysis WHERE tenant_id = $1 AND portfolio_id = p.id AND ($3::uuid IS NULL OR id < $3::uuid)
       ORDER BY id DESC LIMIT $4) a
     ORDER BY a.id DESC`,
    [tenantId, portfolioIds, page.after ?? null, page.limit + 1],
  );
}

/** A second attempt at the same analysis writes the same numbers over those of the first. */
export async function saveShard(tx: Tx, tenantId: string, analysisId: string, shard: Shard): Promise<void> {
  const { buffer, byteOffset, byteLength } = shard.columns;
  await tx.query(
    `INSERT INTO analysis_shard (analysis_id, ordinal, tenant_id, last_id, position_ids, greeks, failures) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (analysis_id, ordinal) DO UPDATE SET greeks = excluded.greeks, failures = excluded.failures`,
    [
      analysisId,
      shard.ordinal,
      tenantId,
      shard.positionIds.at(-1)!,
      shard.positionIds,
      Buffer.from(buffer, byteOffset, byteLength),
      JSON.stringify(shard.failures),
    ],
  );
}

/** Of each analysis the shards that hold the positions after an id, in order. */
export async function readShards(
  tx: Tx,
  analysisIds: readonly string[],
  after: string,
  limit: number,
): Promise<(Shard & { analysisId: string })[]> {
  const rows = await tx.query<{
    analysis_id: string;
    ordinal: number;
    position_ids: string[];
    greeks: Buffer;
    failures: Shard['failures'];
  }>(
    `SELECT s.* FROM unnest($1::uuid[]) AS a (id)
     CROSS JOIN LATERAL (SELECT analysis_id, ordinal, position_ids, greeks, failures FROM analysis_shard
       WHERE analysis_id = a.id AND last_id > $2 ORDER BY ordinal LIMIT $3) s
     ORDER BY s.ordinal`,
    [analysisIds, after, limit],
  );
  return rows.map((row) => ({
    analysisId: row.analysis_id,
    ordinal: row.ordinal,
    positionIds: row.position_ids,
    columns: floats(row.greeks, row.position_ids.length * RESULT_COLUMNS.length),
    failures: row.failures,
  }));
}

/** A copy, because the driver's buffer need not begin at a multiple of eight bytes. */
function floats(bytes: Buffer, count: number): Float64Array {
  const columns = new Float64Array(count);
  new Uint8Array(columns.buffer).set(bytes.subarray(0, columns.byteLength));
  return columns;
}
