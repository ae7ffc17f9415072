import {
  addCurvature,
  addDeltas,
  addDetails,
  type BookRows,
  clearSums,
  type DeltaSums,
  divideYears,
  type Pricer,
  priceOption,
  settleOption,
} from './bookRows.ts';
import { type BookOption, type HedgeTerms, isExpired } from './hedgeSetup.ts';
import { PATH_BLOCK } from './pathNormals.ts';

/** What a book is worth at a step, on every path of a block. */
export interface Valuation {
  /** Adds the sums of the book with every variance times the factor of its path. */
  addAtVariance(factors: Float64Array, rows: BookRows, step: number, sums: DeltaSums, size: number): void;
}

/** The book of a simulation: every option at the volatility of the path, with the skew of the market. */
export interface MarketValuation extends Valuation {
  /**
   * Fills `rows` from their spots and volatilities. Options that expire between the last step and this one are settled here;
   * whether any is.
   *
   * @param isDetailed whether a decision reads more than value and Greeks: years, intrinsic and gross delta
   */
  value(rows: BookRows, step: number, size: number, isDetailed: boolean): boolean;
}

export function marketValuation(pricer: Pricer, { book, grid, market }: HedgeTerms): MarketValuation {
  const { rate, dividendYield, skew } = market;
  const vols = new Float64Array(PATH_BLOCK);
  const price = (option: BookOption, now: number, spot: Float64Array, vol: Float64Array, size: number) => {
    const life = { years: option.expiryYears - now, rate, carry: rate - dividendYield };
    priceOption(pricer, option, life, spot, vol, size);
  };
  return {
    value(rows, step, size, isDetailed) {
      const now = step * grid.stepYears;
      const before = (step - 1) * grid.stepYears;
      let settled = false;
      clearSums(rows, size);
      for (const option of book) {
        if (isExpired(option.expiryYears, now)) {
          if (isExpired(option.expiryYears, before)) continue;
          settleOption(option, rows.spot, rows, size);
          settled = true;
          continue;
        }
        price(option, now, rows.spot, rows.vol, size);
        addDeltas(pricer, option.quantity, skew, rows, size);
        addCurvature(pricer, option.quantity, rows, size);
        if (isDetailed) addDetails(pricer, option, option.expiryYears - now, skew, rows, size);
      }
      if (isDetailed) divideYears(rows, nearestYears(book, now), size);
      return settled;
    },
    addAtVariance(factors, { spot, vol }, step, sums, size) {
      const now = step * grid.stepYears;
      for (let i = 0; i < size; i++) vols[i] = vol[i]! * Math.sqrt(factors[i]!);
      for (const option of book) {
        if (isExpired(option.expiryYears, now)) continue;
        price(option, now, spot, vols, size);
        addDeltas(pricer, option.quantity, skew, sums, size);
      }
    },
  };
}

/** Years to the nearest expiry after `now`; 0 where there is none. */
export function nearestYears(book: readonly Pick<BookOption, 'expiryYears'>[], now: number): number {
  const left = book
    .filter(({ expiryYears }) => !isExpired(expiryYears, now))
    .map(({ expiryYears }) => expiryYears - now);
  return left.length > 0 ? Math.min(...left) : 0;
}
