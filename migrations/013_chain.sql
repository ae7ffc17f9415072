-- Up Migration

-- Who trades with an address on a chain. Its nonces are given out one after another by whoever holds this row's lock. One
-- address belongs to one tenant: two would take each other's nonces.
CREATE TABLE chain_account (
  chain_id    bigint NOT NULL,
  address     text NOT NULL CHECK (address = lower(address)),
  tenant_id   uuid NOT NULL REFERENCES tenant,
  PRIMARY KEY (chain_id, address)
);
CALL protect_tenant_table('chain_account');

-- An order as the on-chain venue took it, with how it decided to work it. It takes each id once.
CREATE TABLE chain_order (
  client_order_id      text PRIMARY KEY,
  tenant_id            uuid NOT NULL REFERENCES tenant,
  account_id           uuid NOT NULL,
  chain                text NOT NULL,
  chain_id             bigint NOT NULL,
  address              text NOT NULL,
  asked                jsonb NOT NULL,        -- symbol, side, quantity, the two tokens
  decision             jsonb NOT NULL,        -- block, route, quotes seen, what was expected
  rejection            text,                  -- why nothing was sent
  valid_until          timestamptz NOT NULL,
  cancel_requested_at  timestamptz,
  created_at           timestamptz NOT NULL
);
CREATE INDEX ON chain_order (tenant_id, account_id);
CALL protect_tenant_table('chain_order');

-- One nonce of one address: what it is for, and where that stands. Written before anything is signed.
CREATE TABLE chain_transaction (
  id                uuid PRIMARY KEY,
  tenant_id         uuid NOT NULL REFERENCES tenant,
  client_order_id   text NOT NULL REFERENCES chain_order,
  part              integer NOT NULL,
  purpose           text NOT NULL,
  chain_id          bigint NOT NULL,
  address           text NOT NULL,
  nonce             bigint NOT NULL,
  call              jsonb NOT NULL,           -- to, data, value, gas
  mempool           text NOT NULL,
  state             text NOT NULL,
  reason            text,
  asked             jsonb NOT NULL,           -- what is to be signed next: sequence, call or cancel, its fees
  receipt           jsonb,                    -- of the attempt that was mined; gone when its block is
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  UNIQUE (client_order_id, part)
);
-- A nonce is used for one purpose, whoever asks, until it is known that nothing was signed for it or that nobody has taken it.
CREATE UNIQUE INDEX chain_nonce ON chain_transaction (chain_id, address, nonce) WHERE state <> 'released';
CALL protect_tenant_table('chain_transaction');

-- Everything that was signed for a nonce, written before it is sent. Each of them may be the one that is mined.
CREATE TABLE chain_attempt (
  transaction_id  uuid NOT NULL REFERENCES chain_transaction,
  sequence        integer NOT NULL,
  tenant_id       uuid NOT NULL REFERENCES tenant,
  hash            text NOT NULL,
  kind            text NOT NULL,              -- call or cancel
  fees            jsonb NOT NULL,
  raw             text NOT NULL,
  signed_at       timestamptz NOT NULL,
  sends           integer NOT NULL,           -- counted before each is made
  refusals        integer NOT NULL,           -- of them, those that the node refused for good
  sent_at         timestamptz,
  outcome         text,                       -- of the last sending
  detail          text,
  PRIMARY KEY (transaction_id, sequence)
);
CALL protect_tenant_table('chain_attempt');
