import { blackGreeks } from './black.ts';

/** A coin-settled option: quoted and paid in the underlying, struck in the quote currency (USD). Preconditions as `BlackInput`. */
export interface InverseInput {
  /** F, the forward of the expiry; the exchange prices from it, not from the index. */
  readonly forward: number;
  /** What one coin is worth now in USD. */
  readonly index: number;
  readonly strike: number;
  /** Years to expiry. */
  readonly time: number;
  readonly rate: number;
  readonly vol: number;
  /** +1 call, −1 put. */
  readonly sign: number;
}

/**
 * Value and sensitivities of one long unit. `coin` numbers are of c = V/F, V the Black-76 value in USD; all others are of V.
 * Volatility and rate per 1.00, time per year.
 */
export interface InverseGreeks {
  /** c = V/F in coin: the exchange's mark price. */
  readonly price: number;
  /** c·index: what the mark is worth in USD now. */
  readonly priceUsd: number;
  /** ∂V/∂F = φe^{−rT}N(φd1), the exchange's ticker delta at r = 0. */
  readonly delta: number;
  /** delta − c: what hedges a book whose result is counted in USD but whose premium is a holding of coin. φ(K/F)e^{−rT}N(φd2). */
  readonly deltaPremiumAdjusted: number;
  /** (delta − c) decayed over the settlement window: the exchange's net transaction delta, which DeltaTotal sums. */
  readonly netTransactionDelta: number;
  /** ∂c/∂F = (delta − c)/F. */
  readonly deltaCoin: number;
  /** ∂²V/∂F². */
  readonly gamma: number;
  /** ∂(delta − c)/∂F = Γ − (delta − c)/F. */
  readonly gammaPremiumAdjusted: number;
  /** ∂²c/∂F² = Γ/F − 2(delta − c)/F². */
  readonly gammaCoin: number;
  readonly vega: number;
  readonly vegaCoin: number;
  readonly theta: number;
  readonly thetaCoin: number;
  /** φKTe^{−rT}N(φd2), as the exchange publishes it; see `Greeks.rho`. */
  readonly rho: number;
  readonly rhoCoin: number;
}

const YEAR_MINUTES = 365 * 24 * 60;
/** The delivery price is the average of the index over the last half hour. */
const SETTLEMENT_WINDOW_MINUTES = 30;

/**
 * The share of a position's delta that is not yet fixed by the average: 1 until the settlement window opens, then falling
 * linearly to 0 at expiry. Deribit, support article 25944751433757 (delta 1.0, mark 0.3 after 15 minutes: 0.35 net).
 *
 * @param time years to expiry, >= 0
 */
export function settlementDecay(time: number): number {
  return Math.min(1, (time * YEAR_MINUTES) / SETTLEMENT_WINDOW_MINUTES);
}

/** Price and Greeks of a coin-settled option in both currencies and both delta conventions; exact to the rounding of `blackGreeks`. */
export function inverseGreeks(input: InverseInput): InverseGreeks {
  const { forward, index, strike, time, rate, vol, sign } = input;
  const black = blackGreeks({ spot: forward, strike, time, rate, carry: 0, vol, sign });
  const price = black.price / forward;
  // φ(K/F)e^{−rT}N(φd2): the difference delta − c without cancellation. At T = 0 rho is 0 and the difference is exact.
  const adjusted = time > 0 ? black.rho / (time * forward) : black.delta - price;
  return {
    price,
    priceUsd: price * index,
    delta: black.delta,
    deltaPremiumAdjusted: adjusted,
    netTransactionDelta: adjusted * settlementDecay(time),
    deltaCoin: adjusted / forward,
    gamma: black.gamma,
    gammaPremiumAdjusted: black.gamma - adjusted / forward,
    gammaCoin: (black.gamma - (2 * adjusted) / forward) / forward,
    vega: black.vega,
    vegaCoin: black.vega / forward,
    theta: black.theta,
    thetaCoin: black.theta / forward,
    rho: black.rho,
    rhoCoin: black.rho / forward,
  };
}
