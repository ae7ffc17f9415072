import { curveAt, surfaceCurves, type SmileParameters } from './fittedSurface.ts';
import { durrleman } from './svi.ts';

/**
 * Why there is no local volatility: `invalid` argument, or a surface without a quote; `butterfly` g <= 0 and `calendar` ∂w/∂T < 0
 * there, so that no diffusion gives these prices.
 */
export type NoLocalVol = 'invalid' | 'butterfly' | 'calendar';

/**
 * Dupire's local volatility of a fitted surface, in total variance (Gatheral 2006, eq 1.10): σ²(k, T) = (∂w/∂T at fixed k)/g(k).
 *
 * `localVol(k, time)` takes k = ln(K/F_T) and years, both of the point on the path; decimal volatility per √year. w is
 * piecewise linear in time, so ∂w/∂T jumps at an expiry: there it is the one of the interval that ends. At time 0 it is the
 * limit T → 0 along k = 0, and elsewhere the same by scaling: the smile of the first expiry in k, where g → (1 − kw'/2w)².
 */
export function localVolSurface(data: {
  readonly expiries: readonly { time: number; parameters: SmileParameters }[];
}): (k: number, time: number) => number | NoLocalVol {
  const curves = surfaceCurves(data.expiries);
  return (k, time) => {
    if (!(time >= 0 && time < Infinity && Math.abs(k) < Infinity)) return 'invalid';
    const [first, last] = [curves[0], curves.at(-1)];
    if (!first || !last) return 'invalid';
    const years = time === 0 ? first.time * SHORT : time;
    const curve = curveAt(curves, years)!;
    const next = curves.findIndex((each) => each.time >= years);
    const rate =
      next === 0
        ? first.curve.variance(k) / first.time
        : next === -1
          ? last.curve.variance(0) / last.time
          : (curves[next]!.curve.variance(k) - curves[next - 1]!.curve.variance(k)) /
            (curves[next]!.time - curves[next - 1]!.time);
    if (rate < 0) return 'calendar';
    const g = durrleman(k, curve.variance(k), curve.slope(k), curve.curvature(k));
    return g > 0 ? Math.sqrt(rate / g) : 'butterfly';
  };
}

/** Part of the first expiry at which the limit T → 0 is read: g is linear and quadratic in it, to rounding at its limit. */
const SHORT = 1e-12;
