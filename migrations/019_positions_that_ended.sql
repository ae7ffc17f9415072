-- Up Migration

-- What left a book since a version that is held in memory. Of what stays in it nothing is here, so that storing a book costs no more; what
-- came in is found by the primary key.
CREATE INDEX ON position (portfolio_id, to_version) WHERE to_version IS NOT NULL;
