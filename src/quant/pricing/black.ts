import {
  exponential,
  exponentialMinusOne,
  INV_SQRT_TWO_PI,
  logRatio,
  millsDenominator,
  millsGap,
  millsNumerator,
} from './normal.ts';

/** The order of the columns of an input array: column c of option i lies at `input[c * count + i]`. */
export const INPUT_COLUMNS = ['spot', 'strike', 'time', 'rate', 'carry', 'vol', 'sign'] as const;

/** The order of the columns of an output array: column c of option i lies at `output[c * count + i]`. */
export const OUTPUT_COLUMNS = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

/**
 * One European option. Preconditions, which the caller checks: spot > 0, strike > 0, time >= 0, vol >= 0, all finite,
 * sign +1 (call) or −1 (put); spot/strike and e^{±rate·time}, e^{carry·time} representable. Otherwise the outputs mean nothing.
 */
export interface BlackInput {
  /** S, price of the underlying now; with carry 0 this is the forward and the model is Black-76. */
  readonly spot: number;
  readonly strike: number;
  /** T, years to expiry. */
  readonly time: number;
  /** r, continuously compounded, per year. */
  readonly rate: number;
  /** b, cost of carry, continuously compounded, per year: forward F = S·e^{bT}. b = r − q for a yield q; b = 0 for a future. */
  readonly carry: number;
  /** σ, per square root of a year, decimal. */
  readonly vol: number;
  /** +1 call, −1 put. */
  readonly sign: number;
}

/** Value and sensitivities of one long unit, in the units of mathematics (vol per 1.00, time per year). */
export interface Greeks {
  /** V = e^{−rT}·Black-76(F, K, σ√T). */
  readonly price: number;
  /** ∂V/∂S. */
  readonly delta: number;
  /** ∂²V/∂S². */
  readonly gamma: number;
  /** ∂V/∂σ, per 1.00 of volatility. */
  readonly vega: number;
  /** ∂V/∂t, per year of calendar time passing, S held. */
  readonly theta: number;
  /**
   * φKTe^{−rT}N(φd2), per 1.00 of rate: ∂V/∂r with S held and the forward moving with r (b = r − q, q held). It is this
   * at b = 0 too, which is what Deribit publishes; the rate sensitivity of an option on a fixed forward is −T·price.
   */
  readonly rho: number;
  /** ∂delta/∂σ = ∂vega/∂S, per 1.00 of volatility. */
  readonly vanna: number;
  /** ∂vega/∂σ, per 1.00 of volatility. */
  readonly volga: number;
  /** ∂delta/∂t, per year of calendar time passing, S held. */
  readonly charm: number;
}

/** The most options that {@link writeGreeks} takes at once: its scratch arrays stay in the first-level cache. */
export const BLOCK = 128;

/** Beyond this many standard deviations n(d) is 0 in a double, and the option is worth its intrinsic value. */
const PDF_UNDERFLOW = 39;
/** Below this σ√T the option is taken as deterministic, so that 1/σ√T and its squares stay finite. */
const LEAST_DEVIATION = 1e-100;
/** Below this half σ√T the difference of two Mills ratios would cancel (by 2h/σ√T): a series takes over. */
const SERIES_BELOW = 0.05;

/*
 * Scratch of the stages below, one slot per option of a block. Plain module state is safe: a thread has its own module,
 * and nothing between the first and the last stage gives up control.
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
const suspects = new Int32Array(BLOCK);

/**
 * Stage 1: discounted legs A = Se^{(b−r)T} and B = Ke^{−rT}, A − B formed without rounding the carry factor, ln(F/K), √T.
 */
function discountLegs(input: Float64Array, count: number, from: number, size: number): void {
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const spot = input[i]!;
    const strike = input[count + i]!;
    const time = input[2 * count + i]!;
    const carried = input[4 * count + i]! * time;
    const discount = exponential(-input[3 * count + i]! * time);
    const growth = spot * exponentialMinusOne(carried);
    logMoneyness[j] = logRatio(spot, strike) + carried;
    rootTimes[j] = Math.sqrt(time);
    spotLegs[j] = discount * (spot + growth);
    strikeLegs[j] = discount * strike;
    intrinsics[j] = discount * (spot - strike + growth);
  }
}

