import { Decimal } from 'decimal.js';
import type { BlackInput } from '../../../src/quant/pricing/black.ts';

/** Black-Scholes-Merton with 60 digits, straight from the textbook: the reference that the kernel is measured against. */
const D = Decimal.clone({ precision: 60 });
const SQRT_TWO_PI = D.acos(-1).times(2).sqrt();

/** The double itself, not its shortest decimal spelling, which is what `new Decimal(x)` takes (up to half an ulp away). */
export function exact(x: number): Decimal {
  const shift = Math.abs(x) < 1e-200 ? 600 : 0;
  const scaled = x * 2 ** shift;
  const exponent = x === 0 ? 0 : Math.floor(Math.log2(Math.abs(scaled))) - 60;
  return new D(BigInt(scaled * 2 ** -exponent).toString()).times(new D(2).pow(exponent - shift));
}

export function precisePdf(x: Decimal): Decimal {
  return new D(x).times(x).div(-2).exp().div(SQRT_TWO_PI);
}

/** N(−x)/n(x), x >= 3: Laplace's continued fraction 1/(x + 1/(x + 2/(x + …))), error about exp(−2x√(2·terms)). */
function continuedFraction(x: Decimal): Decimal {
  const terms = Math.ceil((75 / x.toNumber()) ** 2 / 2) + 12;
  let tail = new D(x);
  for (let k = terms; k >= 1; k--) tail = x.plus(new D(k).div(tail));
  return new D(1).div(tail);
}

/** N(x) − ½ = n(x)·Σ x^{2k+1}/(2k+1)!!, |x| < 3. */
function centralSeries(x: Decimal): Decimal {
  const square = x.times(x);
  let term = x;
  let sum = x;
  for (let k = 3; term.abs().gt('1e-65'); k += 2) {
    term = term.times(square).div(k);
    sum = sum.plus(term);
  }
  return sum.times(precisePdf(x));
}

export function preciseCdf(value: Decimal): Decimal {
  const x = new D(value);
  if (x.abs().lt(3)) return centralSeries(x).plus(0.5);
  const tail = precisePdf(x).times(continuedFraction(x.abs()));
  return x.lt(0) ? tail : new D(1).minus(tail);
}

export interface PreciseGreeks {
  readonly d1: number;
  /** Each output, and the sum of the absolute values of the terms it is made of (the scale of its rounding errors). */
  readonly values: Record<string, { value: Decimal; scale: Decimal }>;
}

const sum = (...terms: Decimal[]) => ({
  value: terms.reduce((total, term) => total.plus(term)),
  scale: terms.reduce((total, term) => total.plus(term.abs()), new D(0)),
});

/** The nine outputs at the exact values of the given doubles. σ√T > 0. */
export function preciseBlack(input: BlackInput): PreciseGreeks {
  const [S, K, T, r, b, v] = [input.spot, input.strike, input.time, input.rate, input.carry, input.vol].map(exact) as [
    Decimal,
    Decimal,
    Decimal,
    Decimal,
    Decimal,
    Decimal,
  ];
  const rootT = T.sqrt();
  const dev = v.times(rootT);
  const d1 = S.div(K).ln().plus(b.times(T)).div(dev).plus(dev.div(2));
  const d2 = d1.minus(dev);
  const phi = new D(input.sign);
  const discount = r.times(T).neg().exp();
  const carried = b.minus(r).times(T).exp();
  const cdf1 = preciseCdf(phi.times(d1));
  const cdf2 = preciseCdf(phi.times(d2));
  const spotLeg = phi.times(S).times(carried).times(cdf1);
  const strikeLeg = phi.times(K).times(discount).times(cdf2);
  const density = carried.times(precisePdf(d1));
  const vega = S.times(density).times(rootT);
  const price = spotLeg.minus(strikeLeg);
  return {
    d1: d1.toNumber(),
    values: {
      price: { value: price, scale: price.abs() },
      delta: sum(spotLeg.div(S)),
      gamma: sum(density.div(S.times(dev))),
      vega: sum(vega),
      theta: sum(vega.times(v).div(T).div(-2), r.minus(b).times(spotLeg), r.neg().times(strikeLeg)),
      rho: sum(T.times(strikeLeg)),
      vanna: sum(density.times(d2).div(v).neg()),
      volga: sum(vega.times(d1).times(d2).div(v)),
      charm: sum(r.minus(b).times(spotLeg).div(S), density.times(b).div(dev).neg(), density.times(d2).div(T.times(2))),
    },
  };
}

/** The inputs S, K, T, r, b, σ as exact numbers. */
export type PreciseInputs = [Decimal, Decimal, Decimal, Decimal, Decimal, Decimal];

export function preciseInputs(input: BlackInput): PreciseInputs {
  return [input.spot, input.strike, input.time, input.rate, input.carry, input.vol].map(exact) as PreciseInputs;
}

/** All seventeen outputs, each from its own textbook formula (Haug, ch. 1 and 2). σ√T > 0. */
export function preciseAllGreeks([S, K, T, r, b, v]: PreciseInputs, sign: number): Record<string, Decimal> {
  const rootT = T.sqrt();
  const dev = v.times(rootT);
  const d1 = S.div(K).ln().plus(b.times(T)).div(dev).plus(dev.div(2));
  const d2 = d1.minus(dev);
  const d1d2 = d1.times(d2);
  const q = r.minus(b);
  const strikeDiscount = r.times(T).neg().exp();
  const spotDiscount = q.times(T).neg().exp();
  const delta = spotDiscount.times(preciseCdf(d1.times(sign))).times(sign);
  const dualDelta = strikeDiscount.times(preciseCdf(d2.times(sign))).times(-sign);
  const density = spotDiscount.times(precisePdf(d1));
  const gamma = density.div(S.times(dev));
  const vega = S.times(density).times(rootT);
  const A = b.div(dev).minus(d2.div(T.times(2)));
  const halfInvTime = new D(0.5).div(T);
  const drift = q.plus(d1.times(A));
  const bend = d1d2.times(new D(1).minus(d1d2)).plus(d1.times(d1)).plus(d2.times(d2));
  return {
    price: S.times(delta).plus(K.times(dualDelta)),
    delta,
    gamma,
    vega,
    theta: vega.times(v).div(T).div(-2).plus(q.times(S).times(delta)).plus(r.times(K).times(dualDelta)),
    rho: T.times(K).times(dualDelta).neg(),
    vanna: density.times(d2).div(v).neg(),
    volga: vega.times(d1d2).div(v),
    charm: q.times(delta).minus(density.times(A)),
    rhoDividend: T.times(S).times(delta).neg(),
    speed: gamma.div(S).times(d1.div(dev).plus(1)).neg(),
    zomma: gamma.times(d1d2.minus(1)).div(v),
    color: gamma.times(drift.plus(halfInvTime)),
    veta: vega.times(drift.minus(halfInvTime)),
    ultima: vega.div(v).div(v).times(bend).neg(),
    dualDelta,
    dualGamma: strikeDiscount.times(precisePdf(d2)).div(K.times(dev)),
  };
}

/** Seeded uniform numbers in (0, 1): Marsaglia's xorshift32. */
export function seededUniform(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 4294967296;
  };
}
