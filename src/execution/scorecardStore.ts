import type { Tx } from '../platform/database.ts';
import type { CostSums, OrderSums } from './scorecards.ts';

interface ScorecardPeriod {
  from: Date;
  to: Date;
}

/** What the amounts of an order are in, as `shortfallOf` tells them. */
const CURRENCY = `CASE WHEN o.terms->'terms'->>'settlement' = 'inverse' THEN o.terms->>'underlying' ELSE o.terms->>'quote' END`;
/** Inverse contracts count quote currency: their notional in coin is the quantity over the price. */
const IS_INVERSE_CONTRACT = `o.terms->'terms'->>'settlement' = 'inverse' AND o.terms->'terms'->>'kind' <> 'option'`;

const notionalOf = (quantity: string): string =>
  `CASE WHEN ${IS_INVERSE_CONTRACT} THEN ${quantity} / (o.terms->>'referencePrice')::numeric ELSE ${quantity} * (o.terms->>'referencePrice')::numeric END`;

const COUNT = (condition: string): string => `(count(*) FILTER (WHERE ${condition}))::int`;

/** The orders of executions that were accepted in the period, without rehearsals. */
export async function sumOrders(tx: Tx, tenantId: string, { from, to }: ScorecardPeriod): Promise<OrderSums[]> {
  return tx.query<OrderSums>(
    `WITH looked AS (
       SELECT o.venue, o.terms->>'quote' AS quote, ${CURRENCY} AS currency, o.status, o.filled_quantity > 0 AS has_traded,
         o.submitted_at IS NOT NULL AS was_sent, ${notionalOf('o.quantity')} AS notional, ${notionalOf('o.filled_quantity')} AS traded,
         (SELECT extract(epoch FROM min(t.at) FILTER (WHERE t.to_status IN ('filled', 'canceled', 'expired', 'rejected'))
                                  - min(t.at) FILTER (WHERE t.to_status = 'submitted'))::float8
          FROM order_transition t WHERE t.order_id = o.id) AS seconds
       FROM hedge_order o JOIN execution e ON e.id = o.execution_id
       WHERE e.tenant_id = $1 AND e.created_at >= $2 AND e.created_at < $3 AND e.mode <> 'dry_run')
     SELECT venue, quote, currency, count(*)::int AS orders,
       ${COUNT(`status = 'filled'`)} AS filled,
       ${COUNT(`status IN ('canceled', 'expired') AND has_traded`)} AS "partiallyFilled",
       ${COUNT(`status IN ('canceled', 'expired') AND NOT has_traded`)} AS unfilled,
       ${COUNT(`status = 'rejected'`)} AS rejected, ${COUNT(`status = 'denied'`)} AS denied,
       ${COUNT(`status NOT IN ('filled', 'canceled', 'expired', 'rejected', 'denied')`)} AS open,
       coalesce(sum(notional) FILTER (WHERE was_sent), 0)::text AS "sentNotional",
       coalesce(sum(traded) FILTER (WHERE was_sent), 0)::text AS "tradedNotional",
       count(seconds)::int AS settled,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median, percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS p90
     FROM looked GROUP BY venue, quote, currency ORDER BY venue, quote, currency`,
    [tenantId, from, to],
  );
}

/**
 * The legs that traded, of executions that were accepted in the period and have ended, as their results tell them. What was crossed in
 * part says nothing of what the venue cost, nor does what has fees of unknown worth.
 */
export async function sumCosts(tx: Tx, tenantId: string, { from, to }: ScorecardPeriod): Promise<CostSums[]> {
  return tx.query<CostSums>(
    `WITH legs AS (
       SELECT e.request->>'venue' AS venue, o.quote, s->>'currency' AS currency, (s->>'bps')::float8 AS bps,
         (s->>'filledNotional')::numeric AS notional, (s->>'spread')::numeric AS spread, (s->>'impact')::numeric AS impact,
         (s->>'fee')::numeric AS fee, (s->>'total')::numeric AS total, (s->>'expectedBps')::numeric AS expected
       FROM execution e CROSS JOIN jsonb_array_elements(e.result->'shortfall') s
       JOIN LATERAL (SELECT h.terms->>'quote' AS quote FROM hedge_order h
         WHERE h.execution_id = e.id AND h.leg = (s->>'leg')::int LIMIT 1) o ON true
       WHERE e.tenant_id = $1 AND e.created_at >= $2 AND e.created_at < $3 AND e.status = 'succeeded' AND e.mode <> 'dry_run'
         AND NOT EXISTS (SELECT 1 FROM hedge_order c WHERE c.execution_id = e.id AND c.leg = (s->>'leg')::int
           AND c.venue = 'internal' AND c.filled_quantity > 0)
         AND coalesce(jsonb_array_length(s->'unpricedFees'), 0) = 0)
     SELECT venue, quote, currency, count(*)::int AS legs, sum(notional)::text AS "filledNotional", sum(spread)::text AS spread,
       sum(impact)::text AS impact, sum(fee)::text AS fee, avg(bps) AS "meanBps",
       coalesce(sum(notional) FILTER (WHERE expected IS NOT NULL), 0)::text AS "estimatedNotional",
       coalesce(sum(total) FILTER (WHERE expected IS NOT NULL), 0)::text AS "estimatedTotal",
       coalesce(sum(expected * notional / 10000), 0)::text AS expected
     FROM legs WHERE notional > 0 GROUP BY venue, quote, currency`,
    [tenantId, from, to],
  );
}
