/** Where a hedge trades to, once a greek has left its band. */
export type Rebalance = 'target' | 'edge';

/**
 * How much of the greek a hedge has to add: 0 while |exposure − target| ≤ tolerance (tolerance ≥ 0), else back to the
 * target, or to the nearest edge of the band. Trading to the edge is what proportional costs call for (Whalley & Wilmott
 * 1997); trading to the target leaves the most room until the next trade.
 */
export function requiredHedge(exposure: number, target: number, tolerance: number, rebalance: Rebalance): number {
  const excess = exposure - target;
  if (Math.abs(excess) <= tolerance) return 0;
  return rebalance === 'target' ? -excess : Math.sign(excess) * tolerance - excess;
}
