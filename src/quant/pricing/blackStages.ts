import {
  exponential,
  exponentialMinusOne,
  flushedExponential,
  INV_SQRT_TWO_PI,
  logRatio,
  millsDenominator,
  millsGap,
  millsNumerator,
} from './normal.ts';

/*
 * The stages in which a block of European options is priced. Each is a loop of its own for two measured reasons. V8 inlines
 * the mathematics only while a caller stays small, and an inlined call passes doubles in registers where any other
 * allocates them. And a processor overlaps several options when the chain of dependent operations in one turn of a loop is
 * short. Columns are those of INPUT_COLUMNS and ALL_OUTPUT_COLUMNS (black.ts): column c of option i at `[c * count + i]`.
 *
 * The SIMD kernel (quant/kernel/assembly) does the same operations in the same order, two options at a time: whoever
 * changes one changes both, and the tests compare them bit for bit.
 */

/** The most options that a stage takes at once: the scratch arrays stay in the first-level cache. */
export const BLOCK = 128;

/** Below this σ√T an option is taken as deterministic: 1/σ√T and its squares stay finite. */
export const LEAST_DEVIATION = 1e-100;
/** ln(F/K)/σ√T is cut here, far beyond the 37.6 where n(d) is 0: deterministic options go through the stages as others do. */
export const CERTAIN = 1000;
/** Above this σ or σ√T the polynomials of the Mills ratio, or 1/T, might overflow. */
const MOST_DEVIATION = 1e8;
/** Within these bounds of money, and of |rate·time| and |carry·time|, no product of the stages leaves the range of doubles. */
const LEAST_MONEY = 1e-100;
const MOST_MONEY = 1e100;
const MOST_GROWTH = 200;
/** Below this half σ√T the difference of two Mills ratios would cancel (by 2h/σ√T): a series takes over. */
const SERIES_BELOW = 0.05;

/*
 * Scratch of the stages, one slot per option of a block. Plain module state is safe: a thread has its own module, and
 * nothing between the first and the last stage gives up control.
 */
const logMoneyness = new Float64Array(BLOCK);
const spotLegs = new Float64Array(BLOCK);
const strikeLegs = new Float64Array(BLOCK);
const intrinsics = new Float64Array(BLOCK);
const rootTimes = new Float64Array(BLOCK);
const invDeviations = new Float64Array(BLOCK);
const standardised = new Float64Array(BLOCK);
const halfDeviations = new Float64Array(BLOCK);
const densities = new Float64Array(BLOCK);
const spotTails = new Float64Array(BLOCK);
const strikeTails = new Float64Array(BLOCK);
const tailGaps = new Float64Array(BLOCK);
const spotSides = new Float64Array(BLOCK);
const strikeSides = new Float64Array(BLOCK);
/** Slots of the options that the stages cannot serve, filled by {@link standardise}. */
export const irregular = new Int32Array(BLOCK);

/**
 * Stage 1: discounted legs A = Se^{(b−r)T} and B = Ke^{−rT}, A − B formed without rounding the carry factor, ln(F/K), √T.
 * ln(F/K) is NaN where money or growth are out of bounds, or the sign is none.
 */
export function discountLegs(input: Float64Array, count: number, from: number, size: number): void {
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const spot = input[i]!;
    const strike = input[count + i]!;
    const time = input[2 * count + i]!;
    const carried = input[4 * count + i]! * time;
    const discounted = -input[3 * count + i]! * time;
    const discount = exponential(discounted);
    const growth = spot * exponentialMinusOne(carried);
    const bounded =
      spot >= LEAST_MONEY &&
      spot <= MOST_MONEY &&
      strike >= LEAST_MONEY &&
      strike <= MOST_MONEY &&
      Math.abs(carried) <= MOST_GROWTH &&
      Math.abs(discounted) <= MOST_GROWTH &&
      Math.abs(input[6 * count + i]!) === 1;
    logMoneyness[j] = bounded ? logRatio(spot, strike) + carried : NaN;
    rootTimes[j] = Math.sqrt(time);
    spotLegs[j] = discount * (spot + growth);
    strikeLegs[j] = discount * strike;
    intrinsics[j] = discount * (spot - strike + growth);
  }
}

