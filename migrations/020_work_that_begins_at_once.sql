-- Up Migration

-- Work that begins at once is handed to the queue only if it has not ended by then.
ALTER TABLE outbox ADD COLUMN due_at timestamptz;
CREATE INDEX ON outbox (subject) WHERE due_at IS NOT NULL;
