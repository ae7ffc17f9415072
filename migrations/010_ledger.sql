-- Up Migration

-- What was traded for a portfolio, in the transaction that makes it positions: one row an order. Marks are never kept: the
-- ledger values the book from the market snapshots each time that it is asked.
CREATE TABLE ledger_trade (
  order_id          uuid PRIMARY KEY,
  tenant_id         uuid NOT NULL REFERENCES tenant,
  portfolio_id      uuid NOT NULL REFERENCES portfolio,
  portfolio_version integer NOT NULL,
  symbol            text NOT NULL,
  terms             jsonb NOT NULL,
  quantity          numeric NOT NULL,   -- signed, bought is positive
  price             numeric NOT NULL,
  reference_price   numeric NOT NULL,
  half_spread_bps   double precision NOT NULL,
  fee               numeric NOT NULL,
  fee_currency      text NOT NULL,
  created_at        timestamptz NOT NULL
);
CREATE INDEX ON ledger_trade (portfolio_id, portfolio_version);
CALL protect_tenant_table('ledger_trade');