/**
 * Stage 2: ln(F/K)/σ√T and the shared density a = A·n(d1) = B·n(d2). Returns how many options may have no randomness
 * left, their slots in `suspects`; the next stages compute what they will (NaN perhaps) for those.
 */
function standardise(input: Float64Array, count: number, from: number, size: number): number {
  let found = 0;
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const deviation = input[5 * count + i]! * rootTimes[j]!;
    const ratio = logMoneyness[j]! / deviation;
    if (!(Math.abs(ratio) < PDF_UNDERFLOW && deviation > LEAST_DEVIATION)) suspects[found++] = j;
    const d1 = ratio + 0.5 * deviation;
    invDeviations[j] = 1 / deviation;
    standardised[j] = ratio;
    halfDeviations[j] = 0.5 * deviation;
    densities[j] = spotLegs[j]! * INV_SQRT_TWO_PI * exponential(-0.5 * d1 * d1);
  }
  return found;
}

/**
 * Stage 3: the tails A·N(−|d1|) = a·M(|d1|) and B·N(−|d2|) = a·M(|d2|), their difference, and on which side of zero d1 and
 * d2 lie. One density and two Mills ratios: nothing is subtracted that was not computed to full relative accuracy.
 */
function tails(size: number): void {
  for (let j = 0; j < size; j++) {
    const ratio = standardised[j]!;
    const half = halfDeviations[j]!;
    const d1 = ratio + half;
    const d2 = ratio - half;
    const z1 = Math.abs(d1);
    const z2 = Math.abs(d2);
    const q1 = millsDenominator(z1);
    const q2 = millsDenominator(z2);
    const a = densities[j]!;
    const reciprocal = 1 / (q1 * q2);
    const spotTail = a * (reciprocal * q2 * millsNumerator(z1));
    const strikeTail = a * (reciprocal * q1 * millsNumerator(z2));
    spotTails[j] = spotTail;
    strikeTails[j] = strikeTail;
    tailGaps[j] = spotTail - strikeTail;
    spotSides[j] = d1;
    strikeSides[j] = d2;
  }
}

/** Stage 3b, small σ√T only: the gap by series, with both tails taken on the side of zero where ln(F/K) lies. */
function refineGaps(size: number): void {
  for (let j = 0; j < size; j++) {
    const half = halfDeviations[j]!;
    if (half >= SERIES_BELOW) continue;
    const ratio = standardised[j]!;
    const h = Math.abs(ratio);
    const side = 2 * Number(ratio > 0) - 1;
    tailGaps[j] = -side * densities[j]! * millsGap(h, half);
    spotSides[j] = side;
    strikeSides[j] = side;
    if (h >= half) continue;
    if (side > 0) strikeTails[j] = strikeLegs[j]! - strikeTails[j]!;
    else spotTails[j] = spotLegs[j]! - spotTails[j]!;
  }
}

/**
 * Stage 4: the nine outputs. `above1` is 1 where φd1 > 0, so that N(φd1) is 1 − tail there and the tail elsewhere; written
 * as arithmetic because calls and puts come in no predictable order and a mispredicted branch costs more.
 * Formulas: Haug, The Complete Guide to Option Pricing Formulas, generalised Black-Scholes-Merton and ch. 2.
 */
function assemble(input: Float64Array, output: Float64Array, count: number, from: number, size: number): void {
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
    const both = above1 * above2;
    const turn1 = 1 - 2 * above1;
    const turn2 = 1 - 2 * above2;
    const a = densities[j]!;
    const spotLeg = sign * (above1 * spotLegs[j]! + turn1 * spotTails[j]!);
    const strikeLeg = sign * (above2 * strikeLegs[j]! + turn2 * strikeTails[j]!);
    const certain = both * intrinsics[j]! + (above1 - both) * spotLegs[j]! - (above2 - both) * strikeLegs[j]!;
    const delta = spotLeg * invSpot;
    const deltaDensity = a * invSpot;
    const vega = a * rootTime;
    output[i] = sign * (certain + turn1 * tailGaps[j]! + (turn1 - turn2) * strikeTails[j]!);
    output[count + i] = delta;
    output[2 * count + i] = deltaDensity * invSpot * invDeviation;
    output[3 * count + i] = vega;
    output[4 * count + i] = -0.5 * a * vol * invRootTime - (carry - rate) * spotLeg - rate * strikeLeg;
    output[5 * count + i] = input[2 * count + i]! * strikeLeg;
    output[6 * count + i] = -deltaDensity * d2 * invVol;
    output[7 * count + i] = vega * d1 * d2 * invVol;
    output[8 * count + i] =
      (rate - carry) * delta - deltaDensity * (carry * invDeviation - 0.5 * d2 * invRootTime * invRootTime);
  }
}

