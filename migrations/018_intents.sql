-- Up Migration

-- An order that was handed to a service to be settled by others. It has its name, and is here, before it is signed; what was signed is
-- here before it is sent. Whatever the service says, only the chain tells whether it was settled.
CREATE TABLE chain_intent (
  client_order_id   text PRIMARY KEY REFERENCES chain_order,
  tenant_id         uuid NOT NULL REFERENCES tenant,
  chain_id          bigint NOT NULL,
  address           text NOT NULL CHECK (address = lower(address)),
  service           text NOT NULL,
  uid               text NOT NULL,
  intent            jsonb NOT NULL,           -- what is signed, and sent beside the signature
  from_block        bigint NOT NULL,          -- it cannot have been settled before
  state             text NOT NULL,
  reason            text,
  signature         text,
  sends             integer NOT NULL,         -- counted before each is made
  refusals          integer NOT NULL,         -- of them, those that the service refused
  sent_at           timestamptz,
  cancel_signature  text,
  cancel_taken_at   timestamptz,              -- when the service answered that it is taken back
  hashes            jsonb NOT NULL,           -- of transactions that may have settled it
  settlement        jsonb,                    -- of the one that did; gone when its block is
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  UNIQUE (chain_id, uid)
);
CREATE INDEX ON chain_intent (chain_id, address);
-- What is in the logs once fills one order.
CREATE UNIQUE INDEX chain_settlement ON chain_intent (chain_id, (settlement->>'hash'), (settlement->>'logIndex')) WHERE settlement IS NOT NULL;
CALL protect_tenant_table('chain_intent');
