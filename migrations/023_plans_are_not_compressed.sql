-- Up Migration

-- A plan is some four kilobytes. Compressing it, so that its row fits four to a page, takes as long as all else that writing it takes.
ALTER TABLE hedge_plan SET (toast_tuple_target = 8160);

-- Down Migration

ALTER TABLE hedge_plan RESET (toast_tuple_target);
