-- Up Migration

CREATE TABLE webhook_endpoint (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES tenant,
  url              text NOT NULL,
  description      text NOT NULL,
  event_types      text[] NOT NULL,     -- empty: every type
  secret           bytea NOT NULL,      -- AES-256-GCM under BALLAST_SECRET_KEY: nonce, tag, ciphertext
  created_at       timestamptz NOT NULL,
  failing_since    timestamptz,         -- the first failure since the last success
  disabled_at      timestamptz,
  disabled_reason  text
);
CREATE INDEX ON webhook_endpoint (tenant_id, id);
CALL protect_tenant_table('webhook_endpoint');

CREATE TABLE webhook_delivery (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES tenant,
  endpoint_id      uuid NOT NULL REFERENCES webhook_endpoint ON DELETE CASCADE,
  event_id         bigint NOT NULL,
  event_type       text NOT NULL,
  body             text NOT NULL,       -- the very bytes that are signed and sent, the same at every attempt
  status           text NOT NULL,       -- pending, succeeded, failed
  attempts         integer NOT NULL,
  next_attempt_at  timestamptz,         -- null once settled; pushed ahead while a sender holds the delivery
  created_at       timestamptz NOT NULL,
  finished_at      timestamptz,
  UNIQUE (endpoint_id, event_id)
);
CREATE INDEX ON webhook_delivery (next_attempt_at) WHERE status = 'pending';
CREATE INDEX ON webhook_delivery (tenant_id, endpoint_id, id);
CALL protect_tenant_table('webhook_delivery');

CREATE TABLE webhook_attempt (
  delivery_id  uuid NOT NULL REFERENCES webhook_delivery ON DELETE CASCADE,
  attempt      integer NOT NULL,
  tenant_id    uuid NOT NULL REFERENCES tenant,
  at           timestamptz NOT NULL,
  duration_ms  integer NOT NULL,
  status_code  integer,
  error        text,
  response     text,                    -- the first 2,000 characters of the answer
  PRIMARY KEY (delivery_id, attempt)
);
CALL protect_tenant_table('webhook_attempt');
