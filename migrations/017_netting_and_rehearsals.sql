-- Up Migration

-- The internal venue's own book: orders of one tenant that wait for a moment to be crossed with the opposite orders of its other portfolios
-- before they go on to their venue. It answers by client order id and takes each one once.
CREATE TABLE crossing_order (
  client_order_id  text PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES tenant,
  venue            text NOT NULL,           -- that it goes on to: what is held at one venue cannot be given to another,
  account_id       uuid,                    -- nor what is held in one account
  symbol           text NOT NULL,
  terms            jsonb NOT NULL,
  side             text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity         numeric NOT NULL CHECK (quantity > 0),
  crossed          numeric NOT NULL DEFAULT 0 CHECK (crossed BETWEEN 0 AND quantity),
  lot_size         numeric NOT NULL,
  limit_price      numeric NOT NULL,
  max_quote_age_seconds  float8,            -- of the execution; null without a limit of its own
  valid_until      timestamptz NOT NULL,
  closes_at        timestamptz NOT NULL,
  status           text NOT NULL CHECK (status IN ('open', 'filled', 'canceled')),
  reason           text,
  created_at       timestamptz NOT NULL
);
CREATE INDEX ON crossing_order (tenant_id, symbol) WHERE status = 'open';
CALL protect_tenant_table('crossing_order');

-- One crossing: what was bought is what was sold, at one price.
CREATE TABLE crossing (
  id                  uuid PRIMARY KEY,
  tenant_id           uuid NOT NULL REFERENCES tenant,
  venue               text NOT NULL,
  account_id          uuid,
  symbol              text NOT NULL,
  price               numeric NOT NULL,
  quantity            numeric NOT NULL,     -- of either side
  market_snapshot_id  uuid NOT NULL,        -- whose middle the price is
  at                  timestamptz NOT NULL
);
CREATE INDEX ON crossing (tenant_id, id);
CALL protect_tenant_table('crossing');

-- What each order had of it: its fill.
CREATE TABLE crossing_share (
  crossing_id      uuid NOT NULL REFERENCES crossing,
  client_order_id  text NOT NULL REFERENCES crossing_order,
  tenant_id        uuid NOT NULL REFERENCES tenant,
  open_quantity    numeric NOT NULL,        -- that it could have had, in whole lots
  quantity         numeric NOT NULL,
  PRIMARY KEY (crossing_id, client_order_id)
);
CREATE INDEX ON crossing_share (client_order_id);
CALL protect_tenant_table('crossing_share');

-- The audit is only ever added to.
REVOKE UPDATE, DELETE ON crossing, crossing_share FROM ballast_tenant;

-- What a rehearsal of the paper venue does to an order: no answer before `out_until`, no fill before `works_until`. An order whose
-- submission was lost on the way has no report.
ALTER TABLE paper_order
  ALTER COLUMN report DROP NOT NULL,
  DROP COLUMN venue_order_id,
  ADD COLUMN out_until timestamptz,
  ADD COLUMN works_until timestamptz;
