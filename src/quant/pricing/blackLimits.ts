import { CERTAIN, LEAST_DEVIATION } from './blackStages.ts';
import { exponential, logRatio, normalCdf } from './normal.ts';

/** Less time than this is none: 1/T stays finite. */
const LEAST_TIME = 1e-300;
const LOG_SQRT_TWO_PI = 0.9189385332046727;

/** 0 times anything is 0 here, infinity and NaN too: what has no weight has no say. */
function times(x: number, y: number): number {
  return x === 0 || y === 0 ? 0 : x * y;
}

/** d/σ√T with the limits: an infinite numerator stays so, and 0/0 is 0, which is N = ½. */
function standardisedBy(deviation: number, x: number): number {
  if (x === 0 || Math.abs(x) === Infinity) return x;
  return deviation > LEAST_DEVIATION ? x / deviation : x * Infinity;
}

function isAdmissible(values: readonly number[], sign: number): boolean {
  const [spot, strike, time, , , vol] = values as [number, number, number, number, number, number];
  return (
    values.every(Number.isFinite) && spot >= 0 && strike >= 0 && time >= 0 && vol >= 0 && (sign === 1 || sign === -1)
  );
}

/**
 * All outputs of the option in slot `i` whose inputs the stages of blackStages.ts cannot serve: strike or spot 0, no
 * randomness exactly at the money, sizes beyond 1e±100, σ√T beyond 1e8, rate·time or carry·time beyond ±200. Writes the
 * first `columns` (9 or 17) columns of the output.
 *
 * Straight from the textbook, with the limits taken: a far out-of-the-money price of such an option has absolute accuracy
 * (1e-16 of the larger leg) only. Where the density is 0 (|d| > 39, σ√T <= 1e-100) so is every Greek made of it. Infinity
 * where the true value exceeds the largest double. NaN only for inputs that are not admissible: not finite, negative spot,
 * strike, time or vol, or a sign that is neither 1 nor −1.
 */
export function writeLimits(
  input: Float64Array,
  output: Float64Array,
  count: number,
  i: number,
  columns: number,
): void {
  const values = [0, 1, 2, 3, 4, 5].map((c) => input[c * count + i]!);
  const sign = input[6 * count + i]!;
  const all = isAdmissible(values, sign) ? limits(values, sign) : [];
  for (let c = 0; c < columns; c++) output[c * count + i] = all[c] ?? NaN;
}

function limits(values: readonly number[], sign: number): number[] {
  const [spot, strike, time, rate, carry, vol] = values as [number, number, number, number, number, number];
  const carried = times(carry, time);
  const logMoneyness = spot === strike ? 0 : logRatio(spot, strike);
  // An infinite one, of a strike or a spot of 0, stays what it is under any carry.
  const x = Number.isFinite(logMoneyness) ? logMoneyness + carried : logMoneyness;
  const deviation = vol * Math.sqrt(time);
  const ratio = Math.max(Math.min(standardisedBy(deviation, x), CERTAIN), -CERTAIN);
  const random = deviation > LEAST_DEVIATION && time > LEAST_TIME && spot > 0 && strike > 0;
  const d1 = ratio + (random ? 0.5 * deviation : 0);
  const d2 = ratio - (random ? 0.5 * deviation : 0);
  const n1 = sign * normalCdf(sign * d1);
  const n2 = sign * normalCdf(sign * d2);
  const spotDiscount = exponential(times(carry - rate, time));
  const strikeDiscount = exponential(-times(rate, time));
  // The larger leg is taken out, so that two infinite ones are never subtracted.
  const lead = x >= 0 ? times(spot, spotDiscount) : times(strike, strikeDiscount);
  const spotShare = x >= 0 ? n1 : times(n1, exponential(x));
  const strikeShare = x >= 0 ? times(n2, exponential(-x)) : n2;
  const density = (scale: number): number =>
    random && Math.abs(d1) < 39 ? exponential(scale - 0.5 * d1 * d1 - LOG_SQRT_TWO_PI) : 0;
  const logLeg = logRatio(spot, 1) + times(carry - rate, time);
  const pdf = density(0);
  const a = density(logLeg);
  // a = A·n(d1) = B·n(d2), over the larger leg.
  const leadDensity = x >= 0 ? pdf : density(x);
  const gamma = density(logLeg - 2 * logRatio(spot, 1) - logRatio(deviation, 1));
  const vega = times(a, Math.sqrt(time));
  const turning = carry / deviation - d2 / (2 * time);
  const drift = rate - carry + times(d1, turning);
  const strikeStep = times(n2, strikeDiscount);
  const bend = d1 * d2 * (1 - d1 * d2) + d1 * d1 + d2 * d2;
  return [
    times(lead, Math.max(spotShare - strikeShare, 0)),
    times(n1, spotDiscount),
    gamma,
    vega,
    times(
      lead,
      times(rate - carry, spotShare) - times(rate, strikeShare) - times(leadDensity, (0.5 * vol) / Math.sqrt(time)),
    ),
    times(time, times(strike, strikeStep)),
    0 - times(density(times(carry - rate, time)), d2 / vol),
    times(vega, (d1 * d2) / vol),
    times(spotDiscount, times(rate - carry, n1) - times(pdf, turning)),
    0 - times(time, times(spot, times(n1, spotDiscount))),
    0 - times(gamma, (d1 / deviation + 1) / spot),
    times(gamma, (d1 * d2 - 1) / vol),
    times(gamma, drift + 0.5 / time),
    times(vega, drift - 0.5 / time),
    0 - times(times(vega, 1 / vol), bend / vol),
    0 - strikeStep,
    density(logLeg - 2 * logRatio(strike, 1) - logRatio(deviation, 1)),
  ];
}
