import { millsRatio, exponential, INV_SQRT_TWO_PI } from './normal.ts';

/**
 * A number that carries its derivatives: forward-mode differentiation of closed forms whose own derivatives would fill
 * pages. Exact to rounding, unlike differences. Griewank & Walther, Evaluating Derivatives (2008), ch. 3 and 13.
 */
export interface Jet {
  readonly value: number;
  /** ∂/∂S and ∂²/∂S². */
  readonly s: number;
  readonly ss: number;
  /** ∂/∂σ. */
  readonly vol: number;
  /** ∂/∂T. */
  readonly time: number;
  /** ∂/∂r, with the yield q held. */
  readonly rate: number;
  /** ∂/∂q, with the rate held. */
  readonly dividend: number;
}

/** What the closed forms of this folder are written in. Preconditions, which the caller checks: all finite, spot > 0, time and vol >= 0. */
export interface JetMarket {
  readonly spot: number;
  /** Years to expiry. */
  readonly time: number;
  readonly rate: number;
  /** Continuous yield of the underlying. */
  readonly dividendYield: number;
  readonly vol: number;
}

/** Price and first-order Greeks (and gamma) of one long unit; vol and rates per 1.00, time per year (theta = ∂V/∂t). */
export interface ClosedFormGreeks {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
  readonly rho: number;
  readonly rhoDividend: number;
}

const NO_SLOPES = { s: 0, ss: 0, vol: 0, time: 0, rate: 0, dividend: 0 };

export function constant(value: number): Jet {
  return { value, ...NO_SLOPES };
}

/** The five inputs as jets, each with slope 1 in itself. */
export function seed(market: JetMarket): { spot: Jet; vol: Jet; time: Jet; rate: Jet; dividendYield: Jet } {
  return {
    spot: { value: market.spot, ...NO_SLOPES, s: 1 },
    vol: { value: market.vol, ...NO_SLOPES, vol: 1 },
    time: { value: market.time, ...NO_SLOPES, time: 1 },
    rate: { value: market.rate, ...NO_SLOPES, rate: 1 },
    dividendYield: { value: market.dividendYield, ...NO_SLOPES, dividend: 1 },
  };
}

export function greeksOf(price: Jet): ClosedFormGreeks {
  return {
    price: price.value,
    delta: price.s,
    gamma: price.ss,
    vega: price.vol,
    theta: -price.time,
    rho: price.rate,
    rhoDividend: price.dividend,
  };
}

export function add(a: Jet, b: Jet): Jet {
  return {
    value: a.value + b.value,
    s: a.s + b.s,
    ss: a.ss + b.ss,
    vol: a.vol + b.vol,
    time: a.time + b.time,
    rate: a.rate + b.rate,
    dividend: a.dividend + b.dividend,
  };
}

export function scale(a: Jet, factor: number): Jet {
  return {
    value: a.value * factor,
    s: a.s * factor,
    ss: a.ss * factor,
    vol: a.vol * factor,
    time: a.time * factor,
    rate: a.rate * factor,
    dividend: a.dividend * factor,
  };
}

export function subtract(a: Jet, b: Jet): Jet {
  return add(a, scale(b, -1));
}

export function multiply(a: Jet, b: Jet): Jet {
  const { value: x } = a;
  const { value: y } = b;
  return {
    value: x * y,
    s: a.s * y + x * b.s,
    ss: a.ss * y + 2 * a.s * b.s + x * b.ss,
    vol: a.vol * y + x * b.vol,
    time: a.time * y + x * b.time,
    rate: a.rate * y + x * b.rate,
    dividend: a.dividend * y + x * b.dividend,
  };
}

/** f(a), from f and its first two derivatives at a.value. */
function compose(a: Jet, value: number, first: number, second: number): Jet {
  return {
    value,
    s: first * a.s,
    ss: first * a.ss + second * a.s * a.s,
    vol: first * a.vol,
    time: first * a.time,
    rate: first * a.rate,
    dividend: first * a.dividend,
  };
}

export function reciprocal(a: Jet): Jet {
  const value = 1 / a.value;
  return compose(a, value, -value * value, 2 * value * value * value);
}

export function divide(a: Jet, b: Jet): Jet {
  return multiply(a, reciprocal(b));
}

export function squareRoot(a: Jet): Jet {
  const value = Math.sqrt(a.value);
  return compose(a, value, 0.5 / value, -0.25 / (value * a.value));
}

export function logarithm(a: Jet): Jet {
  return compose(a, Math.log(a.value), 1 / a.value, -1 / (a.value * a.value));
}

export function exponentialOf(a: Jet): Jet {
  const value = exponential(a.value);
  return compose(a, value, value, value);
}

/**
 * e^p·N(z) and its derivatives, never as the product of an overflow and an underflow: in the lower tail it is
 * e^q·M(−z)/√2π, M the Mills ratio. q is p − z²/2, handed in because the caller can often form it without cancelling.
 */
export function weightedCdf(p: Jet, z: Jet, q: number): Jet {
  const density = exponential(q) * INV_SQRT_TWO_PI;
  const tail = density * mills(Math.abs(z.value));
  const value = z.value <= 0 ? tail : exponential(p.value) - tail;
  // ∂f/∂p = f, ∂f/∂z = g = e^p·n(z), ∂g/∂p = g, ∂g/∂z = −z·g.
  const bend = density === 0 ? 0 : -z.value * density;
  return {
    value,
    s: value * p.s + density * z.s,
    ss: value * (p.ss + p.s * p.s) + density * (z.ss + 2 * p.s * z.s) + bend * z.s * z.s,
    vol: value * p.vol + density * z.vol,
    time: value * p.time + density * z.time,
    rate: value * p.rate + density * z.rate,
    dividend: value * p.dividend + density * z.dividend,
  };
}

/** The Mills ratio for every x >= 0: its asymptote 1/x where the rational form would overflow. */
function mills(x: number): number {
  return x < 1e20 ? millsRatio(x) : 1 / x;
}

const ZERO = constant(0);

/** N(z). */
export function cdf(z: Jet): Jet {
  return weightedCdf(ZERO, z, -0.5 * z.value * z.value);
}
