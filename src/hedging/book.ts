import { yearsTo, type MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import { pricingInput, type PricingPool } from '../pricing/service.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import type { HedgeState } from '../quant/hedging/policy.ts';
import { RESULT_COLUMNS, type ResultColumn } from '../risk/model.ts';
import type { ValuedShard } from '../risk/service.ts';

// What policies look at: the book of each underlying as columns. What is linear (spot, perpetuals, futures) counts as hedge,
// whoever put it there; options and shares of pools are the book that is hedged.

const COLUMN = Object.fromEntries(INPUT_COLUMNS.map((name, c) => [name, c])) as Record<
  (typeof INPUT_COLUMNS)[number],
  number
>;
const DELTA = OUTPUT_COLUMNS.indexOf('delta');

export interface BookOption {
  /** quantity × multiplier. */
  readonly size: number;
  readonly expiryMs: number;
  readonly strike: number;
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly years: number;
  readonly vol: number;
  readonly rate: number;
  /** Of its expiry. */
  readonly forward: number;
  /** INPUT_COLUMNS. */
  readonly inputs: readonly number[];
  /** Of one unit, as Black and Scholes have it. */
  readonly unitDelta: number;
  /** Of the position. */
  readonly gamma: number;
}

/** Everything that is held of one underlying. */
export interface HedgedBook {
  readonly underlying: string;
  readonly quote: string;
  readonly options: BookOption[];
  /** Of options and shares of pools, in the convention of the valuation. */
  delta: number;
  gamma: number;
  /** Σ|delta| over them. */
  grossDelta: number;
  /** Of what is linear. */
  hedge: number;
  /** Of shares of pools, which `delta` counts too. */
  pools: number;
}

/** What is held in one instrument of one venue, by whatever ids. */
export interface Holding {
  readonly row: BookRow;
  /** quantity × multiplier. */
  size: number;
}

/** Gathers the shards of a valuation. */
export class BookGatherer {
  private readonly books = new Map<string, HedgedBook>();
  /** By symbol: what another venue lists under the same terms is another instrument. */
  readonly holdings = new Map<string, Holding>();

  add(shard: ValuedShard, rows: readonly BookRow[]): void {
    const places = new Map(shard.options.rows.map((row, option) => [row, option]));
    rows.forEach((row, i) => {
      if (i in shard.failures) return;
      const at = (name: ResultColumn) => shard.columns[RESULT_COLUMNS.indexOf(name) * rows.length + i]!;
      const book = this.bookOf(row);
      this.hold(row);
      if (row.kind !== 'option' && row.kind !== 'liquidity') {
        book.hedge += at('delta');
        return;
      }
      book.delta += at('delta');
      book.gamma += at('gamma');
      book.grossDelta += Math.abs(at('delta'));
      const option = places.get(i);
      if (option === undefined) book.pools += at('delta');
      else book.options.push(optionOf(shard, row, option, at('gamma')));
    });
  }

  of(underlying: string, quote: string): HedgedBook | undefined {
    return this.books.get(`${underlying}/${quote}`);
  }

  private hold(row: BookRow): void {
    if (row.kind === 'liquidity') return;
    const holding = this.holdings.get(row.symbol) ?? { row, size: 0 };
    holding.size += row.quantity * row.multiplier;
    this.holdings.set(row.symbol, holding);
  }

  private bookOf({ underlying, quote }: BookRow): HedgedBook {
    const key = `${underlying}/${quote}`;
    const book = this.books.get(key) ?? {
      underlying,
      quote,
      options: [],
      delta: 0,
      gamma: 0,
      grossDelta: 0,
      hedge: 0,
      pools: 0,
    };
    this.books.set(key, book);
    return book;
  }
}

function optionOf({ options }: ValuedShard, row: BookRow, option: number, gamma: number): BookOption {
  const count = options.rows.length;
  const inputs = INPUT_COLUMNS.map((_, c) => options.input[c * count + option]!);
  const [spot, strike, years] = [inputs[COLUMN.spot]!, inputs[COLUMN.strike]!, inputs[COLUMN.time]!];
  return {
    size: row.quantity * row.multiplier,
    expiryMs: row.expiryMs!,
    ...{ strike, years, sign: inputs[COLUMN.sign]!, vol: inputs[COLUMN.vol]!, rate: inputs[COLUMN.rate]! },
    forward: spot * Math.exp(inputs[COLUMN.carry]! * years),
    inputs,
    unitDelta: options.priced[DELTA * count + option]!,
    gamma,
  };
}

/** The delta of the book, in its convention, with the variance of every option multiplied by `factor` > 0. */
export async function deltaAtVariance(
  pool: Pick<PricingPool, 'price'>,
  { options, delta }: HedgedBook,
  factor: number,
): Promise<number> {
  const { length } = options;
  if (length === 0 || factor === 1) return delta;
  const input = pricingInput(length);
  options.forEach(({ inputs }, i) => inputs.forEach((value, c) => (input[c * length + i] = value)));
  for (let i = 0; i < length; i++) input[COLUMN.vol * length + i]! *= Math.sqrt(factor);
  const priced = await pool.price(input, length);
  // What the convention adds to Black and Scholes' delta is taken to stay.
  return options.reduce((sum, { size, unitDelta }, i) => sum + size * (priced[DELTA * length + i]! - unitDelta), delta);
}

/** What a policy is asked with. Times count from 1970; `lastTradeMs` is −Infinity before the first trade. */
export function hedgeState(
  book: HedgedBook,
  market: MarketView,
  terms: { target: number; costRate: number; lastTradeMs: number; forecastVol: number | undefined },
): HedgeState {
  const view = market.underlying(book.underlying, book.quote)!;
  const spot = view.spot.mark;
  const weighted = weightedByGamma(book.options);
  const nowMs = market.asOf.getTime();
  return {
    now: 0,
    lastLook: -Infinity,
    lastTrade: Number.isFinite(terms.lastTradeMs) ? -Math.max(0, yearsTo(terms.lastTradeMs, nowMs)) : -Infinity,
    spot,
    rate: weighted.rate,
    ...{ delta: book.delta, gamma: book.gamma, grossDelta: book.grossDelta, hedge: book.hedge },
    intrinsicDelta: book.options.reduce((sum, option) => sum + intrinsicDelta(option), 0),
    vol: terms.forecastVol ?? weighted.vol,
    years: weighted.years,
    ...{ costRate: terms.costRate, target: terms.target },
  };
}

function intrinsicDelta({ size, sign, forward, strike }: BookOption): number {
  return sign * (forward - strike) > 0 ? sign * size : 0;
}

/** What is linear lives on: a horizon so long that no band of utility is wider for the end of it. */
const WITHOUT_OPTIONS = { vol: 1, years: 1_000, rate: 0 };

/** Means over the options by |gamma|; plain ones where there is no gamma. */
function weightedByGamma(options: readonly BookOption[]): { vol: number; years: number; rate: number } {
  if (options.length === 0) return WITHOUT_OPTIONS;
  const total = options.reduce((sum, { gamma }) => sum + Math.abs(gamma), 0);
  const weightOf = ({ gamma }: BookOption) => (total > 0 ? Math.abs(gamma) / total : 1 / options.length);
  const mean = (name: 'vol' | 'years' | 'rate') =>
    options.reduce((sum, option) => sum + weightOf(option) * option[name], 0);
  return { vol: mean('vol'), years: mean('years'), rate: mean('rate') };
}
