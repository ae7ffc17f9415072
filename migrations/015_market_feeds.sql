-- Up Migration

-- What brings a tenant market snapshots by itself. At most one worker owns a feed: it holds the lease, and a snapshot is written in the
-- transaction that moves its feed on, by the number of the ownership, so that none is written twice or by one that was thought dead.
CREATE TABLE market_feed (
  id                uuid PRIMARY KEY,
  tenant_id         uuid NOT NULL REFERENCES tenant,
  request           jsonb NOT NULL,
  status            text NOT NULL CHECK (status IN ('active', 'paused', 'finished')),
  due_at            timestamptz NOT NULL,       -- when it looks for the next snapshot
  snapshots         integer NOT NULL DEFAULT 0, -- written so far
  last_as_of        timestamptz,                -- of the last snapshot: the next is later
  last_snapshot     jsonb,
  failures          integer NOT NULL DEFAULT 0, -- since the last snapshot
  last_error        jsonb,
  owner             uuid,
  fence             bigint NOT NULL DEFAULT 0,
  lease_until       timestamptz,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  deleted_at        timestamptz
);
CREATE INDEX ON market_feed (tenant_id, id);
CREATE INDEX ON market_feed (owner) WHERE status = 'active' AND deleted_at IS NULL;
CALL protect_tenant_table('market_feed');
