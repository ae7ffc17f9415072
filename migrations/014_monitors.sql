-- Up Migration

-- Agents that watch a portfolio. At most one worker owns a monitor: it holds the lease, and whatever it writes carries the number of its
-- ownership, so that one that was thought dead writes nothing.
CREATE TABLE monitor (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES tenant,
  portfolio_id  uuid NOT NULL REFERENCES portfolio,
  request       jsonb NOT NULL,
  created_by    uuid NOT NULL,            -- the API key: whoever may not approve what it asks for
  status        text NOT NULL CHECK (status IN ('active', 'paused')),
  decision      jsonb,                    -- the last one
  triggered_at  timestamptz,              -- when it last asked for a rebalance
  hedge_plan_id uuid,                     -- of the rebalance under way; null while there is none
  execution_id  uuid,
  owner         uuid,
  fence         bigint NOT NULL DEFAULT 0,
  lease_until   timestamptz,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  deleted_at    timestamptz
);
CREATE UNIQUE INDEX monitor_of_portfolio ON monitor (portfolio_id) WHERE deleted_at IS NULL;
CREATE INDEX ON monitor (tenant_id, id);
CREATE INDEX ON monitor (owner) WHERE status = 'active' AND deleted_at IS NULL;
CALL protect_tenant_table('monitor');

-- What it decided, whenever that was something else than before.
CREATE TABLE monitor_decision (
  id          uuid PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  monitor_id  uuid NOT NULL REFERENCES monitor,
  decision    jsonb NOT NULL
);
CREATE INDEX ON monitor_decision (monitor_id, id);
CALL protect_tenant_table('monitor_decision');
REVOKE UPDATE, DELETE ON monitor_decision FROM ballast_tenant;
