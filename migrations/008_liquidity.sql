-- Up Migration

-- The terms of a share of a pool (LiquidityTerms, src/instruments/model.ts); null for everything else.
ALTER TABLE position ADD COLUMN pool jsonb;
