-- Up Migration

-- Every request and every job runs as this role, so row-level security holds even where the login is a superuser.
-- Roles are cluster-wide while databases are many: another database may be creating it at this very moment.
DO $$ BEGIN
  CREATE ROLE ballast_tenant NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  IF NOT pg_has_role(current_user, 'ballast_tenant', 'MEMBER') THEN
    GRANT ballast_tenant TO CURRENT_USER;
  END IF;
END $$;
GRANT USAGE ON SCHEMA public TO ballast_tenant;

-- The tenant that the current transaction acts for; an unset tenant sees nothing.
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
  RETURN nullif(current_setting('ballast.tenant', true), '')::uuid;

-- Gives a tenant table its second lock. Called once by the migration that creates the table.
CREATE PROCEDURE protect_tenant_table(name regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY tenant_isolation ON %s TO ballast_tenant
                  USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', name);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO ballast_tenant', name);
END $$;

CREATE TABLE tenant (
  id          uuid PRIMARY KEY,
  name        text NOT NULL,
  created_at  timestamptz NOT NULL
);

CREATE TABLE api_key (
  id          uuid PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  name        text NOT NULL,
  prefix      text NOT NULL,           -- the first characters, shown in lists so that a person can tell keys apart
  hash        bytea NOT NULL UNIQUE,   -- SHA-256 of the whole key; keys carry 256 random bits, so no salt is needed
  scopes      text[] NOT NULL,
  created_at  timestamptz NOT NULL,
  revoked_at  timestamptz
);
CREATE INDEX ON api_key (tenant_id, id);
CALL protect_tenant_table('api_key');

CREATE TABLE idempotency_key (
  tenant_id    uuid NOT NULL REFERENCES tenant,
  key          text NOT NULL,
  fingerprint  bytea NOT NULL,         -- SHA-256 of method, path and body
  resource_id  uuid NOT NULL,          -- the id of whatever the request creates: a second try after a crash meets the first
  locked_at    timestamptz NOT NULL,
  status       integer,                -- null while the first request is in flight
  headers      jsonb,
  body         bytea,                  -- sealed: it may hold a secret that is shown once
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX ON idempotency_key (locked_at);
CALL protect_tenant_table('idempotency_key');

-- Work to be handed to the queue. Written in the transaction that creates the work, deleted once the queue has it.
CREATE TABLE outbox (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  queue       text NOT NULL,
  subject     uuid NOT NULL,
  created_at  timestamptz NOT NULL
);
CALL protect_tenant_table('outbox');
GRANT USAGE ON SEQUENCE outbox_id_seq TO ballast_tenant;

-- The event log. Identities are drawn before commit, so `id > cursor` loses rows under concurrency: readers page by
-- (xid, id) and stay below pg_snapshot_xmin, where every transaction has ended.
CREATE TABLE event (
  xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id          bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  type        text NOT NULL,
  subject     uuid NOT NULL,           -- the resource that the event is about
  data        jsonb NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (xid, id)
);
CREATE INDEX ON event (tenant_id, xid, id);
CALL protect_tenant_table('event');
GRANT USAGE ON SEQUENCE event_id_seq TO ballast_tenant;

-- How far each reader of the whole log has come.
CREATE TABLE event_cursor (
  reader  text PRIMARY KEY,
  xid     xid8 NOT NULL,
  id      bigint NOT NULL
);
