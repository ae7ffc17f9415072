-- Up Migration

CREATE TABLE market_snapshot (
  id          uuid PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  as_of       timestamptz NOT NULL,
  source      text NOT NULL,
  data        jsonb NOT NULL,
  created_at  timestamptz NOT NULL
);
CREATE INDEX ON market_snapshot (tenant_id, id);
CREATE INDEX ON market_snapshot (tenant_id, as_of DESC, id DESC);
CALL protect_tenant_table('market_snapshot');
