import { OUTPUT_COLUMNS } from '../pricing/black.ts';
import {
  addCurvature,
  addDeltas,
  addDetails,
  type BookRows,
  clearSums,
  divideYears,
  type Pricer,
  priceOption,
  settleOption,
} from './bookRows.ts';
import { nearestYears, type Valuation } from './bookValuation.ts';
import { isExpired } from './hedgeSetup.ts';
import type { FilledOption } from './history.ts';
import { PATH_BLOCK } from './pathNormals.ts';

/** The recorded book, as the one path of a block. */
export interface HistoryValuation extends Valuation {
  /**
   * Fills `rows` at an instant with the quantities held from instant `held` on: `at − 1` is the book before its trades of the
   * instant, and settles what expires at it; `at` is the book after them. Whether anything is settled.
   */
  value(rows: BookRows, at: number, held: number): boolean;
  /** Σq·vega·Δσ from `at − 1` to `at`, each option by its own volatility. */
  vegaGain(at: number): number;
}

/** Options at their marks, and where those are missing at the model; Greeks are those of the model at the volatility told. */
export function historyValuation(
  pricer: Pricer,
  times: Float64Array,
  spots: Float64Array,
  rate: number,
  options: readonly FilledOption[],
): HistoryValuation {
  const vol = new Float64Array(1);
  const spot = new Float64Array(1);
  const vegas = new Float64Array(options.length);
  const isAlive = ({ expiryYears }: FilledOption, at: number): boolean => !isExpired(expiryYears, times[at]!);
  const price = (option: FilledOption, at: number, variance: number): number => {
    const years = option.expiryYears - times[at]!;
    // The hedge trades at the spot, the option stands on its forward: the carry leads from one to the other.
    const carry = Math.log(option.forwards[at]! / spots[at]!) / years;
    vol[0] = option.vols[at]! * Math.sqrt(variance);
    spot[0] = spots[at]!;
    priceOption(pricer, { ...option, quantity: 1 }, { years, rate, carry }, spot, vol, 1);
    return years;
  };
  return {
    value(rows, at, held) {
      let settled = false;
      clearSums(rows, 1);
      rows.spot[0] = spots[at]!;
      rows.vol[0] = 0;
      options.forEach((option, index) => {
        const quantity = option.quantities[held]!;
        vegas[index] = 0;
        if (quantity === 0) return;
        if (isAlive(option, at)) {
          addRecorded(pricer, option, at, price(option, at, 1), quantity, rows);
          vegas[index] = quantity * pricer.output[VEGA]!;
        } else if (held < at && isAlive(option, held)) {
          settleOption({ ...option, quantity }, Float64Array.of(option.deliveryPrice ?? spots[at]!), rows, 1);
          settled = true;
        }
      });
      finish(rows, options, times, at, held);
      return settled;
    },
    addAtVariance(factors, _rows, at, sums, size) {
      for (const option of options) {
        const quantity = option.quantities[at]!;
        if (quantity === 0 || !isAlive(option, at)) continue;
        price(option, at, factors[0]!);
        addDeltas(pricer, quantity, option.slopes[at]!, sums, size);
      }
    },
    vegaGain: (at) =>
      options.reduce(
        (sum, option, index) =>
          isAlive(option, at) ? sum + vegas[index]! * (option.vols[at]! - option.vols[at - 1]!) : sum,
        0,
      ),
  };
}

const VEGA = PATH_BLOCK * OUTPUT_COLUMNS.indexOf('vega');
const GAMMA = PATH_BLOCK * OUTPUT_COLUMNS.indexOf('gamma');

/** The option that was priced last; while the sums are formed the volatility is weighted with |gamma|. */
function addRecorded(
  pricer: Pricer,
  option: FilledOption,
  at: number,
  years: number,
  quantity: number,
  rows: BookRows,
): void {
  const slope = option.slopes[at]!;
  const mark = option.marks[at]!;
  // The price is the first column: value and premium are those of the mark.
  if (!Number.isNaN(mark)) pricer.output[0] = mark;
  addDeltas(pricer, quantity, slope, rows, 1);
  addCurvature(pricer, quantity, rows, 1);
  addDetails(pricer, { ...option, quantity }, years, slope, rows, 1);
  rows.vol[0] = rows.vol[0]! + Math.abs(quantity * pricer.output[GAMMA]!) * option.vols[at]!;
}

/** Averages from their sums; those of the nearest expiry where there is no gamma. */
function finish(rows: BookRows, options: readonly FilledOption[], times: Float64Array, at: number, held: number): void {
  const now = times[at]!;
  const alive = options.filter(({ quantities, expiryYears }) => quantities[held] !== 0 && !isExpired(expiryYears, now));
  const weight = rows.absoluteGamma[0]!;
  const nearest = nearestYears(alive, now);
  if (weight > 0) rows.vol[0] = rows.vol[0]! / weight;
  else rows.vol[0] = alive.find(({ expiryYears }) => expiryYears - now === nearest)?.vols[at] ?? 0;
  divideYears(rows, nearest, 1);
}
