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
    result: row.result,
  };
}

/**
 * Writes the analysis down for the version and the snapshot asked for, or the latest ones. Answers nothing when there is
 * no such portfolio version or snapshot, or when the id is taken by the same request.
 */
export async function insertAnalysis(
  tx: Tx,
  tenantId: string,
  id: string,
  portfolioId: string,
  input: AnalysisInput,
  now: Date,
): Promise<AnalysisRow | undefined> {
  const [row] = await tx.query<AnalysisRow>(
    `INSERT INTO analysis (id, tenant_id, portfolio_id, portfolio_version, market_snapshot_id, request, status, progress, attempt, created_at)
     SELECT $1, $2, p.id, v.version, m.id, $3, 'queued', 0, 0, $4
     FROM portfolio p
     JOIN portfolio_version v ON v.portfolio_id = p.id AND v.version = coalesce($5, p.version),
     LATERAL (SELECT id FROM market_snapshot
              WHERE tenant_id = $2 AND ($6::uuid IS NULL OR id = $6) ORDER BY as_of DESC, id DESC LIMIT 1) m
     WHERE p.id = $7 AND p.tenant_id = $2
     ON CONFLICT (id) DO NOTHING RETURNING *`,
    [
      id,
      tenantId,
      JSON.stringify(input),
      now,
      input.portfolioVersion ?? null,
      input.marketSnapshotId ?? null,
      portfolioId,
    ],
  );
  return row;
}

export async function findAnalysis(tx: Tx, tenantId: string, id: string): Promise<AnalysisRow | undefined> {
  const [row] = await tx.query<AnalysisRow>('SELECT * FROM analysis WHERE tenant_id = $1 AND id = $2', [tenantId, id]);
  return row;
}

export async function findAnalyses(tx: Tx, tenantId: string, ids: readonly string[]): Promise<AnalysisRow[]> {
  return tx.query<AnalysisRow>('SELECT * FROM analysis WHERE tenant_id = $1 AND id = ANY($2::uuid[])', [tenantId, ids]);
}

/** Newest first, one more than asked for. */
export async function listAnalyses(
  tx: Tx,
  tenantId: string,
  portfolioId: string,
  page: PageRequest,
): Promise<AnalysisRow[]> {
  return tx.query<AnalysisRow>(
    `SELECT * FROM analysis WHERE tenant_id = $1 AND portfolio_id = $2 AND ($3::uuid IS NULL OR id < $3::uuid) ORDER BY id DESC LIMIT $4`,
    [tenantId, portfolioId, page.after ?? null, page.limit + 1],
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

/** The shards that hold the positions after an id, in order. */
export async function readShards(tx: Tx, analysisId: string, after: string, limit: number): Promise<Shard[]> {
  const rows = await tx.query<{ ordinal: number; position_ids: string[]; greeks: Buffer; failures: Shard['failures'] }>(
    'SELECT ordinal, position_ids, greeks, failures FROM analysis_shard WHERE analysis_id = $1 AND last_id > $2 ORDER BY ordinal LIMIT $3',
    [analysisId, after, limit],
  );
  return rows.map((row) => ({
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
