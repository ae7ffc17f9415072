import {
  add,
  cdf,
  constant,
  divide,
  exponentialOf,
  greeksOf,
  logarithm,
  multiply,
  scale,
  seed,
  squareRoot,
  subtract,
  type ClosedFormGreeks,
  type JetMarket,
} from './jet.ts';
import { LEAST_DEVIATION } from './reflection.ts';

export const AVERAGINGS = ['continuous', 'discrete'] as const;
export type Averaging = (typeof AVERAGINGS)[number];

/** A European option on the geometric average of the spot from now to expiry. Prices > 0, all finite. */
export interface AsianInput extends JetMarket {
  readonly strike: number;
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly averaging: Averaging;
  /** Number of equally spaced fixings iT/n, i = 1…n, n >= 1; not read where averaging is continuous. */
  readonly fixings: number;
}

/**
 * Price and Greeks of a geometric average-price option. The average is lognormal: mean of its logarithm ln S + (b − σ²/2)·a·T,
 * variance σ²·v·T, with a = ½, v = ⅓ (Kemna & Vorst 1990) or, for n fixings, a = (n+1)/2n, v = (n+1)(2n+1)/6n² (Turnbull &
 * Wakeman 1991); n = 1 is the plain European option. Absolute error below 1e-12·S. Where σ√T = 0 the payoff is certain, half of the
 * slope at the strike exactly. Never NaN. theta is −∂V/∂T with the fixings staying equally spaced.
 */
export function asianGeometricGreeks(input: AsianInput): ClosedFormGreeks {
  const { strike, sign, fixings: n } = input;
  const discrete = input.averaging === 'discrete';
  const meanShare = discrete ? (n + 1) / (2 * n) : 0.5;
  const varianceShare = discrete ? ((n + 1) * (2 * n + 1)) / (6 * n * n) : 1 / 3;
  const { spot, vol, time, rate, dividendYield } = seed(input);
  const halfVariance = scale(multiply(vol, vol), 0.5);
  const growth = scale(subtract(subtract(rate, dividendYield), halfVariance), meanShare);
  const average = multiply(spot, exponentialOf(multiply(add(growth, scale(halfVariance, varianceShare)), time)));
  const discount = exponentialOf(scale(multiply(rate, time), -1));
  const shareLeg = multiply(average, discount);
  const strikeLeg = scale(discount, strike);
  if (!(input.vol * Math.sqrt(input.time) > LEAST_DEVIATION)) {
    const held = 0.5 * (1 + Math.sign(sign * (average.value - strike)));
    return greeksOf(scale(subtract(shareLeg, strikeLeg), sign * held));
  }
  const deviation = scale(multiply(vol, squareRoot(time)), Math.sqrt(varianceShare));
  const ratio = divide(subtract(logarithm(average), constant(Math.log(strike))), deviation);
  const d1 = add(ratio, scale(deviation, 0.5));
  const d2 = subtract(ratio, scale(deviation, 0.5));
  const price = subtract(multiply(shareLeg, cdf(scale(d1, sign))), multiply(strikeLeg, cdf(scale(d2, sign))));
  return greeksOf(scale(price, sign));
}
