export interface Minimum2d {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/**
 * A local minimum of f(x, y) by Nelder-Mead (1965) with their coefficients 1, 2, ½, ½, from a simplex of sides dx and dy,
 * within `evaluations` calls of f (two more at most). f may be discontinuous, not NaN.
 */
export function minimum2d(
  f: (x: number, y: number) => number,
  x: number,
  y: number,
  dx: number,
  dy: number,
  evaluations: number,
): Minimum2d {
  const at = (px: number, py: number): Minimum2d => ({ x: px, y: py, value: f(px, py) });
  const simplex = [at(x, y), at(x + dx, y), at(x, y + dy)];
  const order = () => simplex.sort((a, b) => a.value - b.value);
  for (let used = 3; used < evaluations;) {
    order();
    const [best, middle, worst] = simplex as [Minimum2d, Minimum2d, Minimum2d];
    if (worst.value - best.value <= 1e-7 * Math.abs(best.value)) break;
    const cx = 0.5 * (best.x + middle.x);
    const cy = 0.5 * (best.y + middle.y);
    const along = (t: number) => at(cx + t * (worst.x - cx), cy + t * (worst.y - cy));
    const reflected = along(-1);
    used++;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      used++;
      simplex[2] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < middle.value) {
      simplex[2] = reflected;
    } else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      used++;
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[2] = contracted;
      else {
        simplex[1] = at(0.5 * (best.x + middle.x), 0.5 * (best.y + middle.y));
        simplex[2] = at(0.5 * (best.x + worst.x), 0.5 * (best.y + worst.y));
        used += 2;
      }
    }
  }
  order();
  return simplex[0]!;
}
