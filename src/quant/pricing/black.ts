import { writeLimits } from './blackLimits.ts';
import { assemble, assembleFurther, discountLegs, irregular, refineGaps, standardise, tails } from './blackStages.ts';

/** The order of the columns of an input array: column c of option i lies at `input[c * count + i]`. */
export const INPUT_COLUMNS = ['spot', 'strike', 'time', 'rate', 'carry', 'vol', 'sign'] as const;

/** The order of the columns of an output array: column c of option i lies at `output[c * count + i]`. */
export const OUTPUT_COLUMNS = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

/** The order of the columns of the full output: the nine, and after them the eight of {@link AllGreeks}. */
export const ALL_OUTPUT_COLUMNS = [
  ...OUTPUT_COLUMNS,
  'rhoDividend',
  'speed',
  'zomma',
  'color',
  'veta',
  'ultima',
  'dualDelta',
  'dualGamma',
] as const;

/**
 * One European option: spot >= 0, strike >= 0, time >= 0, vol >= 0, all finite, sign +1 (call) or −1 (put). Anything else
 * gives NaN in every output.
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

/** The full set: after the nine, the sensitivities of third order, those in the strike and that in the yield. */
export interface AllGreeks extends Greeks {
  /** ∂V/∂q = −T·Se^{(b−r)T}·φN(φd1), per 1.00 of the dividend (or foreign) yield q = r − b, with r and S held. */
  readonly rhoDividend: number;
  /** ∂gamma/∂S. */
  readonly speed: number;
  /** ∂gamma/∂σ, per 1.00 of volatility. */
  readonly zomma: number;
  /** ∂gamma/∂t, per year of calendar time passing, S held. */
  readonly color: number;
  /** ∂vega/∂t, per year of calendar time passing, S held. */
  readonly veta: number;
  /** ∂volga/∂σ, per 1.00 of volatility. */
  readonly ultima: number;
  /** ∂V/∂K = −φe^{−rT}N(φd2). */
  readonly dualDelta: number;
  /** ∂²V/∂K²: the discounted risk-neutral density of the underlying at K. */
  readonly dualGamma: number;
}

function runStages(input: Float64Array, output: Float64Array, count: number, from: number, size: number): number {
  discountLegs(input, count, from, size);
  const found = standardise(input, count, from, size);
  tails(size);
  refineGaps(size);
  assemble(input, output, count, from, size);
  return found;
}

/**
 * Prices options `from` … `from + size − 1` of a columnar array of `count` options, all nine outputs each. size <= BLOCK
 * (blackStages.ts).
 */
export function writeGreeks(
  input: Float64Array,
  output: Float64Array,
  count: number,
  from: number,
  size: number,
): void {
  const found = runStages(input, output, count, from, size);
  for (let n = 0; n < found; n++) writeLimits(input, output, count, from + irregular[n]!, OUTPUT_COLUMNS.length);
}

/** As {@link writeGreeks}, all seventeen outputs of ALL_OUTPUT_COLUMNS; the first nine are the same bit for bit. */
export function writeAllGreeks(
  input: Float64Array,
  output: Float64Array,
  count: number,
  from: number,
  size: number,
): void {
  const found = runStages(input, output, count, from, size);
  assembleFurther(input, output, count, from, size);
  for (let n = 0; n < found; n++) writeLimits(input, output, count, from + irregular[n]!, ALL_OUTPUT_COLUMNS.length);
}

const oneInput = new Float64Array(INPUT_COLUMNS.length);
const oneOutput = new Float64Array(ALL_OUTPUT_COLUMNS.length);

function readInput(input: BlackInput): void {
  oneInput[0] = input.spot;
  oneInput[1] = input.strike;
  oneInput[2] = input.time;
  oneInput[3] = input.rate;
  oneInput[4] = input.carry;
  oneInput[5] = input.vol;
  oneInput[6] = input.sign;
}

function readNine(): Greeks {
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

/**
 * Price and Greeks of one long European option under the generalised Black-Scholes-Merton model (Black-76 at carry 0).
 *
 * Prices keep relative accuracy in the tails: the out-of-the-money side is a scaled difference of Mills ratios, the
 * in-the-money side is intrinsic value plus that. Where σ√T = 0 (or n(d) has underflowed, |d| > 37.6) the option is
 * deterministic: price max(φ(A − B), 0) with A = Se^{(b−r)T}, B = Ke^{−rT}; delta the step φe^{(b−r)T}·{0, ½, 1}, ½ at
 * F = K exactly; theta, rho and charm those of the legs held; gamma, vega, vanna and volga 0. A strike of 0 makes a call its
 * spot leg and a put worthless; a spot of 0 the reverse. Never NaN for admissible inputs ({@link BlackInput}), Infinity
 * where the true value exceeds the largest double; beyond 1e±100 in money, or ±200 in rate·time or carry·time, far
 * out-of-the-money prices keep absolute accuracy only. NaN for other inputs; never throws.
 */
export function blackGreeks(input: BlackInput): Greeks {
  readInput(input);
  writeGreeks(oneInput, oneOutput, 1, 0, 1);
  return readNine();
}

/**
 * As {@link blackGreeks}, with the eight further Greeks. In the deterministic limit rhoDividend and dualDelta are those of
 * the legs held (½ at F = K), and speed, zomma, color, veta, ultima and dualGamma are 0.
 */
export function allBlackGreeks(input: BlackInput): AllGreeks {
  readInput(input);
  writeAllGreeks(oneInput, oneOutput, 1, 0, 1);
  return {
    ...readNine(),
    rhoDividend: oneOutput[9]!,
    speed: oneOutput[10]!,
    zomma: oneOutput[11]!,
    color: oneOutput[12]!,
    veta: oneOutput[13]!,
    ultima: oneOutput[14]!,
    dualDelta: oneOutput[15]!,
    dualGamma: oneOutput[16]!,
  };
}
