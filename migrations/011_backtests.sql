-- Up Migration

-- Work that is made of pieces: a job of `queue` that waits for one job of `piece_queue` for each of `pieces`.
ALTER TABLE outbox ADD COLUMN piece_queue text, ADD COLUMN pieces uuid[];

CREATE TABLE backtest (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES tenant,
  request       jsonb NOT NULL,       -- with the policies as they were when it was asked for
  status        text NOT NULL,
  progress      real NOT NULL,
  attempt       integer NOT NULL,
  result        jsonb,
  problem       jsonb,
  created_at    timestamptz NOT NULL,
  started_at    timestamptz,
  heartbeat_at  timestamptz,
  finished_at   timestamptz
);
CREATE INDEX ON backtest (tenant_id, id);
CREATE INDEX ON backtest (status) WHERE status IN ('queued', 'running');
CALL protect_tenant_table('backtest');

-- Some of the paths of a backtest. Which ones follows from `ordinal` alone, so that a piece that is done again is the same.
CREATE TABLE backtest_shard (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES tenant,
  backtest_id   uuid NOT NULL REFERENCES backtest,
  ordinal       integer NOT NULL,
  request       jsonb NOT NULL,
  status        text NOT NULL,
  progress      real NOT NULL,
  attempt       integer NOT NULL,
  result        jsonb,
  problem       jsonb,
  outcome       bytea,                -- what the paths came to, columnar doubles; gone once the backtest has ended
  created_at    timestamptz NOT NULL,
  started_at    timestamptz,
  heartbeat_at  timestamptz,
  finished_at   timestamptz,
  UNIQUE (backtest_id, ordinal)
);
CREATE INDEX ON backtest_shard (status) WHERE status IN ('queued', 'running');
CALL protect_tenant_table('backtest_shard');