/**
 * Stage 2: ln(F/K)/σ√T and the shared density a = A·n(d1) = B·n(d2). Returns how many options are irregular: inputs out of
 * bounds, not numbers, or no randomness left exactly at the money. The next stages compute what they will for those.
 */
export function standardise(input: Float64Array, count: number, from: number, size: number): number {
  let found = 0;
  for (let j = 0; j < size; j++) {
    const vol = input[5 * count + from + j]!;
    const spread = vol * rootTimes[j]!;
    const deviation = Math.max(spread, LEAST_DEVIATION);
    const invDeviation = 1 / deviation;
    const ratio = Math.max(Math.min(logMoneyness[j]! * invDeviation, CERTAIN), -CERTAIN);
    const distance = Math.abs(ratio);
    const random = distance < CERTAIN && spread > LEAST_DEVIATION;
    const bounded = vol >= 0 && vol <= MOST_DEVIATION && spread <= MOST_DEVIATION;
    if (!(bounded && (random || distance === CERTAIN))) irregular[found++] = j;
    const d1 = ratio + 0.5 * deviation;
    invDeviations[j] = invDeviation;
    standardised[j] = ratio;
    halfDeviations[j] = 0.5 * deviation;
    densities[j] = spotLegs[j]! * INV_SQRT_TWO_PI * flushedExponential(-0.5 * d1 * d1);
  }
  return found;
}

/**
 * Stage 3: the tails A·N(−|d1|) = a·M(|d1|) and B·N(−|d2|) = a·M(|d2|), their difference, and on which side of zero d1 and
 * d2 lie. One density and two Mills ratios: nothing is subtracted that was not computed to full relative accuracy.
 */
export function tails(size: number): void {
  for (let j = 0; j < size; j++) {
    const ratio = standardised[j]!;
    const half = halfDeviations[j]!;
    const d1 = ratio + half;
    const d2 = ratio - half;
    const z1 = Math.abs(d1);
    const z2 = Math.abs(d2);
    const a = densities[j]!;
    const spotTail = (a * millsNumerator(z1)) / millsDenominator(z1);
    const strikeTail = (a * millsNumerator(z2)) / millsDenominator(z2);
    spotTails[j] = spotTail;
    strikeTails[j] = strikeTail;
    tailGaps[j] = spotTail - strikeTail;
    spotSides[j] = d1;
    strikeSides[j] = d2;
  }
}

/**
 * Stage 3b, small σ√T only: the gap by series, with both tails taken on the side of zero where ln(F/K) lies, which is
 * that of d1 and d2 but for the few between. Where the density is 0 so is the gap, and the series, whose fit ends at 42,
 * is not asked.
 */
export function refineGaps(size: number): void {
  for (let j = 0; j < size; j++) {
    const half = halfDeviations[j]!;
    const a = densities[j]!;
    if (half >= SERIES_BELOW || !(a > 0)) continue;
    const ratio = standardised[j]!;
    const h = Math.abs(ratio);
    const side = 2 * Number(ratio > 0) - 1;
    tailGaps[j] = -side * a * millsGap(h, half);
    if (h > half) continue;
    spotSides[j] = side;
    strikeSides[j] = side;
    if (side > 0) strikeTails[j] = strikeLegs[j]! - strikeTails[j]!;
    else spotTails[j] = spotLegs[j]! - spotTails[j]!;
  }
}

/**
 * Stage 4: the first nine outputs. `above1` is 1 where φd1 > 0, so that N(φd1) is 1 − tail there and the tail elsewhere.
 * The legs are subtracted as they are where zero lies between d1 and d2; where it does not, that would cancel;
 * written as arithmetic because calls and puts come in no predictable order and a mispredicted branch costs more.
 * Formulas: Haug, The Complete Guide to Option Pricing Formulas, generalised Black-Scholes-Merton and ch. 2.
 */
