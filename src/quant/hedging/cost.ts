/** What trading costs, in parts of 10,000 of the notional. */
export interface CostModel {
  /** Exchange fee. */
  feeBps: number;
  /** Half of the bid–ask spread: what crossing it costs against the middle. */
  halfSpreadBps: number;
  /** Market impact of an order of 1,000,000 of notional; grows with the square root of the size. */
  impactCoefficient: number;
}

export interface TradingCost {
  fee: number;
  spread: number;
  impact: number;
  total: number;
}

const IMPACT_NOTIONAL = 1_000_000;
const BPS = 10_000;

/**
 * Average impact in basis points of an order of `notional` (≥ 0, quote currency). Square-root law: Donier & Bonart 2014,
 * arXiv:1412.4503, observed over four decades of order size in Bitcoin.
 */
export function impactBps(coefficient: number, notional: number): number {
  return coefficient * Math.sqrt(notional / IMPACT_NOTIONAL);
}

/** The notional that moves the price by `bps` on average: the inverse of `impactBps`. Infinity without impact. */
export function notionalAtImpact(coefficient: number, bps: number): number {
  if (coefficient === 0) return Infinity;
  return IMPACT_NOTIONAL * (Math.max(bps, 0) / coefficient) ** 2;
}

/** Expected cost of trading `notional` (≥ 0) in the currency of the notional. */
export function tradingCost(model: CostModel, notional: number): TradingCost {
  const fee = (notional * model.feeBps) / BPS;
  const spread = (notional * model.halfSpreadBps) / BPS;
  const impact = (notional * impactBps(model.impactCoefficient, notional)) / BPS;
  return { fee, spread, impact, total: fee + spread + impact };
}
