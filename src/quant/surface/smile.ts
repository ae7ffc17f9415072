import { normalCdf } from '../pricing/normal.ts';
import type { SmileCurve } from './smileCurve.ts';

/** What a delta of a strike is taken to be; all undiscounted, to the forward. */
export type SmileDelta = 'forward' | 'premium_adjusted';

export interface WingMetrics {
  /** 0.10 or 0.25. */
  readonly delta: number;
  readonly callStrike: number;
  readonly callVol: number;
  readonly putStrike: number;
  readonly putVol: number;
  /** Call less put volatility. */
  readonly riskReversal: number;
  /** Mean of call and put volatility less that at the money. */
  readonly butterfly: number;
}

export interface SmileMetrics {
  /** σ at K = F, decimal. */
  readonly atmVol: number;
  /** ∂σ/∂ln K at K = F, at fixed forward. */
  readonly skew: number;
  /** ∂²σ/∂(ln K)² at K = F. */
  readonly curvature: number;
  /** 25 and 10 delta, in this order; a wing that has no such strike is left out. */
  readonly wings: readonly WingMetrics[];
}

const DELTAS = [0.25, 0.1] as const;

/**
 * How a smile looks to a trader: level, skew and curvature at the forward, risk reversals and butterflies at 25 and 10 delta.
 * `forward` delta is φN(φd1), `premium_adjusted` φ(K/F)N(φd2), the net one of coin-settled options, of whose two call strikes
 * the higher is taken. The butterfly is the smile's own (strikes at their own volatility), not the broker's strangle.
 *
 * `no_variance` where w(0) is not above 0. Precondition: forward and time > 0.
 */
export function smileMetrics(
  curve: SmileCurve,
  forward: number,
  time: number,
  convention: SmileDelta = 'forward',
): SmileMetrics | 'no_variance' {
  const w = curve.variance(0);
  if (!(w > 0)) return 'no_variance';
  const root = Math.sqrt(w);
  const slope = curve.slope(0) / (2 * root);
  const bend = curve.curvature(0) / (2 * root) - (slope * slope) / root;
  const perYear = Math.sqrt(time);
  const atmVol = root / perYear;
  const wings = DELTAS.flatMap((delta) => wingOf(curve, forward, time, delta, convention, atmVol) ?? []);
  return { atmVol, skew: slope / perYear, curvature: bend / perYear, wings };
}

function wingOf(
  curve: SmileCurve,
  forward: number,
  time: number,
  delta: number,
  convention: SmileDelta,
  atmVol: number,
): WingMetrics | undefined {
  const call = deltaMoneyness(curve, delta, 1, convention);
  const put = deltaMoneyness(curve, delta, -1, convention);
  if (call === undefined || put === undefined) return undefined;
  const volAt = (k: number) => Math.sqrt(curve.variance(k) / time);
  const [callVol, putVol] = [volAt(call), volAt(put)];
  return {
    delta,
    callStrike: forward * Math.exp(call),
    callVol,
    putStrike: forward * Math.exp(put),
    putVol,
    riskReversal: callVol - putVol,
    butterfly: 0.5 * (callVol + putVol) - atmVol,
  };
}

/** In ATM standard deviations: farther out no option of 10 delta lies, whatever the smile. */
const FARTHEST = 12;
const STEPS = 240;
const HALVINGS = 60;

/**
 * The k at which an option of the smile has this |delta|, the crossing farthest from the money on its side; undefined where there
 * is none within 12 ATM deviations.
 *
 * @param delta above 0; beyond the greatest premium-adjusted delta there is no strike
 * @param sign +1 call, −1 put
 */
export function deltaMoneyness(
  curve: SmileCurve,
  delta: number,
  sign: number,
  convention: SmileDelta,
): number | undefined {
  const step = (sign * FARTHEST * Math.sqrt(curve.variance(0))) / STEPS;
  const excess = (k: number) => absoluteDelta(k, curve.variance(k), sign, convention) - delta;
  for (let i = STEPS; i > -STEPS; i--) {
    if (!(excess((i - 1) * step) >= 0 && excess(i * step) < 0)) continue;
    let [inner, outer] = [(i - 1) * step, i * step];
    for (let j = 0; j < HALVINGS; j++) {
      const middle = 0.5 * (inner + outer);
      if (excess(middle) >= 0) inner = middle;
      else outer = middle;
    }
    return 0.5 * (inner + outer);
  }
  return undefined;
}

function absoluteDelta(k: number, w: number, sign: number, convention: SmileDelta): number {
  const root = Math.sqrt(w);
  const middle = -k / root;
  if (convention === 'forward') return normalCdf(sign * (middle + 0.5 * root));
  return Math.exp(k) * normalCdf(sign * (middle - 0.5 * root));
}
