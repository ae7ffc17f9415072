import { yearsTo, type MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import { pricingInput, type PricingPool } from '../pricing/service.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import type { HedgeState } from '../quant/hedging/policy.ts';
import { UNIT, UNIT_WIDTH, type HeldBook, type PricedBook } from '../risk/service.ts';

// What policies look at: the book of each underlying as columns. What is linear (spot, perpetuals, futures) counts as hedge,
// whoever put it there; options and shares of pools are the book that is hedged.

const COLUMN = Object.fromEntries(INPUT_COLUMNS.map((name, c) => [name, c])) as Record<
  (typeof INPUT_COLUMNS)[number],
  number
>;
const KERNEL_DELTA = OUTPUT_COLUMNS.indexOf('delta');

export interface BookOption {
  /** quantity × multiplier. */
  readonly size: number;
  readonly expiryMs: number;
  readonly strike: number;
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly years: number;
  readonly vol: number;
  /** Of its expiry. */
  readonly forward: number;
  /** INPUT_COLUMNS. */
  readonly inputs: readonly number[];
  /** Of one unit, as Black and Scholes have it. */
  readonly unitDelta: number;
}

/** Everything that is held of one underlying. */
export class HedgedBook {
  optionCount = 0;
  /** Of the rows of its instruments, by UNIT. */
  private readonly sums = new Float64Array(UNIT_WIDTH);
  readonly underlying: string;
  readonly quote: string;
  private readonly listed: () => BookOption[];

  constructor(underlying: string, quote: string, listed: () => BookOption[] = () => []) {
    this.underlying = underlying;
    this.quote = quote;
    this.listed = listed;
  }

  /** Made when they are asked for: most policies need only the sums. */
  get options(): readonly BookOption[] {
    return this.listed();
  }

  /** Of options and shares of pools, in the convention of the valuation. */
  get delta(): number {
    return this.sums[UNIT.otherDelta]!;
  }

  get gamma(): number {
    return this.sums[UNIT.otherGamma]!;
  }

  /** Σ|delta| over them, position by position. */
  get grossDelta(): number {
    return this.sums[UNIT.otherDeltaSize]!;
  }

  /** Of what is linear. */
  get hedge(): number {
    return this.sums[UNIT.linearDelta]!;
  }

  /** Of shares of pools, which `delta` counts too. */
  get pools(): number {
    return this.sums[UNIT.poolDelta]!;
  }

  /** Of the options, were they to expire now. */
  get intrinsicDelta(): number {
    return this.sums[UNIT.intrinsicDelta]!;
  }

  /** What a book holds in a run of its instruments. */
  add({ optionsBefore }: HeldBook, { runs, sums }: PricedBook, run: number): void {
    const { from, to } = runs[run]!;
    this.optionCount += optionsBefore[to]! - optionsBefore[from]!;
    for (let c = 0; c < UNIT_WIDTH; c++) this.sums[c]! += sums[run * UNIT_WIDTH + c]!;
  }

  /** What the options are priced with in the mean, by |gamma| where they have any. */
  mean(): Pricing | undefined {
    const { sums } = this;
    const size = sums[UNIT.gammaSize]!;
    if (size > 0) {
      const [vol, years, rate] = [sums[UNIT.gammaVol]!, sums[UNIT.gammaYears]!, sums[UNIT.gammaRate]!];
      return { vol: vol / size, years: years / size, rate: rate / size };
    }
    const { options } = this;
    if (options.length === 0) return undefined;
    const plain = (of: (option: BookOption) => number) =>
      options.reduce((sum, each) => sum + of(each), 0) / options.length;
    return {
      vol: plain((each) => each.vol),
      years: plain((each) => each.years),
      rate: plain(({ inputs }) => inputs[COLUMN.rate]!),
    };
  }
}

interface Pricing {
  vol: number;
  years: number;
  rate: number;
}

/** What is held in one instrument of one venue, by whatever ids. */
export interface Holding {
  readonly row: BookRow;
  /** quantity × multiplier. */
  size: number;
}

export type Books = ReadonlyMap<string, HedgedBook>;

/** The books of a held portfolio, by `BTC/USD`; what could not be valued is in none. */
export function booksOf(held: HeldBook, priced: PricedBook): Books {
  const books = new Map<string, HedgedBook>();
  priced.runs.forEach(({ part }, run) => bookOf(books, held.parts[part]!, held, priced).add(held, priced, run));
  return books;
}

function bookOf(
  books: Map<string, HedgedBook>,
  { underlying, quote }: { underlying: string; quote: string },
  held: HeldBook,
  priced: PricedBook,
): HedgedBook {
  const name = `${underlying}/${quote}`;
  const book = books.get(name) ?? new HedgedBook(underlying, quote, () => optionsOf(name, held, priced));
  books.set(name, book);
  return book;
}

function optionsOf(
  name: string,
  { instruments, quantities, gross }: HeldBook,
  { units, places }: PricedBook,
): BookOption[] {
  return instruments.flatMap(({ kind, underlying, quote, expiryMs, multiplier }, i) => {
    const place = places[i]!;
    if (kind !== 'option' || `${underlying}/${quote}` !== name || units.failureOf(place, gross[i]!)) return [];
    const inputs = units.inputs.map((column) => column[place]!);
    const at = (column: keyof typeof COLUMN) => inputs[COLUMN[column]]!;
    return {
      ...{ size: quantities[i]! * multiplier, expiryMs: expiryMs!, strike: at('strike'), sign: at('sign') },
      ...{
        years: at('time'),
        vol: at('vol'),
        forward: units.forwards[place]!,
        inputs,
        unitDelta: units.deltas[place]!,
      },
    };
  });
}

/** By symbol: what another venue lists under the same terms is another instrument. */
export function holdingsOf(
  { instruments, quantities, gross }: HeldBook,
  { units, places }: PricedBook,
): Map<string, Holding> {
  const holdings = new Map<string, Holding>();
  instruments.forEach((row, i) => {
    if (row.kind === 'liquidity' || units.failureOf(places[i]!, gross[i]!)) return;
    const holding = holdings.get(row.symbol) ?? { row, size: 0 };
    holdings.set(row.symbol, holding);
    holding.size += quantities[i]! * row.multiplier;
  });
  return holdings;
}

/** The delta of the book, in its convention, with the variance of every option multiplied by `factor` > 0. */
export async function deltaAtVariance(
  pool: Pick<PricingPool, 'price'>,
  book: HedgedBook,
  factor: number,
): Promise<number> {
  const { delta, optionCount: length } = book;
  if (length === 0 || factor === 1) return delta;
  const { options } = book;
  const input = pricingInput(length);
  options.forEach(({ inputs }, i) => inputs.forEach((value, c) => (input[c * length + i] = value)));
  for (let i = 0; i < length; i++) input[COLUMN.vol * length + i]! *= Math.sqrt(factor);
  const priced = await pool.price(input, length);
  // What the convention adds to Black and Scholes' delta is taken to stay.
  return options.reduce(
    (sum, { size, unitDelta }, i) => sum + size * (priced[KERNEL_DELTA * length + i]! - unitDelta),
    delta,
  );
}

/** What a policy is asked with. Times count from 1970; `lastTradeMs` is −Infinity before the first trade. */
export function hedgeState(
  book: HedgedBook,
  market: MarketView,
  terms: { target: number; costRate: number; lastTradeMs: number; forecastVol: number | undefined },
): HedgeState {
  const view = market.underlying(book.underlying, book.quote)!;
  const spot = view.spot.mark;
  const weighted = book.mean() ?? WITHOUT_OPTIONS;
  const nowMs = market.asOf.getTime();
  return {
    now: 0,
    lastLook: -Infinity,
    lastTrade: Number.isFinite(terms.lastTradeMs) ? -Math.max(0, yearsTo(terms.lastTradeMs, nowMs)) : -Infinity,
    spot,
    rate: weighted.rate,
    ...{ delta: book.delta, gamma: book.gamma, grossDelta: book.grossDelta, hedge: book.hedge },
    intrinsicDelta: book.intrinsicDelta,
    vol: terms.forecastVol ?? weighted.vol,
    years: weighted.years,
    ...{ costRate: terms.costRate, target: terms.target },
  };
}

/** What is linear lives on: a horizon so long that no band of utility is wider for the end of it. */
const WITHOUT_OPTIONS = { vol: 1, years: 1_000, rate: 0 };
