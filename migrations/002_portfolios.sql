-- Up Migration

CREATE TABLE portfolio (
  id          uuid PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES tenant,
  name        text NOT NULL,
  version     integer NOT NULL,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL
);
CREATE INDEX ON portfolio (tenant_id, id);
CALL protect_tenant_table('portfolio');

CREATE TABLE portfolio_version (
  portfolio_id    uuid NOT NULL REFERENCES portfolio,
  version         integer NOT NULL,
  tenant_id       uuid NOT NULL REFERENCES tenant,
  as_of           timestamptz NOT NULL,   -- the instant that the book is stated at
  position_count  integer NOT NULL,
  cause           text NOT NULL,          -- created, replaced, changed, filled
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (portfolio_id, version)
);
CALL protect_tenant_table('portfolio_version');

-- A position lives from one version to another (exclusive); a version is the set of the positions alive in it. A change
-- of one position costs one row, and no row is ever rewritten but for the version that ends it.
CREATE TABLE position (
  portfolio_id   uuid NOT NULL REFERENCES portfolio,
  position_id    text COLLATE "C" NOT NULL,
  from_version   integer NOT NULL,
  to_version     integer,
  tenant_id      uuid NOT NULL REFERENCES tenant,
  symbol         text NOT NULL,
  kind           text NOT NULL,
  underlying     text NOT NULL,
  quote          text NOT NULL,
  settlement     text NOT NULL,
  option_type    text,
  strike         numeric,
  expiry         timestamptz,
  quantity       numeric NOT NULL,
  multiplier     numeric NOT NULL,
  average_price  numeric,
  PRIMARY KEY (portfolio_id, position_id, from_version)
);
CALL protect_tenant_table('position');
