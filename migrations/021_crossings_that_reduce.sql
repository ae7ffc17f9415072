-- Up Migration

-- The delta that the whole order adds to its book, and that of the book before it, as its plan has them: while trading is only reducing,
-- what would not make the delta smaller is not crossed. Null where the plan does not tell, as of the orders that are here already: those count as
-- if they did not.
ALTER TABLE crossing_order
  ADD COLUMN delta         float8,
  ADD COLUMN delta_before  float8;