export function assemble(input: Float64Array, output: Float64Array, count: number, from: number, size: number): void {
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const rate = input[3 * count + i]!;
    const carry = input[4 * count + i]!;
    const vol = input[5 * count + i]!;
    const sign = input[6 * count + i]!;
    const invSpot = 1 / input[i]!;
    const rootTime = rootTimes[j]!;
    const invDeviation = invDeviations[j]!;
    const invRootTime = vol * invDeviation;
    const invVol = rootTime * invDeviation;
    const d1 = standardised[j]! + halfDeviations[j]!;
    const d2 = standardised[j]! - halfDeviations[j]!;
    const above1 = Number(sign * spotSides[j]! > 0);
    const above2 = Number(sign * strikeSides[j]! > 0);
    const between = above1 + above2 - 2 * above1 * above2;
    const turn1 = 1 - 2 * above1;
    const turn2 = 1 - 2 * above2;
    const a = densities[j]!;
    const spotPart = above1 * spotLegs[j]! + turn1 * spotTails[j]!;
    const strikePart = above2 * strikeLegs[j]! + turn2 * strikeTails[j]!;
    const sameSide = above1 * intrinsics[j]! + turn1 * tailGaps[j]!;
    const value = between * (spotPart - strikePart) + (1 - between) * sameSide;
    const spotLeg = sign * spotPart;
    const strikeLeg = sign * strikePart;
    const growth = rate - carry;
    const bend = d2 * invVol;
    const halfInvRootTime = 0.5 * invRootTime;
    const delta = spotLeg * invSpot;
    const deltaDensity = a * invSpot;
    const vega = a * rootTime;
    // The largest of it and 0: where A − B is all rounding, an option without time value would be worth less than nothing.
    output[i] = Math.max(sign * value, 0);
    output[count + i] = delta;
    output[2 * count + i] = deltaDensity * invSpot * invDeviation;
    output[3 * count + i] = vega;
    output[4 * count + i] = growth * spotLeg - rate * strikeLeg - a * vol * halfInvRootTime;
    output[5 * count + i] = input[2 * count + i]! * strikeLeg;
    // Subtracted from 0, or added to it: nothing is to be 0 and never −0.
    output[6 * count + i] = 0 - deltaDensity * bend;
    output[7 * count + i] = vega * d1 * bend + 0;
    output[8 * count + i] =
      growth * delta - deltaDensity * (carry * invDeviation - d2 * (halfInvRootTime * invRootTime));
  }
}

/**
 * Stage 5: the eight further outputs, from the scratch and from delta, gamma and vega that stage 4 has written.
 * With A = b/σ√T − d2/2T (so that charm is (r − b)·delta − n(d1)e^{(b−r)T}·A) and q = r − b: colour is Γ(q + d1·A + 1/2T)
 * and veta is vega(q + d1·A − 1/2T), both as calendar time passes. Formulas: Haug, ch. 2; ultima
 * −vega/σ²·(d1d2(1 − d1d2) + d1² + d2²); the dual Greeks are those in the strike.
 */
export function assembleFurther(
  input: Float64Array,
  output: Float64Array,
  count: number,
  from: number,
  size: number,
): void {
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const sign = input[6 * count + i]!;
    const invSpot = 1 / input[i]!;
    const invStrike = 1 / input[count + i]!;
    const invDeviation = invDeviations[j]!;
    const invRootTime = input[5 * count + i]! * invDeviation;
    const invVol = rootTimes[j]! * invDeviation;
    const d1 = standardised[j]! + halfDeviations[j]!;
    const d2 = standardised[j]! - halfDeviations[j]!;
    const d1d2 = d1 * d2;
    const above2 = Number(sign * strikeSides[j]! > 0);
    const strikeLeg = sign * (above2 * strikeLegs[j]! + (1 - 2 * above2) * strikeTails[j]!);
    const gamma = output[2 * count + i]!;
    const vega = output[3 * count + i]!;
    const halfInvTime = 0.5 * invRootTime * invRootTime;
    const carry = input[4 * count + i]!;
    const drift = input[3 * count + i]! - carry + d1 * (carry * invDeviation - d2 * halfInvTime);
    output[9 * count + i] = 0 - input[2 * count + i]! * (output[count + i]! * input[i]!);
    output[10 * count + i] = 0 - gamma * invSpot * (d1 * invDeviation + 1);
    output[11 * count + i] = gamma * invVol * (d1d2 - 1) + 0;
    output[12 * count + i] = gamma * (drift + halfInvTime) + 0;
    output[13 * count + i] = vega * (drift - halfInvTime) + 0;
    output[14 * count + i] = 0 - vega * invVol * invVol * (d1d2 * (1 - d1d2) + d1 * d1 + d2 * d2);
    output[15 * count + i] = 0 - strikeLeg * invStrike;
    output[16 * count + i] = densities[j]! * invStrike * invStrike * invDeviation;
  }
}
