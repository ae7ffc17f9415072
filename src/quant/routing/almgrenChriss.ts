/** Linear impact (Almgren & Chriss 2000, Optimal execution of portfolio transactions, §1.2); money per unit, one unit of time throughout. */
export interface LinearImpact {
  /** σ of the price, per √time. */
  readonly volatility: number;
  /** γ: what a unit traded moves the price for good. */
  readonly permanent: number;
  /** η: what a unit per time costs each unit while it trades. */
  readonly temporary: number;
  /** ε: half the spread and fees. */
  readonly fixed: number;
  /** λ, per money: cost E + λV. 0 trades evenly. */
  readonly riskAversion: number;
}

export interface Trajectory {
  /** What is still held at the ends of the periods, and at the start. */
  readonly holdings: Float64Array;
  /** Traded in each period. */
  readonly trades: Float64Array;
  /** E and V of implementation shortfall. */
  readonly expectedCost: number;
  readonly variance: number;
  /** κ, per time; 1/κ is the half-life of the trade. */
  readonly kappa: number;
}

/** sinh a / sinh b for 0 <= a <= b, b > 0, without overflow. */
export function sinhRatio(a: number, b: number): number {
  return (Math.exp(a - b) * -Math.expm1(-2 * a)) / -Math.expm1(-2 * b);
}

/**
 * The trajectory of least E + λV (eq 17–22): x_j = X·sinh κ(T − t_j)/sinh κT with cosh κτ = 1 + κ̃²τ²/2, κ̃² = λσ²/η̃, η̃ = η − γτ/2.
 *
 * @param quantity X > 0; @param periods N; @param period τ > 0
 * @throws RangeError η̃ <= 0: permanent impact so large that the model has no optimum
 */
export function almgrenChriss(quantity: number, periods: number, period: number, impact: LinearImpact): Trajectory {
  const { volatility, permanent, temporary, fixed, riskAversion } = impact;
  const eta = temporary - (permanent * period) / 2;
  if (!(eta > 0)) throw new RangeError('permanent impact exceeds temporary impact of a period');
  const square = (riskAversion * volatility * volatility) / eta;
  const kappa = Math.acosh(1 + (square * period * period) / 2) / period;
  const holdings = Float64Array.from({ length: periods + 1 }, (_, j) => {
    const left = (periods - j) / periods;
    return quantity * (kappa > 0 ? sinhRatio(kappa * period * periods * left, kappa * period * periods) : left);
  });
  const trades = Float64Array.from({ length: periods }, (_, j) => holdings[j]! - holdings[j + 1]!);
  const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
  return {
    ...{ holdings, trades, kappa },
    expectedCost: (permanent * quantity * quantity) / 2 + fixed * quantity + (eta / period) * squares(trades),
    variance: volatility * volatility * period * squares(holdings.subarray(1)),
  };
}
