import { type Boundary } from './americanBoundary.ts';
import { exponential, exponentialMinusOne, INV_SQRT_TWO_PI, millsRatio, normalCdf } from './normal.ts';

/** Where {@link writePremium} leaves the premium of a put of strike 1, its first and its second derivative by spot. */
export const premium = new Float64Array(3);

/**
 * The early exercise premium of a put of strike 1 at spot e^{logSpot}, in the continuation region, and its derivatives,
 * into {@link premium} (Kim 1990; Andersen, Lake and Offengenden 2016, eq. 8):
 *   ∫₀^T r e^{−rt}N(−d₋) − q s e^{−qt}N(−d₊) dt, d± = (ln(s/B(T−t)) + (r − q ± σ²/2)t)/(σ√t).
 * While the boundary is the perpetual one, early in the life of a long option, the integral has a closed form; the
 * collocated rest, of length `boundary.horizon`, is taken by the grid's outer rule.
 */
export function writePremium(boundary: Boundary, logSpot: number): void {
  premium.fill(0);
  const start = boundary.input.time - boundary.horizon;
  if (start > 0) addPerpetualPart(boundary, logSpot, start);
  addCollocatedPart(boundary, logSpot, Math.max(start, 0));
}

function addCollocatedPart(boundary: Boundary, logSpot: number, start: number): void {
  const { grid, gaps, horizon, limit } = boundary;
  const { rate, dividendYield, vol } = boundary.input;
  const { nodes, outerSines, outerMeasures, outerCardinals } = grid;
  const spot = Math.exp(logSpot);
  const above = logSpot - Math.log(limit);
  const greater = Math.max(rate, dividendYield);
  const least = Math.max(rate - dividendYield, 0);
  const drift = rate - dividendYield + 0.5 * vol * vol;
  let value = 0;
  let slope = 0;
  let curvature = 0;
  for (let j = 0; j < outerSines.length; j++) {
    let square = 0;
    for (let k = 0; k < nodes; k++) square += outerCardinals[j * nodes + k]! * gaps[k]! * gaps[k]!;
    const gap = square > 0 ? Math.sqrt(square) : 0;
    const sine = outerSines[j]!;
    const t = start + horizon * sine * sine;
    const dt = horizon * sine * outerMeasures[j]!;
    const deviation = vol * Math.sqrt(t);
    const dPlus = (above + gap + drift * t) / deviation;
    const dMinus = dPlus - deviation;
    const discount = exponential(-dividendYield * t);
    const density = discount * INV_SQRT_TWO_PI * exponential(-0.5 * dPlus * dPlus);
    const excess = least + greater * exponentialMinusOne(gap);
    const tailPlus = density * millsRatio(Math.abs(dPlus));
    const tailMinus = spot * density * millsRatio(Math.abs(dMinus));
    const spotLeg = dPlus > 0 ? tailPlus : discount - tailPlus;
    const strikeLeg = (excess + dividendYield) * tailMinus;
    const kernel = density / deviation;
    value +=
      dt * ((dMinus > 0 ? strikeLeg : rate * exponential(-rate * t) - strikeLeg) - dividendYield * spot * spotLeg);
    slope -= dt * (excess * kernel + dividendYield * spotLeg);
    curvature += dt * kernel * ((excess * dPlus) / deviation + dividendYield);
  }
  premium[0] = premium[0]! + value;
  premium[1] = premium[1]! + slope;
  premium[2] = premium[2]! + curvature / spot;
}

/** Where {@link writeFlow} leaves J, dJ/dz and d²J/dz². */
const flow = new Float64Array(3);

/** ∫₀^L of the same integrand under the constant boundary B∞. */
function addPerpetualPart(boundary: Boundary, logSpot: number, until: number): void {
  const { rate, dividendYield, vol } = boundary.input;
  const spot = Math.exp(logSpot);
  const z = logSpot - Math.log(boundary.limit) + boundary.perpetualGap;
  const drift = rate - dividendYield - 0.5 * vol * vol;
  writeFlow(rate, drift, vol, z, until);
  const strikeSlope = flow[1]!;
  const strikeCurvature = flow[2]!;
  premium[0] = premium[0]! + flow[0]!;
  writeFlow(dividendYield, drift + vol * vol, vol, z, until);
  premium[0] = premium[0]! - spot * flow[0]!;
  premium[1] = premium[1]! + strikeSlope / spot - flow[0]! - flow[1]!;
  premium[2] = premium[2]! + (strikeCurvature - strikeSlope) / (spot * spot) - (flow[1]! + flow[2]!) / spot;
}

/**
 * J = ∫₀^L a e^{−at} N(−(z + mt)/σ√t) dt for z >= 0, and its derivatives by z. By parts, and with ρ = √(m² + 2aσ²),
 *   J = −e^{−aL}N(h) + ½(1 − m/ρ)P + ½(1 + m/ρ)Q, h = −(z + mL)/σ√L,
 *   P = e^{−z(ρ+m)/σ²}N((ρL − z)/σ√L), Q = e^{z(ρ−m)/σ²}N(−(z + ρL)/σ√L),
 *   dJ/dz = −(a/ρ)(P − Q), d²J/dz² = (a/ρσ²)((ρ + m)P + (ρ − m)Q);
 * the first passage integrals of Borodin and Salminen, Handbook of Brownian Motion, 2.2.0.1. ρ > 0 wherever a horizon is cut.
 */
function writeFlow(a: number, m: number, vol: number, z: number, length: number): void {
  const variance = vol * vol;
  const deviation = vol * Math.sqrt(length);
  const root = Math.sqrt(m * m + 2 * a * variance);
  const sum = m >= 0 ? root + m : (2 * a * variance) / (root - m);
  const difference = m >= 0 ? (2 * a * variance) / (root + m) : root - m;
  const h = -(z + m * length) / deviation;
  const discount = exponential(-a * length);
  const density = discount * INV_SQRT_TWO_PI * exponential(-0.5 * h * h);
  const far = density * millsRatio((z + root * length) / deviation);
  const ahead = (root * length - z) / deviation;
  const near =
    ahead < 0 ? density * millsRatio(-ahead) : exponential((-z * sum) / variance) - density * millsRatio(ahead);
  flow[0] = (0.5 / root) * (difference * near + sum * far) - discount * normalCdf(h);
  flow[1] = (-a / root) * (near - far);
  flow[2] = (a / (root * variance)) * (sum * near + difference * far);
}
