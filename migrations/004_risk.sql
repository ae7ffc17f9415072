-- Up Migration

CREATE TABLE analysis (
  id                  uuid PRIMARY KEY,
  tenant_id           uuid NOT NULL REFERENCES tenant,
  portfolio_id        uuid NOT NULL,
  portfolio_version   integer NOT NULL,
  market_snapshot_id  uuid NOT NULL REFERENCES market_snapshot,
  request             jsonb NOT NULL,
  status              text NOT NULL,
  progress            real NOT NULL,
  attempt             integer NOT NULL,
  result              jsonb,
  problem             jsonb,
  created_at          timestamptz NOT NULL,
  started_at          timestamptz,
  heartbeat_at        timestamptz,
  finished_at         timestamptz,
  FOREIGN KEY (portfolio_id, portfolio_version) REFERENCES portfolio_version
);
CREATE INDEX ON analysis (tenant_id, portfolio_id, id);
CREATE INDEX ON analysis (status) WHERE status IN ('queued', 'running');
CALL protect_tenant_table('analysis');

-- Per-position results of one shard of the book, columnar: `greeks` holds 64-bit little-endian floats, one column after
-- another in the order of RESULT_COLUMNS (src/risk/model.ts); NaN marks a position that `failures` explains.
CREATE TABLE analysis_shard (
  analysis_id   uuid NOT NULL REFERENCES analysis,
  ordinal       integer NOT NULL,
  tenant_id     uuid NOT NULL REFERENCES tenant,
  last_id       text COLLATE "C" NOT NULL,
  position_ids  text[] NOT NULL,
  greeks        bytea NOT NULL,
  failures      jsonb NOT NULL,
  PRIMARY KEY (analysis_id, ordinal)
);
CALL protect_tenant_table('analysis_shard');
