-- Up Migration

CREATE TABLE hedge_policy (
  id          uuid PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  name        text NOT NULL,
  version     integer NOT NULL,
  created_at  timestamptz NOT NULL
);
CREATE INDEX ON hedge_policy (tenant_id, id);
CALL protect_tenant_table('hedge_policy');

-- Versions never change: a plan, a monitor or a backtest names the one that it was made by.
CREATE TABLE hedge_policy_version (
  policy_id   uuid NOT NULL REFERENCES hedge_policy,
  version     integer NOT NULL,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  name        text NOT NULL,
  policy      jsonb NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (policy_id, version)
);
CALL protect_tenant_table('hedge_policy_version');
