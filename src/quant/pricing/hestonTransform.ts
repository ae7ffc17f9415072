/** The model and the time on which the characteristic function depends; see `HestonInput` for units. */
export interface HestonTerms {
  readonly time: number;
  readonly v0: number;
  readonly kappa: number;
  readonly theta: number;
  readonly sigma: number;
  readonly rho: number;
  readonly jumpIntensity: number;
  readonly jumpMeanLog: number;
  readonly jumpStdLog: number;
}

/**
 * Values at the nodes of one contour in the plane of u, where z = u − i/2 and ψ(z) = E[(S_T/F)^{iz}]. The nodes of level 0
 * come first, then those that each halving of the step adds between them.
 */
export interface Transform {
  readonly terms: HestonTerms;
  readonly contour: Contour;
  /** Nodes of levels 0 … m end at levelEnds[m]. */
  readonly levelEnds: number[];
  /** NODE_SIZE numbers a node, complex ones as pairs: u, ln ψ, weight du/(u² + ¼), ∂lnψ/∂v0, ∂lnψ/∂T. */
  values: Float64Array;
  /** Where the integrand has died away along the contour. */
  readonly reach: number;
}

export const NODE_SIZE = 10;

/**
 * u = i·shift + scale·sinh(y + i·angle): the sinh acceleration of Boyarchenko and Levendorskiĭ (2019). Every contour crosses
 * the imaginary axis between the poles ±i/2, and goes off at `angle`, so that e^{iuk} dies away where k has its sign.
 */
export interface Contour {
  /** Sine and cosine of the angle. */
  readonly sine: number;
  readonly cosine: number;
  readonly scale: number;
  readonly shift: number;
  readonly firstStep: number;
}

const TILT = Math.PI / 8;
const STEEP = Math.SQRT2;

export const FLAT: Contour = { sine: 0, cosine: 1, scale: Math.SQRT1_2, shift: 0, firstStep: 0.26 };
export const UPWARDS: Contour = {
  sine: Math.sin(TILT),
  cosine: Math.cos(TILT),
  scale: STEEP,
  shift: -0.5,
  firstStep: 0.2,
};
export const DOWNWARDS: Contour = { ...UPWARDS, sine: -UPWARDS.sine, shift: 0.5 };

/** ln of a size beneath which the rest of the integrals, those of the Greeks too, is left out. */
const LN_NEGLIGIBLE = -37;
/** y beyond which no integrand worth the name is left: |u| = 6e12. */
const MOST_REACH = 30;
/** Below this |dT| (1 − e^{−dT})/d is T to an ulp of it. */
const SMALL_RATE = 1e-15;
/** Below this σ the limit σ → 0 of ln(1 + σ²y)/σ² is exact to σ²y/2. */
const SMALL_SIGMA = 1e-7;

/** Where {@link writeNode} leaves its ten numbers. */
const node = new Float64Array(NODE_SIZE);

/** @param y parameter along the contour, >= 0; the other half is its mirror image and its conjugate */
function writeNode(terms: HestonTerms, contour: Contour, y: number): void {
  const { sine, cosine, scale, shift } = contour;
  const growth = Math.exp(y);
  const sinh = 0.5 * (growth - 1 / growth);
  const cosh = 0.5 * (growth + 1 / growth);
  const re = scale * sinh * cosine;
  const im = shift + scale * cosh * sine;
  writeLogTransform(terms, re, im);
  // du/dy / (u² + ¼)
  const dRe = scale * cosh * cosine;
  const dIm = scale * sinh * sine;
  const qRe = re * re - im * im + 0.25;
  const qIm = 2 * re * im;
  const size = qRe * qRe + qIm * qIm;
  node[0] = re;
  node[1] = im;
  node[4] = (dRe * qRe + dIm * qIm) / size;
  node[5] = (dIm * qRe - dRe * qIm) / size;
}

/**
 * ln ψ, ∂lnψ/∂v0 = D and ∂lnψ/∂T at z = u − i/2, in the form without branch cuts ("little trap", Albrecher et al. 2007).
 * With w = u² + ¼, β = κ − ½ρσ − iρσu, d = √(β² + σ²w), e = e^{−dT}, φ = (1 − e)/d:
 *   D = −wφ/(1 + e + βφ), C = κθ·(−wT/(β + d) − (2/σ²)·ln(1 + σ²y)), y = −wφ/(2(β + d)), and D′ = −½w − βD + ½σ²D²,
 * which neither cancels as σ → 0 nor divides by it. Merton's jumps add λT(e^{izm − ½s²z²} − 1 − iz(e^{m + ½s²} − 1)).
 */
