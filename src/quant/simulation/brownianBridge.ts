/** One point of a bridge: W at `step` = leftWeight·W(left) + rightWeight·W(right) + deviation·z. */
export interface BridgePoint {
  readonly step: number;
  /** 0 is the start, where W is 0. */
  readonly left: number;
  readonly right: number;
  readonly leftWeight: number;
  readonly rightWeight: number;
  readonly deviation: number;
}

/** A point between two that are known, by the law of W there: Glasserman, Monte Carlo methods in financial engineering, eq. 3.7. */
function between(left: number, right: number): BridgePoint {
  const step = (left + right) >> 1;
  const span = right - left;
  return {
    step,
    left,
    right,
    leftWeight: (right - step) / span,
    rightWeight: (step - left) / span,
    deviation: Math.sqrt(((right - step) * (step - left)) / span),
  };
}

/**
 * The order in which a Brownian motion of `steps` >= 1 unit steps is built: its end first, then the middle of each gap, the
 * widest gaps first. The first normals carry most of the variance, where a low-discrepancy sequence is at its best.
 */
export function brownianBridge(steps: number): BridgePoint[] {
  const end = { step: steps, left: 0, right: 0, leftWeight: 0, rightWeight: 0, deviation: Math.sqrt(steps) };
  const points: BridgePoint[] = [end];
  let gaps: [number, number][] = [[0, steps]];
  while (gaps.length > 0) {
    const open = gaps.filter(([left, right]) => right - left > 1).map(([left, right]) => between(left, right));
    points.push(...open);
    gaps = open.flatMap(({ left, step, right }): [number, number][] => [
      [left, step],
      [step, right],
    ]);
  }
  return points;
}
