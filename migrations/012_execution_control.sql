-- Up Migration

-- A tenant's accounts at venues. Credentials are sealed (AES-256-GCM) and never leave in clear.
CREATE TABLE venue_account (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES tenant,
  venue            text NOT NULL,
  name             text NOT NULL,
  public           jsonb NOT NULL,          -- what may be shown: chain, address, who signs
  sealed           bytea NOT NULL,
  reconciled_at    timestamptz,             -- when its open orders were last compared with ours
  created_at       timestamptz NOT NULL,
  deleted_at       timestamptz
);
CREATE INDEX ON venue_account (tenant_id, id);
CALL protect_tenant_table('venue_account');

-- Orders that a venue works for an account and that are not ours.
CREATE TABLE external_order (
  account_id       uuid NOT NULL REFERENCES venue_account,
  venue_order_id   text NOT NULL,
  tenant_id        uuid NOT NULL REFERENCES tenant,
  client_order_id  text,
  instrument       text NOT NULL,
  side             text NOT NULL,
  quantity         numeric NOT NULL,
  filled_quantity  numeric NOT NULL,
  first_seen_at    timestamptz NOT NULL,
  last_seen_at     timestamptz NOT NULL,
  PRIMARY KEY (account_id, venue_order_id)
);
CALL protect_tenant_table('external_order');

-- Whether orders may be sent, by tenant; what is not here is active.
CREATE TABLE trading_state (
  tenant_id   uuid PRIMARY KEY REFERENCES tenant,
  state       text NOT NULL CHECK (state IN ('active', 'reducing', 'halted')),
  reason      text NOT NULL,
  set_by      uuid NOT NULL,
  set_at      timestamptz NOT NULL
);
CALL protect_tenant_table('trading_state');

-- The same of everybody: one row, which tenants only read.
CREATE TABLE global_trading_state (
  singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  state       text NOT NULL CHECK (state IN ('active', 'reducing', 'halted')),
  reason      text NOT NULL,
  set_by      uuid NOT NULL,
  set_at      timestamptz NOT NULL
);
GRANT SELECT ON global_trading_state TO ballast_tenant;

-- What was said of it before, for the audit.
CREATE TABLE trading_state_change (
  id          uuid PRIMARY KEY,
  tenant_id   uuid REFERENCES tenant,
  state       text NOT NULL,
  reason      text NOT NULL,
  set_by      uuid NOT NULL,
  set_at      timestamptz NOT NULL
);
ALTER TABLE trading_state_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON trading_state_change TO ballast_tenant USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
GRANT SELECT, INSERT ON trading_state_change TO ballast_tenant;

CREATE TABLE trading_limits (
  tenant_id   uuid PRIMARY KEY REFERENCES tenant,
  limits      jsonb NOT NULL,
  updated_at  timestamptz NOT NULL
);
CALL protect_tenant_table('trading_limits');

ALTER TABLE execution
  ADD COLUMN mode text NOT NULL DEFAULT 'auto',
  ADD COLUMN account_id uuid REFERENCES venue_account,
  ADD COLUMN requested_by uuid,                       -- the API key; null where nobody asked, and for what is older
  ADD COLUMN waiting_for text,                        -- approval or signature, while it waits
  ADD COLUMN deadline timestamptz,                    -- of what it waits for
  ADD COLUMN approved_by uuid,
  ADD COLUMN approved_at timestamptz,
  ADD COLUMN cancel_requested_at timestamptz;
-- A rehearsal changes nothing, so there may be many of one plan.
ALTER TABLE execution DROP CONSTRAINT execution_hedge_plan_id_key;
CREATE UNIQUE INDEX execution_hedge_plan_id_key ON execution (hedge_plan_id) WHERE mode <> 'dry_run';
DROP INDEX execution_in_flight;
CREATE UNIQUE INDEX execution_in_flight ON execution (portfolio_id) WHERE status IN ('queued', 'running', 'waiting') AND mode <> 'dry_run';
CREATE INDEX ON execution (deadline) WHERE status = 'waiting';

ALTER TABLE hedge_order
  ADD COLUMN account_id uuid REFERENCES venue_account,
  ADD COLUMN slice integer NOT NULL DEFAULT 0,
  ADD COLUMN denial text,                             -- why we did not send it
  ADD COLUMN signature_request jsonb,                 -- what the client has to sign
  ADD COLUMN submitted_at timestamptz,
  ADD COLUMN fee_currency text,                       -- of the fills; null without any
  ADD COLUMN booked_fills integer NOT NULL DEFAULT 0, -- how many of the fills, in the order that they were told, are in the portfolio
  ADD COLUMN revisited_at timestamptz,                -- when an order that had ended short was looked at again
  ADD COLUMN overfilled boolean NOT NULL DEFAULT false,
  ADD COLUMN acknowledged_at timestamptz,
  DROP CONSTRAINT hedge_order_execution_id_leg_key,
  ADD UNIQUE (execution_id, leg, slice);
ALTER TABLE fill ADD COLUMN sequence bigint GENERATED ALWAYS AS IDENTITY;
GRANT USAGE ON SEQUENCE fill_sequence_seq TO ballast_tenant;
UPDATE hedge_order o SET booked_fills = (SELECT count(*) FROM fill f WHERE f.order_id = o.id)
  FROM execution e WHERE e.id = o.execution_id AND e.status = 'succeeded';
-- A fill that comes late is booked in a later version of the portfolio.
ALTER TABLE ledger_trade DROP CONSTRAINT ledger_trade_pkey, ADD PRIMARY KEY (order_id, portfolio_version);
UPDATE hedge_order o SET submitted_at = t.at FROM order_transition t WHERE t.order_id = o.id AND t.to_status = 'submitted';
CREATE INDEX ON hedge_order (tenant_id, submitted_at);
CREATE INDEX ON hedge_order (updated_at) WHERE status IN ('canceled', 'expired', 'rejected');

-- The log of an order is only ever added to.
REVOKE UPDATE, DELETE ON order_transition, fill FROM ballast_tenant;
