import type { ALL_OUTPUT_COLUMNS, BlackInput, Greeks } from '../src/quant/pricing/black.ts';

const CODY_A = [
  3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3, 1.85777706184603153e-1,
];
const CODY_B = [2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];
const CODY_C = [
  5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2, 8.8195222124176909e2,
  1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3, 2.15311535474403846e-8,
];
const CODY_D = [
  1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
];
const CODY_P = [
  3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
  6.58749161529837803e-4, 1.63153871373020978e-2,
];
const CODY_Q = [
  2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3,
];

/** (last·z + Σ)/(z + Σ) in Cody's nesting, `steps` terms before the final pair. */
function codyRatio(top: readonly number[], bottom: readonly number[], z: number, steps: number): number {
  let numerator = top[steps + 1]! * z;
  let denominator = z;
  for (let i = 0; i < steps; i++) {
    numerator = (numerator + top[i]!) * z;
    denominator = (denominator + bottom[i]!) * z;
  }
  return (numerator + top[steps]!) / (denominator + bottom[steps]!);
}

/** W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969). */
function erfc(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return 1 - x * codyRatio(CODY_A, CODY_B, y * y, 3);
  const scale = Math.exp(-y * y);
  const tail =
    y <= 4
      ? scale * codyRatio(CODY_C, CODY_D, y, 7)
      : (scale * (0.56418958354775628695 - codyRatio(CODY_P, CODY_Q, 1 / (y * y), 4) / (y * y))) / y;
  return x < 0 ? 2 - tail : tail;
}

const cdf = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);

/** The formulas as a textbook prints them, objects in and objects out: what a first version of such a service would do. */
export function textbookGreeks(o: BlackInput): Greeks {
  const root = Math.sqrt(o.time);
  const d1 = (Math.log(o.spot / o.strike) + (o.carry + (o.vol * o.vol) / 2) * o.time) / (o.vol * root);
  const d2 = d1 - o.vol * root;
  const carried = Math.exp((o.carry - o.rate) * o.time);
  const discount = Math.exp(-o.rate * o.time);
  const pdf = Math.exp((-d1 * d1) / 2) / Math.sqrt(2 * Math.PI);
  const n1 = cdf(o.sign * d1);
  const n2 = cdf(o.sign * d2);
  const vega = o.spot * carried * pdf * root;
  const spotLeg = o.sign * o.spot * carried * n1;
  const strikeLeg = o.sign * o.strike * discount * n2;
  return {
    price: spotLeg - strikeLeg,
    delta: o.sign * carried * n1,
    gamma: (carried * pdf) / (o.spot * o.vol * root),
    vega,
    theta: (-o.spot * carried * pdf * o.vol) / (2 * root) - (o.carry - o.rate) * spotLeg - o.rate * strikeLeg,
    rho: o.time * strikeLeg,
    vanna: (-carried * pdf * d2) / o.vol,
    volga: (vega * d1 * d2) / o.vol,
    charm: (o.rate - o.carry) * o.sign * carried * n1 - carried * pdf * (o.carry / (o.vol * root) - d2 / (2 * o.time)),
  };
}

/** All outputs of the service; the eight further ones from Haug, The Complete Guide to Option Pricing Formulas (2007), chapter 2. */
export function allTextbookGreeks(o: BlackInput): Record<(typeof ALL_OUTPUT_COLUMNS)[number], number> {
  const { price, delta, gamma, vega, theta, rho, vanna, volga, charm } = textbookGreeks(o);
  const deviation = o.vol * Math.sqrt(o.time);
  const d1 = (Math.log(o.spot / o.strike) + (o.carry + (o.vol * o.vol) / 2) * o.time) / deviation;
  const d2 = d1 - deviation;
  const discount = Math.exp(-o.rate * o.time);
  const bleed = o.rate - o.carry + (o.carry * d1) / deviation;
  return {
    price,
    delta,
    gamma,
    vega,
    theta,
    rho,
    rhoDividend: -o.time * o.spot * delta,
    vanna,
    volga,
    charm,
    speed: (-gamma / o.spot) * (d1 / deviation + 1),
    zomma: (gamma * (d1 * d2 - 1)) / o.vol,
    color: gamma * (bleed + (1 - d1 * d2) / (2 * o.time)),
    veta: vega * (bleed - (1 + d1 * d2) / (2 * o.time)),
    ultima: (-vega / (o.vol * o.vol)) * (d1 * d2 * (1 - d1 * d2) + d1 * d1 + d2 * d2),
    dualDelta: -o.sign * discount * cdf(o.sign * d2),
    dualGamma: (discount * Math.exp((-d2 * d2) / 2)) / (Math.sqrt(2 * Math.PI) * o.strike * deviation),
  };
}
