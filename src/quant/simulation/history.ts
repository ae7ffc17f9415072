import { isExpired } from './hedgeSetup.ts';

/**
 * One option of a recorded book. Columns have an element for each instant; NaN where nothing is known: a volatility and a slope
 * are then those told last, and a mark is the model's price at that volatility.
 */
export interface HistoryOption {
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly strike: number;
  /** From the first instant; settled at the first instant at or after it. */
  readonly expiryYears: number;
  /** What settles it; the spot at that instant where absent. */
  readonly deliveryPrice?: number;
  /** Units of the underlying held from each instant to the next; what changes is traded at the mark. Ignored after expiry. */
  readonly quantities: Float64Array;
  /** Price of one unit, in the currency of the spot. */
  readonly marks: Float64Array;
  /** Decimal. */
  readonly vols: Float64Array;
  /** ∂σ/∂ln K; 0 where absent. */
  readonly slopes?: Float64Array;
  /** Forward of the expiry; S·e^{(r − q)T} where absent or NaN. */
  readonly forwards?: Float64Array;
}

/** A recorded market and a book in it. */
export interface History {
  /** Years of each instant since the first, which is 0; ascending, two at least. */
  readonly times: Float64Array;
  /** Price of the hedge, > 0. */
  readonly spots: Float64Array;
  /** Continuously compounded, per year. */
  readonly rate: number;
  readonly dividendYield: number;
  readonly options: readonly HistoryOption[];
}

/** Whether the option counts at an instant: held from the one before or from this one on, and alive. */
export function isHeld({ quantities, expiryYears }: HistoryOption, times: Float64Array, at: number): boolean {
  if (isExpired(expiryYears, times[at]!)) return false;
  return quantities[at] !== 0 || (at > 0 && quantities[at - 1] !== 0);
}

/** An option whose columns have no gaps where it is held. */
export interface FilledOption extends HistoryOption {
  readonly slopes: Float64Array;
  readonly forwards: Float64Array;
}

/** The history with volatilities and slopes carried on, and forwards; marks keep their gaps. */
export function fillHistory(history: History): readonly FilledOption[] {
  const { times, spots, rate, dividendYield } = history;
  return history.options.map((option) => ({
    ...option,
    vols: carriedOn(option.vols),
    slopes: option.slopes
      ? carriedOn(option.slopes).map((slope) => (Number.isNaN(slope) ? 0 : slope))
      : new Float64Array(times.length),
    forwards: spots.map((spot, at) => {
      const quoted = option.forwards?.[at] ?? NaN;
      return Number.isNaN(quoted)
        ? spot * Math.exp((rate - dividendYield) * (option.expiryYears - times[at]!))
        : quoted;
    }),
  }));
}

function carriedOn(column: Float64Array): Float64Array {
  let last = NaN;
  return column.map((value) => (last = Number.isNaN(value) ? last : value));
}

/** Why this history cannot be replayed; undefined where it can. */
export function historyFault(history: History): string | undefined {
  const { times, spots, rate, dividendYield } = history;
  const count = times.length;
  if (count < 2 || times[0] !== 0 || times.some((time, at) => at > 0 && !(time > times[at - 1]!)))
    return 'instants ascend from 0, and there are two at least';
  if (spots.length !== count || !spots.every((spot) => spot > 0 && spot < Infinity))
    return 'a spot is out of its range';
  if (!Number.isFinite(rate) || !Number.isFinite(dividendYield)) return 'a rate is out of its range';
  for (const [index, option] of fillHistory(history).entries()) {
    const fault = optionFault(option, times);
    if (fault) return `option ${index}: ${fault}`;
  }
  return undefined;
}

function optionFault(option: FilledOption, times: Float64Array): string | undefined {
  const { sign, strike, expiryYears, deliveryPrice = strike, quantities, marks, vols, slopes, forwards } = option;
  if (![quantities, marks, vols, slopes, forwards].every(({ length }) => length === times.length))
    return 'its columns have not one element for each instant';
  if (
    Math.abs(sign) !== 1 ||
    !(strike > 0 && deliveryPrice > 0) ||
    !(expiryYears > 0) ||
    !quantities.every(Number.isFinite)
  )
    return 'a number is out of its range';
  for (let at = 0; at < times.length; at++) {
    if (!isHeld(option, times, at)) continue;
    if (!(vols[at]! >= 0)) return `it is held at instant ${at} without a volatility, then or before`;
    if (!(forwards[at]! > 0) || !Number.isFinite(slopes[at]!) || marks[at]! < 0)
      return `instant ${at} has a number out of its range`;
  }
  return undefined;
}