/** Whether both n(d1) and n(d2) are 0 in a double, on the same side; also where σ√T is 0 and x/σ√T infinite or NaN. */
function isDeterministic(j: number): boolean {
  const half = halfDeviations[j]!;
  return !(Math.abs(standardised[j]!) - half < PDF_UNDERFLOW && 2 * half > LEAST_DEVIATION);
}

/** An option with no randomness left: V = max(φ(A − B), 0), and at F = K exactly half of each leg (N(0) = ½). */
function writeDeterministic(input: Float64Array, output: Float64Array, count: number, i: number, j: number): void {
  const rate = input[3 * count + i]!;
  const carry = input[4 * count + i]!;
  const sign = input[6 * count + i]!;
  const step = 0.5 * (1 + Math.sign(sign * logMoneyness[j]!));
  const spotLeg = sign * step * spotLegs[j]!;
  const strikeLeg = sign * step * strikeLegs[j]!;
  const delta = spotLeg / input[i]!;
  output[i] = step === 1 ? sign * intrinsics[j]! : 0;
  output[count + i] = delta;
  output[2 * count + i] = 0;
  output[3 * count + i] = 0;
  output[4 * count + i] = (rate - carry) * spotLeg - rate * strikeLeg;
  output[5 * count + i] = input[2 * count + i]! * strikeLeg;
  output[6 * count + i] = 0;
  output[7 * count + i] = 0;
  output[8 * count + i] = (rate - carry) * delta;
}

/**
 * Prices options `from` … `from + size − 1` of a columnar array of `count` options, all nine outputs each. size <= BLOCK.
 *
 * Each stage is a loop of its own for two measured reasons. V8 inlines the mathematics only while a caller stays small, and
 * an inlined call passes doubles in registers where any other allocates them. And a processor overlaps several options
 * when the chain of dependent operations in one turn of a loop is short.
 */
export function writeGreeks(
  input: Float64Array,
  output: Float64Array,
  count: number,
  from: number,
  size: number,
): void {
  discountLegs(input, count, from, size);
  const found = standardise(input, count, from, size);
  tails(size);
  refineGaps(size);
  assemble(input, output, count, from, size);
  for (let n = 0; n < found; n++) {
    const j = suspects[n]!;
    if (isDeterministic(j)) writeDeterministic(input, output, count, from + j, j);
  }
}

const oneInput = new Float64Array(INPUT_COLUMNS.length);
const oneOutput = new Float64Array(OUTPUT_COLUMNS.length);

/**
 * Price and Greeks of one long European option under the generalised Black-Scholes-Merton model (Black-76 at carry 0).
 *
 * Prices keep relative accuracy in the tails: the out-of-the-money side is a scaled difference of Mills ratios, the
 * in-the-money side is intrinsic value plus that. Where σ√T = 0 (or n(d) has underflowed, |d| > 39) the option is
 * deterministic: price max(φ(A − B), 0) with A = Se^{(b−r)T}, B = Ke^{−rT}; delta the step φe^{(b−r)T}·{0, ½, 1}, ½ at
 * F = K exactly; theta, rho and charm those of the legs held; gamma, vega, vanna and volga 0. Never NaN within the
 * preconditions of {@link BlackInput}; never throws.
 */
export function blackGreeks(input: BlackInput): Greeks {
  oneInput[0] = input.spot;
  oneInput[1] = input.strike;
  oneInput[2] = input.time;
  oneInput[3] = input.rate;
  oneInput[4] = input.carry;
  oneInput[5] = input.vol;
  oneInput[6] = input.sign;
  writeGreeks(oneInput, oneOutput, 1, 0, 1);
  return {
    price: oneOutput[0]!,
    delta: oneOutput[1]!,
    gamma: oneOutput[2]!,
    vega: oneOutput[3]!,
    theta: oneOutput[4]!,
    rho: oneOutput[5]!,
    vanna: oneOutput[6]!,
    volga: oneOutput[7]!,
    charm: oneOutput[8]!,
  };
}
