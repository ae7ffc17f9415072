-- Up Migration

CREATE TABLE execution (
  id                 uuid PRIMARY KEY,
  tenant_id          uuid NOT NULL REFERENCES tenant,
  hedge_plan_id      uuid NOT NULL UNIQUE REFERENCES hedge_plan,   -- one plan is executed once, for ever
  portfolio_id       uuid NOT NULL REFERENCES portfolio,
  request            jsonb NOT NULL,
  status             text NOT NULL,
  progress           real NOT NULL,
  attempt            integer NOT NULL,
  result             jsonb,
  problem            jsonb,
  created_at         timestamptz NOT NULL,
  started_at         timestamptz,
  heartbeat_at       timestamptz,
  finished_at        timestamptz
);
CREATE INDEX ON execution (tenant_id, id);
-- One book is hedged by one execution at a time: a second one would not see the fills of the first.
CREATE UNIQUE INDEX execution_in_flight ON execution (portfolio_id) WHERE status IN ('queued', 'running');
CALL protect_tenant_table('execution');

CREATE TABLE hedge_order (
  id                uuid PRIMARY KEY,
  tenant_id         uuid NOT NULL REFERENCES tenant,
  execution_id      uuid NOT NULL REFERENCES execution,
  leg               integer NOT NULL,
  client_order_id   text NOT NULL UNIQUE,
  venue             text NOT NULL,
  venue_order_id    text,
  symbol            text NOT NULL,
  terms             jsonb NOT NULL,       -- what the plan said of the order: instrument, side, limit, reference, costs
  quantity          numeric NOT NULL,
  filled_quantity   numeric NOT NULL,
  average_price     numeric,
  fee               numeric NOT NULL,
  status            text NOT NULL,
  reason            text,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  UNIQUE (execution_id, leg)
);
CREATE INDEX ON hedge_order (tenant_id, id);
CALL protect_tenant_table('hedge_order');

-- Every transition of every order, in order; replaying it gives the order's state.
CREATE TABLE order_transition (
  order_id    uuid NOT NULL REFERENCES hedge_order,
  sequence    integer NOT NULL,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  from_status text,
  to_status   text NOT NULL,
  reason      text,
  at          timestamptz NOT NULL,
  PRIMARY KEY (order_id, sequence)
);
CALL protect_tenant_table('order_transition');

CREATE TABLE fill (
  order_id   uuid NOT NULL REFERENCES hedge_order,
  trade_id   text NOT NULL,               -- the venue's; a fill that is told twice is counted once
  tenant_id  uuid NOT NULL REFERENCES tenant,
  quantity   numeric NOT NULL,
  price      numeric NOT NULL,
  fee        numeric NOT NULL,
  fee_currency text NOT NULL,
  at         timestamptz NOT NULL,
  PRIMARY KEY (order_id, trade_id)
);
CALL protect_tenant_table('fill');

-- The paper venue's own book, as an exchange would keep it: it answers by client order id and takes each one once.
CREATE TABLE paper_order (
  client_order_id  text PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES tenant,
  venue_order_id   text NOT NULL,
  report           jsonb NOT NULL,
  created_at       timestamptz NOT NULL
);
CALL protect_tenant_table('paper_order');
