-- Up Migration

CREATE TABLE hedge_plan (
  id                  uuid PRIMARY KEY,
  tenant_id           uuid NOT NULL REFERENCES tenant,
  portfolio_id        uuid NOT NULL,
  portfolio_version   integer NOT NULL,
  market_snapshot_id  uuid NOT NULL REFERENCES market_snapshot,
  analysis_id         uuid REFERENCES analysis,
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
CREATE INDEX ON hedge_plan (tenant_id, portfolio_id, id);
CREATE INDEX ON hedge_plan (status) WHERE status IN ('queued', 'running');
CALL protect_tenant_table('hedge_plan');
