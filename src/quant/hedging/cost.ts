/** How the impact of an order grows with its size. */
export const IMPACT_SHAPES = ['square_root', 'linear'] as const;
export type ImpactShape = (typeof IMPACT_SHAPES)[number];

/** What trading and holding a hedge costs. Rates are in parts of 10,000 of the notional. */
export interface CostModel {
  /** Exchange fee. */
  feeBps: number;
  /** Half of the bid–ask spread: what crossing it costs against the middle. */
  halfSpreadBps: number;
  /** Average impact of an order of 1,000,000 of notional. */
  impactCoefficient: number;
  impactShape: ImpactShape;
  /** Of each order whatever its size, such as gas, in the currency of the notional. */
  fixedCost: number;
  /** What a long position pays per 8 hours, and a short one receives. */
  fundingBpsPer8h: number;
}

export interface TradingCost {
  fee: number;
  spread: number;
  impact: number;
  fixed: number;
  total: number;
}

export const NO_COSTS: CostModel = {
  feeBps: 0,
  halfSpreadBps: 0,
  impactCoefficient: 0,
  impactShape: 'square_root',
  fixedCost: 0,
  fundingBpsPer8h: 0,
};

const IMPACT_NOTIONAL = 1_000_000;
const BPS = 10_000;
/** Periods of 8 hours in a year of 365 days. */
const FUNDINGS_PER_YEAR = 3 * 365;

/**
 * Average impact in basis points of an order of `notional` (≥ 0, quote currency). Square-root law: Donier & Bonart 2014,
 * arXiv:1412.4503, observed over four decades of order size in Bitcoin; linear: Almgren & Chriss 2000, eq. 7.
 */
export function impactBps({ impactCoefficient, impactShape }: CostModel, notional: number): number {
  const size = notional / IMPACT_NOTIONAL;
  return impactCoefficient * (impactShape === 'linear' ? size : Math.sqrt(size));
}

/** The notional that moves the price by `bps` on average: the inverse of `impactBps`. Infinity without impact. */
export function notionalAtImpact({ impactCoefficient, impactShape }: CostModel, bps: number): number {
  if (impactCoefficient === 0) return Infinity;
  const size = Math.max(bps, 0) / impactCoefficient;
  return IMPACT_NOTIONAL * (impactShape === 'linear' ? size : size ** 2);
}

/** Expected cost of trading `notional` (≥ 0) in the currency of the notional; nothing is traded at 0, at no cost. */
export function tradingCost(model: CostModel, notional: number): TradingCost {
  const fee = (notional * model.feeBps) / BPS;
  const spread = (notional * model.halfSpreadBps) / BPS;
  const impact = (notional * impactBps(model, notional)) / BPS;
  const fixed = notional > 0 ? model.fixedCost : 0;
  return { fee, spread, impact, fixed, total: fee + spread + impact + fixed };
}

/** Of the premium: exchanges cap the fee of an option, which is told of its underlying, at so much (Deribit, OKX: 12.5 %). */
const OPTION_FEE_CAP = 0.125;

/** Fee of one option: of the notional of its underlying, but at most an eighth of its premium. */
export function optionFee({ feeBps }: CostModel, underlyingNotional: number, premium: number): number {
  return Math.min((underlyingNotional * feeBps) / BPS, OPTION_FEE_CAP * premium);
}

/** λ of the hedging literature: what a small trade costs one way, as a fraction of its notional. */
export function proportionalCost({ feeBps, halfSpreadBps }: CostModel): number {
  return (feeBps + halfSpreadBps) / BPS;
}

/** What holding `notional` (signed, long is positive) for `years` pays in funding; negative where it is received. */
export function fundingCost({ fundingBpsPer8h }: CostModel, notional: number, years: number): number {
  return (notional * fundingBpsPer8h * FUNDINGS_PER_YEAR * years) / BPS;
}
