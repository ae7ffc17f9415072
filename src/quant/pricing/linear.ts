// Perpetuals and dated futures. A linear contract is a quantity of the underlying settled in the quote currency; an inverse one a
// fixed amount of quote currency settled in the underlying (coin).

/** Result and sensitivities of a contract held since `entry`, in its own settlement currency and in the quote currency. */
export interface ContractGreeks {
  /** Result since entry, in the settlement currency: quote currency (linear) or coin (inverse). */
  readonly profit: number;
  /** ∂profit/∂F in the settlement currency. */
  readonly profitDelta: number;
  /** ∂²profit/∂F² in the settlement currency: 0 for linear, −2Q/F³ for inverse. */
  readonly profitGamma: number;
  /** Units of the underlying that the position is long of, for a book counted in the quote currency. */
  readonly delta: number;
  /** ∂delta/∂F: 0 for linear, −Q/F² for inverse. */
  readonly gamma: number;
}

/** @param quantity units of the underlying, signed; @param price F > 0; @param entry F₀ > 0 */
export function linearContract(quantity: number, price: number, entry: number): ContractGreeks {
  return { profit: quantity * (price - entry), profitDelta: quantity, profitGamma: 0, delta: quantity, gamma: 0 };
}

/**
 * Q(1/F₀ − 1/F) coin. Counted in the quote currency, coin being margin of its own, it is long Q/F units of the underlying.
 *
 * @param notional Q, quote currency, signed; @param price F > 0; @param entry F₀ > 0
 */
export function inverseContract(notional: number, price: number, entry: number): ContractGreeks {
  const units = notional / price;
  return {
    profit: (units * (price - entry)) / entry,
    profitDelta: units / price,
    profitGamma: (-2 * units) / (price * price),
    delta: units,
    gamma: -units / price,
  };
}

const FUNDING_HOURS = 8;

/**
 * What a long pays (positive) or earns while funding stays as it is, in the currency of `notional`.
 *
 * @param notional worth of the position, signed; @param rate funding per 8 hours, decimal; @param hours held
 */
export function fundingPayment(notional: number, rate: number, hours: number): number {
  return (notional * rate * hours) / FUNDING_HOURS;
}

/** ln(F/S)/T: the continuously compounded carry per year that a future of `time` years (> 0) earns over spot. */
export function basisCarry(future: number, spot: number, time: number): number {
  return Math.log(future / spot) / time;
}
