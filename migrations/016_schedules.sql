-- Up Migration

-- An execution in slices over time: the plan's orders whole, of which each order of its own holds a slice; the last slice that has ended,
-- and the last version of the portfolio that holds fills of it.
ALTER TABLE execution
  ADD COLUMN legs jsonb,                              -- null without a schedule
  ADD COLUMN slice_done integer NOT NULL DEFAULT -1,
  ADD COLUMN booked_version integer;
-- Venue scorecards look at a period.
CREATE INDEX ON execution (tenant_id, created_at);
