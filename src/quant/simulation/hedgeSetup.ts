import type { CostModel } from '../hedging/cost.ts';
import type { Policy } from '../hedging/policy.ts';
import type { DeltaConvention } from '../hedging/deltaConvention.ts';
import type { PathGrid } from './pathColumns.ts';

export interface BookOption {
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly strike: number;
  /** From the start; settled at the first step of the grid at or after it. */
  readonly expiryYears: number;
  /** Units of the underlying, signed: sold is negative. */
  readonly quantity: number;
}

/** What the book is valued and hedged at, whatever the paths do. Rates continuously compounded, per year. */
export interface HedgeMarket {
  readonly rate: number;
  readonly dividendYield: number;
  /** Decimal; paths that bring volatilities of their own replace it. */
  readonly vol: number;
  /** ∂σ/∂ln K, of the deltas that follow the smile; 0 makes them Black's. */
  readonly skew: number;
}

/**
 * `cash`: an option pays its intrinsic value. `physical`: where it is worth anything the underlying changes hands at the strike,
 * out of or into the hedge, so that only what is left is traded.
 */
export const SETTLEMENTS = ['cash', 'physical'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

export interface HedgeTerms {
  readonly grid: PathGrid;
  readonly market: HedgeMarket;
  readonly book: readonly BookOption[];
  /** Whether cash earns the rate, and the hedge the dividend yield. Without it costs are sums that no time discounts. */
  readonly financing: boolean;
  readonly settlement: Settlement;
}

export interface HedgeStrategy {
  readonly policy: Policy;
  readonly costs: CostModel;
  readonly deltaConvention: DeltaConvention;
  /** Net delta aimed at, units of the underlying. */
  readonly target: number;
  /** Decimal, > 0; replaces the implied volatility in the width of bands, and in solved ones that of the underlying. */
  readonly forecastVol?: number;
}

/**
 * What a simulation tells of the book, the same for every strategy: profit of the options with the premium, and its parts,
 * step by step from the Greeks at the start of each step; `unexplained` is the rest.
 */
export const OPTION_COLUMNS = ['optionPnl', 'delta', 'gamma', 'vega', 'theta', 'unexplained'] as const;
export type OptionColumn = (typeof OPTION_COLUMNS)[number];

/**
 * What it tells of a strategy. pnl = optionPnl + hedgePnl + financing − cost, cost = fee + spread + impact + fixed + funding,
 * at the horizon. `trades` counts the liquidation too, `turnover` is notional; `hedgeError` is the largest |net delta − target|
 * that a decision left, in units of the underlying and the convention of the strategy.
 */
export const STRATEGY_COLUMNS = [
  'pnl',
  'hedgePnl',
  'financing',
  'cost',
  'fee',
  'spread',
  'impact',
  'fixed',
  'funding',
  'trades',
  'turnover',
  'hedgeError',
] as const;
export type StrategyColumn = (typeof STRATEGY_COLUMNS)[number];

/** Paths `from` … `to − 1`: the value of path p in column c at `[c * (to − from) + p − from]`. */
export interface HedgeShard {
  readonly from: number;
  readonly to: number;
  /** OPTION_COLUMNS. */
  readonly options: Float64Array;
  /** STRATEGY_COLUMNS of each strategy. */
  readonly strategies: readonly Float64Array[];
}

export function optionColumn({ options, from, to }: HedgeShard, column: OptionColumn): Float64Array {
  const at = OPTION_COLUMNS.indexOf(column) * (to - from);
  return options.subarray(at, at + to - from);
}

export function strategyColumn(
  { strategies, from, to }: HedgeShard,
  index: number,
  column: StrategyColumn,
): Float64Array {
  const at = STRATEGY_COLUMNS.indexOf(column) * (to - from);
  return strategies[index]!.subarray(at, at + to - from);
}

/** Of a year, and of itself: an expiry that a step misses by rounding is at that step. */
const ROUNDING = 1e-9;

/** Whether an option that expires then is settled at `now`; years from the start. */
export function isExpired(expiryYears: number, now: number): boolean {
  return now >= expiryYears * (1 - ROUNDING);
}

/** Why this cannot be simulated; undefined where it can. */
export function termsFault({ grid, market, book }: HedgeTerms): string | undefined {
  if (!(grid.steps >= 1 && Number.isInteger(grid.steps) && grid.stepYears > 0 && grid.stepYears < Infinity))
    return 'there is one step at least, and it takes time';
  if (!Object.values(market).every(Number.isFinite) || market.vol < 0)
    return 'the market has a number out of its range';
  if (book.length === 0) return 'the book holds no option';
  const isSound = ({ sign, strike, expiryYears, quantity }: BookOption) =>
    Math.abs(sign) === 1 &&
    strike > 0 &&
    strike < Infinity &&
    expiryYears > 0 &&
    Number.isFinite(expiryYears + quantity);
  const bad = book.findIndex((option) => !isSound(option));
  return bad < 0 ? undefined : `option ${bad} of the book has a number out of its range`;
}
