import {
  add,
  cdf,
  constant,
  divide,
  exponentialOf,
  logarithm,
  multiply,
  scale,
  seed,
  squareRoot,
  subtract,
  weightedCdf,
  type Jet,
  type JetMarket,
} from './jet.ts';

/** Below this σ√T the path is taken as deterministic, so that l/σ√T stays finite. */
export const LEAST_DEVIATION = 1e-100;

/**
 * What every option on a level that may be touched is made of, as jets: probabilities of a drifted Brownian motion with a
 * level h on one side of it, under the share measure (drift multiple `share`) and the money measure (`money`).
 * Reiner & Rubinstein (1991); Haug, The Complete Guide to Option Pricing Formulas, ch. 4.17.
 */
export interface Reflection {
  /** S·e^{−qT}. */
  readonly shareLeg: Jet;
  /** e^{−rT}. */
  readonly discount: Jet;
  /** ln(h/S). */
  readonly level: Jet;
  /** μ + 1 = b/σ² + ½ and μ = b/σ² − ½. */
  readonly share: Jet;
  readonly money: Jet;
  /** ln(x/S) for a price x. */
  logTo(price: number): Jet;
  /** N(φ(−k/s + m·s)): S_T beyond the price at log-distance k (above for φ = 1), whether or not the level was touched. */
  direct(phi: number, k: Jet, m: Jet): Jet;
  /** (h/S)^{2m}·N(η((2l − k)/s + m·s)): the path reflected at the level; 0 <= l(l − k). η = 1 for a level below, −1 above. */
  image(eta: number, k: Jet, m: Jet): Jet;
  /**
   * E[e^{−rτ}; τ <= T], τ the time of touching: what 1 paid at the touch is worth now. Undefined where μ² + 2r/σ² < 0, which
   * only negative rates do.
   */
  touchDiscount(eta: number): Jet | undefined;
}

/** @param level h > 0, on either side of the spot. σ√T above LEAST_DEVIATION. */
export function reflectionAt(market: JetMarket, level: number): Reflection {
  const { spot, vol, time, rate, dividendYield } = seed(market);
  const deviation = multiply(vol, squareRoot(time));
  const drift = divide(subtract(rate, dividendYield), multiply(vol, vol));
  const share = add(drift, constant(0.5));
  const money = add(drift, constant(-0.5));
  const logSpot = logarithm(spot);
  const logTo = (price: number) => subtract(constant(Math.log(price)), logSpot);
  const l = logTo(level);
  const distance = (k: Jet, m: Jet) => subtract(multiply(m, deviation), divide(k, deviation));

  return {
    shareLeg: multiply(spot, exponentialOf(scale(multiply(dividendYield, time), -1))),
    discount: exponentialOf(scale(multiply(rate, time), -1)),
    level: l,
    share,
    money,
    logTo,
    direct: (phi, k, m) => cdf(scale(distance(k, m), phi)),
    image(eta, k, m) {
      const z = scale(add(divide(subtract(scale(l, 2), k), deviation), multiply(m, deviation)), eta);
      // 2ml − z²/2 = −x²/2 − 2l(l − k)/s², x the unreflected distance: two terms of one sign, nothing cancels.
      const x = distance(k, m).value;
      const q = -0.5 * x * x - (2 * l.value * (l.value - k.value)) / (deviation.value * deviation.value);
      return weightedCdf(scale(multiply(m, l), 2), z, q);
    },
    touchDiscount(eta) {
      const lambdaSquared = add(multiply(money, money), divide(scale(rate, 2), multiply(vol, vol)));
      if (!(lambdaSquared.value >= 0)) return undefined;
      const lambda = lambdaSquared.value === 0 ? constant(0) : squareRoot(lambdaSquared);
      const reach = divide(l, deviation);
      // (μ ± λ)l − z²/2 = −(l/s − μs)²/2 − rT for both signs.
      const x = distance(l, money).value;
      const q = -0.5 * x * x - market.rate * market.time;
      const term = (signed: Jet) =>
        weightedCdf(multiply(add(money, signed), l), scale(add(reach, multiply(signed, deviation)), eta), q);
      return add(term(lambda), term(scale(lambda, -1)));
    },
  };
}

/** When a path without randomness, S·e^{bt}, first touches the level: 0 where it is there already, Infinity where it never is. */
export function certainTouch(market: JetMarket, level: number, eta: number): number {
  const l = Math.log(level / market.spot);
  if (-eta * l <= 0) return 0;
  const carry = market.rate - market.dividendYield;
  const touch = l / carry;
  return touch >= 0 && touch <= market.time ? touch : Infinity;
}