function writeLogTransform(terms: HestonTerms, re: number, im: number): void {
  const { time, v0, kappa, sigma, rho } = terms;
  const mean = kappa * terms.theta;
  const variance = sigma * sigma;
  const wRe = re * re - im * im + 0.25;
  const wIm = 2 * re * im;
  const bRe = kappa - 0.5 * rho * sigma + rho * sigma * im;
  const bIm = -rho * sigma * re;
  const sRe = bRe * bRe - bIm * bIm + variance * wRe;
  const sIm = 2 * bRe * bIm + variance * wIm;
  const modulus = Math.sqrt(sRe * sRe + sIm * sIm);
  const dRe = sRe >= 0 ? Math.sqrt(0.5 * (modulus + sRe)) : Math.abs(sIm) / Math.sqrt(2 * (modulus - sRe));
  const dIm = sRe >= 0 ? (dRe > 0 ? sIm / (2 * dRe) : 0) : Math.sign(sIm) * Math.sqrt(0.5 * (modulus - sRe));

  // 1 − e^{−dT} by half angles and expm1: for short times and slow reversion e^{−dT} is nearly 1.
  const fall = -Math.expm1(-dRe * time);
  const sineHalf = Math.sin(0.5 * dIm * time);
  const lRe = fall + 2 * (1 - fall) * sineHalf * sineHalf;
  const lIm = 2 * (1 - fall) * sineHalf * Math.cos(0.5 * dIm * time);
  const eRe = 1 - lRe;
  const eIm = -lIm;
  const dd = dRe * dRe + dIm * dIm;
  const slow = dd * time * time < SMALL_RATE * SMALL_RATE;
  const fRe = slow ? time : (lRe * dRe + lIm * dIm) / dd;
  const fIm = slow ? 0 : (lIm * dRe - lRe * dIm) / dd;

  const wfRe = wRe * fRe - wIm * fIm;
  const wfIm = wRe * fIm + wIm * fRe;
  const nRe = 1 + eRe + bRe * fRe - bIm * fIm;
  const nIm = eIm + bRe * fIm + bIm * fRe;
  const nn = nRe * nRe + nIm * nIm;
  const vRe = -(wfRe * nRe + wfIm * nIm) / nn;
  const vIm = -(wfIm * nRe - wfRe * nIm) / nn;

  let cRe = 0;
  let cIm = 0;
  if (mean > 0) {
    const hRe = bRe + dRe;
    const hIm = bIm + dIm;
    const hh = hRe * hRe + hIm * hIm;
    const yRe = (-0.5 * (wfRe * hRe + wfIm * hIm)) / hh;
    const yIm = (-0.5 * (wfIm * hRe - wfRe * hIm)) / hh;
    const xRe = variance * yRe;
    const xIm = variance * yIm;
    const exact = sigma < SMALL_SIGMA;
    const logRe = exact ? yRe : (0.5 * Math.log1p(2 * xRe + xRe * xRe + xIm * xIm)) / variance;
    const logIm = exact ? yIm : Math.atan2(xIm, 1 + xRe) / variance;
    cRe = mean * ((-time * (wRe * hRe + wIm * hIm)) / hh - 2 * logRe);
    cIm = mean * ((-time * (wIm * hRe - wRe * hIm)) / hh - 2 * logIm);
  }
  const squareRe = vRe * vRe - vIm * vIm;
  const squareIm = 2 * vRe * vIm;
  node[2] = cRe + vRe * v0;
  node[3] = cIm + vIm * v0;
  node[6] = vRe;
  node[7] = vIm;
  node[8] = mean * vRe + v0 * (-0.5 * wRe - (bRe * vRe - bIm * vIm) + 0.5 * variance * squareRe);
  node[9] = mean * vIm + v0 * (-0.5 * wIm - (bRe * vIm + bIm * vRe) + 0.5 * variance * squareIm);
  if (terms.jumpIntensity > 0) addJumps(terms, re, im);
}

/** izm − ½s²z² and iz at z = u − i/2: iz = ½ + im·(−1) + i·re. */
function addJumps(terms: HestonTerms, re: number, im: number): void {
  const { time, jumpIntensity, jumpMeanLog, jumpStdLog } = terms;
  const jumpVariance = jumpStdLog * jumpStdLog;
  const izRe = 0.5 - im;
  const izIm = re;
  const squareRe = izRe * izRe - izIm * izIm;
  const squareIm = 2 * izRe * izIm;
  const growth = Math.exp(jumpMeanLog * izRe + 0.5 * jumpVariance * squareRe);
  const phase = jumpMeanLog * izIm + 0.5 * jumpVariance * squareIm;
  const drift = Math.expm1(jumpMeanLog + 0.5 * jumpVariance);
  const jRe = jumpIntensity * (growth * Math.cos(phase) - 1 - izRe * drift);
  const jIm = jumpIntensity * (growth * Math.sin(phase) - izIm * drift);
  node[2] = node[2]! + time * jRe;
  node[3] = node[3]! + time * jIm;
  node[8] = node[8]! + jRe;
  node[9] = node[9]! + jIm;
}

/** The transform on level 0 of a contour. */
export function openTransform(terms: HestonTerms, contour: Contour): Transform {
  const values = new Float64Array(NODE_SIZE * Math.ceil(MOST_REACH / contour.firstStep + 1));
  let count = 0;
  let quiet = 0;
  while (count * contour.firstStep <= MOST_REACH && quiet < 2) {
    writeNode(terms, contour, count * contour.firstStep);
    values.set(node, NODE_SIZE * count);
    count++;
    const size = node[2]! + Math.log(node[0]! * node[0]! + node[1]! * node[1]! + 1);
    quiet = size < LN_NEGLIGIBLE ? quiet + 1 : 0;
  }
  const levelEnds = [count];
  return { terms, contour, levelEnds, values: values.slice(0, NODE_SIZE * count), reach: count * contour.firstStep };
}

/** Adds the nodes half-way between those that are there. */
export function refineTransform(transform: Transform): void {
  const { terms, contour, levelEnds, reach } = transform;
  const step = contour.firstStep / 2 ** levelEnds.length;
  const held = levelEnds[levelEnds.length - 1]!;
  const added = Math.ceil((reach - step) / (2 * step));
  const values = new Float64Array(NODE_SIZE * (held + added));
  values.set(transform.values);
  for (let i = 0; i < added; i++) {
    writeNode(terms, contour, step + 2 * step * i);
    values.set(node, NODE_SIZE * (held + i));
  }
  transform.values = values;
  levelEnds.push(held + added);
}
