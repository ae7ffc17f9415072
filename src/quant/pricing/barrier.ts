import {
  add,
  constant,
  greeksOf,
  multiply,
  scale,
  subtract,
  type ClosedFormGreeks,
  type Jet,
  type JetMarket,
} from './jet.ts';
import { blackGreeks } from './black.ts';
import { certainTouch, LEAST_DEVIATION, reflectionAt } from './reflection.ts';

export const BARRIER_TYPES = ['down_in', 'up_in', 'down_out', 'up_out'] as const;
export type BarrierType = (typeof BARRIER_TYPES)[number];

/** A European option that starts (in) or ceases (out) to exist when the spot touches the barrier. All prices > 0, all finite. */
export interface BarrierInput extends JetMarket {
  readonly strike: number;
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly barrierType: BarrierType;
  readonly barrier: number;
  /** >= 0. Paid at the touch (out) or, where the barrier was never touched, at expiry (in). */
  readonly rebate: number;
  /** Years between two observations of the barrier; 0: watched continuously. */
  readonly monitoringInterval: number;
}

/** ζ(½)/√2π of Broadie, Glasserman & Kou (1997): a barrier watched in steps is one that lies so many σ√Δt farther away. */
const MONITORING_SHIFT = 0.5825971579390106;

/**
 * Price and Greeks of a single-barrier option with rebate. Reiner & Rubinstein (1991), blocks A to F as in Haug ch. 4.17.1;
 * absolute error below 1e-12·S. Watched in steps: continuity correction of Broadie, Glasserman & Kou (1997), which is an
 * approximation, its error o(√Δt).
 *
 * A spot at or beyond the barrier has touched it: out is worth the rebate, in the plain option. Where σ√T = 0 the path is
 * certain. Never NaN; `rate_too_negative` where a rebate at the touch has no closed form (μ² + 2r/σ² < 0). theta is −∂V/∂T
 * with the barrier held.
 */
export function barrierGreeks(input: BarrierInput): ClosedFormGreeks | 'rate_too_negative' {
  const eta = input.barrierType.startsWith('down') ? 1 : -1;
  const out = input.barrierType.endsWith('out');
  const shift = MONITORING_SHIFT * input.vol * Math.sqrt(input.monitoringInterval);
  const barrier = input.barrier * Math.exp(-eta * shift);
  if (eta * (input.spot - barrier) <= 0) return out ? greeksOf(constant(input.rebate)) : vanilla(input);
  if (!(input.vol * Math.sqrt(input.time) > LEAST_DEVIATION)) return certain(input, barrier, eta, out);
  const price = out ? knockOut(input, barrier, eta) : knockIn(input, barrier, eta);
  if (!price) return 'rate_too_negative';
  return { ...greeksOf(price), price: Math.max(price.value, 0) };
}

interface Blocks {
  readonly a: Jet;
  readonly b: Jet;
  readonly c: Jet;
  readonly d: Jet;
}

/** A: the plain option; B: struck at X but counted beyond H only; C and D: their images. Haug ch. 4.17.1. */
function blocksOf(input: BarrierInput, barrier: number, eta: number) {
  const { strike, sign: phi } = input;
  const path = reflectionAt(input, barrier);
  const strikeLeg = scale(path.discount, strike);
  const k = path.logTo(strike);
  const option = (share: Jet, money: Jet) =>
    scale(subtract(multiply(path.shareLeg, share), multiply(strikeLeg, money)), phi);
  const direct = (x: Jet) => option(path.direct(phi, x, path.share), path.direct(phi, x, path.money));
  const image = (x: Jet) => option(path.image(eta, x, path.share), path.image(eta, x, path.money));
  const blocks: Blocks = { a: direct(k), b: direct(path.level), c: image(k), d: image(path.level) };
  return { path, blocks };
}

function knockIn(input: BarrierInput, barrier: number, eta: number): Jet {
  const { path, blocks } = blocksOf(input, barrier, eta);
  const { a, b, c, d } = blocks;
  const untouched = subtract(path.direct(eta, path.level, path.money), path.image(eta, path.level, path.money));
  const rebate = scale(multiply(path.discount, untouched), input.rebate);
  return add(
    contains(input, barrier, eta, { near: c, far: add(subtract(a, b), d), beyond: a, both: add(subtract(b, c), d) }),
    rebate,
  );
}

function knockOut(input: BarrierInput, barrier: number, eta: number): Jet | undefined {
  const { path, blocks } = blocksOf(input, barrier, eta);
  const { a, b, c, d } = blocks;
  const alive = contains(input, barrier, eta, {
    near: subtract(a, c),
    far: subtract(b, d),
    beyond: constant(0),
    both: subtract(add(subtract(a, b), c), d),
  });
  if (input.rebate === 0) return alive;
  const touch = path.touchDiscount(eta);
  return touch && add(alive, scale(touch, input.rebate));
}

/**
 * Which blocks apply. With the payoff on the side away from the barrier (down call, up put) it matters whether the strike lies
 * inside (near) or beyond the barrier (far); with the payoff towards it, whether it is all beyond it or on both sides.
 */
function contains<T>(
  { sign, strike }: BarrierInput,
  barrier: number,
  eta: number,
  choose: { near: T; far: T; beyond: T; both: T },
): T {
  const inside = eta * (strike - barrier) > 0;
  if (sign === eta) return inside ? choose.near : choose.far;
  return inside ? choose.both : choose.beyond;
}

function vanilla(input: BarrierInput): ClosedFormGreeks {
  const { rate, dividendYield, time } = input;
  const { price, delta, gamma, vega, theta, rho } = blackGreeks({ ...input, carry: rate - dividendYield });
  return { price, delta, gamma, vega, theta, rho, rhoDividend: -time * input.spot * delta };
}

function certain(input: BarrierInput, barrier: number, eta: number, out: boolean): ClosedFormGreeks {
  const touch = certainTouch(input, barrier, eta);
  if (out === touch > input.time) return vanilla({ ...input, vol: 0 });
  const paid = out ? touch : input.time;
  const price = input.rebate * Math.exp(-input.rate * paid);
  return { ...greeksOf(constant(price)), rho: -paid * price };
}
