import type { MarketView } from '../market/service.ts';
import type { BookChanges, BookRow } from '../portfolios/model.ts';
import type { PricingPool } from '../pricing/service.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import { RESULT_COLUMNS, type DeltaConvention } from './model.ts';
import { INPUT, LARGEST, NOT_REPRESENTABLE, valueShard, type Reason, type ValuedShard } from './valuation.ts';

// A book by what it holds instead of by its positions. Everything that is told of a book is a sum over its positions, and every
// term of it is a quantity times what one unit comes to: so a market prices each instrument once, however many books hold it.

/** What totals are told of: an underlying, and an expiry of it. */
export type BookPart = Pick<BookRow, 'underlying' | 'quote' | 'expiryMs'>;

/**
 * A version of a book in memory. Its columns have an entry for each instrument, by however many positions it is held, in the order of
 * their keys; positions are in the order of their ids. Nothing depends on the way to a version: sums come out the same to the last bit.
 */
export interface HeldBook {
  /** One unit of each, with its symbol for a position id. */
  readonly instruments: readonly BookRow[];
  readonly keys: readonly string[];
  /** Σ quantity of the positions, and Σ|quantity|. */
  readonly quantities: Float64Array;
  readonly gross: Float64Array;
  /** What a quantity of 1 comes to of the underlying. */
  readonly multipliers: Float64Array;
  /** 1 where it is spot, a perpetual or a future. */
  readonly isLinear: Uint8Array;
  /** Of all instruments, one after the other: those of instrument i are from `firstPosition[i]` to before `firstPosition[i + 1]`. */
  readonly positionIds: readonly string[];
  readonly positionQuantities: Float64Array;
  readonly firstPosition: Uint32Array;
  /** In the order of the first instrument of each. */
  readonly parts: readonly BookPart[];
  /** Which part each instrument is of. */
  readonly partOf: Int32Array;
  /** Of what expires first; Infinity where nothing does. */
  readonly firstExpiryMs: number;
}

/** An instrument that books hold. */
interface Instrument {
  readonly key: string;
  /** One unit of it, with its symbol for a position id. */
  readonly unit: BookRow;
}

/** Instruments that are known at a time, beyond which all are told anew: most have expired. */
const MOST_KNOWN = 100_000;

/** Each instrument once, however many books hold it: what a book alone has are numbers and the ids of its positions. */
export class Instruments {
  private readonly byKey = new Map<string, Instrument>();

  of(row: BookRow): Instrument {
    const key = keyOf(row);
    const known = this.byKey.get(key);
    if (known) return known;
    if (this.byKey.size >= MOST_KNOWN) this.byKey.clear();
    const instrument = { key, unit: { ...row, positionId: row.symbol, quantity: 1 } };
    this.byKey.set(key, instrument);
    return instrument;
  }
}

/** Where instruments stand among the units of markets: books that are priced again and again are looked up once. */
export class Places {
  private readonly byKey = new Map<string, number>();
  private readonly byBook = new WeakMap<readonly string[], Int32Array>();

  /** Instruments that have a place. */
  get size(): number {
    return this.byKey.size;
  }

  /** Of the instruments of a book, in their order. */
  of({ keys }: HeldBook): Int32Array {
    const places = this.byBook.get(keys) ?? Int32Array.from(keys, (key) => this.placeOf(key));
    this.byBook.set(keys, places);
    return places;
  }

  private placeOf(key: string): number {
    const place = this.byKey.get(key) ?? this.byKey.size;
    this.byKey.set(key, place);
    return place;
  }
}

/** What one unit of each instrument is worth and sensitive to, in the units of the API: columns with an entry at the instrument's place. */
export class Units {
  /** RESULT_COLUMNS; NaN where there is a failure. */
  results: readonly Float64Array[] = RESULT_COLUMNS.map(() => new Float64Array());
  /** Largest magnitude of them; NaN where there is a failure. */
  largest: Float64Array = new Float64Array();
  /** What the kernel was asked of options (INPUT_COLUMNS); a sign of 0 is none. */
  inputs: readonly Float64Array[] = INPUT_COLUMNS.map(() => new Float64Array());
  /** What the kernel answered of options: their delta, as Black and Scholes have it. */
  deltas: Float64Array = new Float64Array();
  /** Of the expiries of options. */
  forwards: Float64Array = new Float64Array();
  /** Why there are none, by place. */
  readonly failures = new Map<number, Reason>();
  /** Instruments that are priced. */
  count = 0;
  private isPriced: Uint8Array = new Uint8Array();

  has(place: number): boolean {
    return this.isPriced[place] === 1;
  }

  /** Makes room for so many places. */
  grow(size: number): void {
    if (size <= this.isPriced.length) return;
    const wider = (column: Float64Array) => widened(column, new Float64Array(size * 2));
    this.results = this.results.map(wider);
    this.inputs = this.inputs.map(wider);
    [this.largest, this.deltas, this.forwards] = [wider(this.largest), wider(this.deltas), wider(this.forwards)];
    this.isPriced = widened(this.isPriced, new Uint8Array(size * 2));
  }

  /** Takes the results of a run whose rows are one unit each of the instruments at `places`. */
  put(places: readonly number[], { columns, failures, options }: ValuedShard): void {
    places.forEach((place, row) => {
      this.results.forEach((column, c) => (column[place] = columns[c * places.length + row]!));
      this.largest[place] = this.results.reduce((most, column) => Math.max(most, Math.abs(column[place]!)), 0);
      const failure = failures[row];
      if (failure) this.failures.set(place, failure);
      this.isPriced[place] = 1;
    });
    this.count += places.length;
    const { rows, input, priced } = options;
    rows.forEach((row, i) => {
      const place = places[row]!;
      this.inputs.forEach((column, c) => (column[place] = input[c * rows.length + i]!));
      const of = (name: keyof typeof INPUT) => this.inputs[INPUT[name]]![place]!;
      this.deltas[place] = priced[OPTION_DELTA * rows.length + i]!;
      this.forwards[place] = of('spot') * Math.exp(of('carry') * of('time'));
    });
  }

  /** Why nothing can be told of what a book holds at a place, or undefined. */
  failureOf(place: number, gross: number): Reason | undefined {
    return this.largest[place]! * gross <= LARGEST ? undefined : (this.failures.get(place) ?? NOT_REPRESENTABLE);
  }
}

function widened<Column extends Float64Array | Uint8Array>(column: Column, into: Column): Column {
  into.set(column);
  return into;
}

/** Instruments of a book from one to before another, all of one part. */
export interface Run {
  readonly part: number;
  readonly from: number;
  readonly to: number;
}

/** What the instruments of a book come to by the unit. */
export interface PricedBook {
  readonly units: Units;
  /** Of each instrument among the units. */
  readonly places: Int32Array;
  /** Of what can be told; sums run over one after the other. */
  readonly runs: readonly Run[];
  /** Instruments of which nothing can be told. */
  readonly failed: readonly number[];
}

/** The units of one market in one convention. */
export interface UnitPrices {
  readonly market: MarketView;
  readonly convention: DeltaConvention;
  readonly units: Units;
  /** Prices the instruments of a book; what was asked for before is not priced again. */
  of(book: HeldBook): Promise<PricedBook>;
}

/** Instruments that are priced at a time. */
const CHUNK = 4_000;
const OPTION_DELTA = OUTPUT_COLUMNS.indexOf('delta');

/** In the order of instruments, and of one in the order of their ids. */
interface Positions {
  readonly ids: readonly string[];
  readonly quantities: ArrayLike<number>;
}

/** What is held of one instrument. */
type Line = Instrument & Positions;

/** Reads a book whose positions come in the order of their ids. */
export async function holdBook(shards: AsyncIterable<BookRow[]>, known: Instruments): Promise<HeldBook> {
  const found = new Map<string, Instrument & { ids: string[]; quantities: number[] }>();
  for await (const rows of shards)
    for (const row of rows) {
      const instrument = known.of(row);
      const held = found.get(instrument.key) ?? { ...instrument, ids: [], quantities: [] };
      found.set(instrument.key, held);
      held.ids.push(row.positionId);
      held.quantities.push(row.quantity);
    }
  return columnsOf([...found.values()]);
}

/**
 * The book of a later version, from the positions that ended and those that began since; equal in every bit to one that is read. A position
 * that began and ended in between is in neither, one that changed is in both.
 * @throws Error where one ended that the book does not hold: it is of another version
 */
export function bringForward(
  book: HeldBook,
  ended: Readonly<BookChanges['ended']>,
  begun: Readonly<BookChanges['begun']>,
  known: Instruments,
): HeldBook {
  const touched = new Map<string, Map<string, number>>();
  const positionsOf = (key: string): Map<string, number> => {
    const positions = touched.get(key) ?? quantitiesOf(book, key);
    touched.set(key, positions);
    return positions;
  };
  for (const row of ended)
    if (!positionsOf(keyOf(row)).delete(row.positionId)) throw new Error(`${row.positionId} is not in the held book`);
  for (const row of begun) positionsOf(keyOf(row)).set(row.positionId, row.quantity);

  const rows = new Map(begun.map((row) => [keyOf(row), row]));
  const lines = [...touched].map(([key, positions]): Line & { place: number } => {
    const place = placeOf(book, key);
    const sorted = [...positions].sort(([a], [b]) => compare(a, b));
    return {
      ...(place < 0 ? known.of(rows.get(key)!) : instrumentAt(book, place)),
      ...{ place, ids: sorted.map(([id]) => id), quantities: sorted.map(([, quantity]) => quantity) },
    };
  });
  if (lines.every(({ place, ids }) => place >= 0 && ids.length > 0)) return replaced(book, lines);
  const untouched = book.keys.flatMap((key, place) => (touched.has(key) ? [] : [lineAt(book, place)]));
  return columnsOf([...untouched, ...lines.filter(({ ids }) => ids.length > 0)]);
}

/** With other positions in instruments that it holds already. */
function replaced(book: HeldBook, lines: readonly (Line & { place: number })[]): HeldBook {
  const [quantities, gross] = [book.quantities.slice(), book.gross.slice()];
  const counts = new Uint32Array(quantities.length);
  for (let i = 0; i < counts.length; i++) counts[i] = book.firstPosition[i + 1]! - book.firstPosition[i]!;
  const positions: Positions[] = [];
  let next = 0;
  for (const line of lines.toSorted((a, b) => a.place - b.place)) {
    quantities[line.place] = sum(line.quantities);
    gross[line.place] = grossOf(line.quantities);
    counts[line.place] = line.ids.length;
    positions.push(positionsIn(book, next, line.place), line);
    next = line.place + 1;
  }
  positions.push(positionsIn(book, next, quantities.length));
  return { ...book, quantities, gross, ...positionColumns(positions, counts) };
}

function columnsOf(unordered: readonly Line[]): HeldBook {
  const lines = unordered.toSorted((a, b) => compare(a.key, b.key));
  const instruments = lines.map(({ unit }) => unit);
  const partKeys = instruments.map(partKey);
  const parts = new Map(partKeys.map((key, i) => [key, instruments[i]!]));
  const places = new Map([...parts.keys()].map((key, place) => [key, place]));
  return {
    instruments,
    keys: lines.map(({ key }) => key),
    quantities: Float64Array.from(lines, ({ quantities }) => sum(quantities)),
    gross: Float64Array.from(lines, ({ quantities }) => grossOf(quantities)),
    multipliers: Float64Array.from(instruments, ({ multiplier }) => multiplier),
    isLinear: Uint8Array.from(instruments, ({ kind }) => (kind === 'option' || kind === 'liquidity' ? 0 : 1)),
    ...positionColumns(
      lines,
      lines.map(({ ids }) => ids.length),
    ),
    parts: [...parts.values()].map(({ underlying, quote, expiryMs }) => ({ underlying, quote, expiryMs })),
    partOf: Int32Array.from(partKeys, (key) => places.get(key)!),
    firstExpiryMs: instruments.reduce((first, { expiryMs }) => Math.min(first, expiryMs ?? Infinity), Infinity),
  };
}

/** @param counts of the positions of each instrument */
function positionColumns(positions: readonly Positions[], counts: ArrayLike<number>) {
  const firstPosition = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) firstPosition[i + 1] = firstPosition[i]! + counts[i]!;
  const count = firstPosition[counts.length]!;
  const positionIds = new Array<string>(count);
  const positionQuantities = new Float64Array(count);
  let next = 0;
  for (const { ids, quantities } of positions) {
    positionQuantities.set(quantities, next);
    for (const id of ids) positionIds[next++] = id;
  }
  return { positionIds, positionQuantities, firstPosition };
}

/** Of the instruments from one to before another. */
function positionsIn(book: HeldBook, from: number, to: number): Positions {
  const [first, end] = [book.firstPosition[from]!, book.firstPosition[to]!];
  return { ids: book.positionIds.slice(first, end), quantities: book.positionQuantities.subarray(first, end) };
}

function instrumentAt({ keys, instruments }: HeldBook, place: number): Instrument {
  return { key: keys[place]!, unit: instruments[place]! };
}

/** The quantities of an instrument by position; none where the book does not hold it. */
function quantitiesOf(book: HeldBook, key: string): Map<string, number> {
  const place = placeOf(book, key);
  if (place < 0) return new Map();
  const { ids, quantities } = positionsIn(book, place, place + 1);
  return new Map(ids.map((id, i) => [id, quantities[i]!]));
}

function lineAt(book: HeldBook, place: number): Line {
  return { ...instrumentAt(book, place), ...positionsIn(book, place, place + 1) };
}

/** Of an instrument among those of a book; -1 where it holds none. */
function placeOf({ keys }: HeldBook, key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return keys[low] === key ? low : -1;
}

function sum(quantities: ArrayLike<number>, of: (quantity: number) => number = (quantity) => quantity): number {
  let total = 0;
  for (let i = 0; i < quantities.length; i++) total += of(quantities[i]!);
  return total;
}

function grossOf(quantities: ArrayLike<number>): number {
  return sum(quantities, Math.abs);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Positions of one key are worth the same by the unit: all terms follow from the symbol. */
function keyOf({ symbol, multiplier }: Pick<BookRow, 'symbol' | 'multiplier'>): string {
  return `${symbol} ${multiplier}`;
}

function partKey({ underlying, quote, expiryMs }: BookPart): string {
  return `${underlying}/${quote} ${expiryMs}`;
}

/** @param places shared with other markets that the same books are priced in */
export function unitPrices(
  pool: Pick<PricingPool, 'price'>,
  market: MarketView,
  convention: DeltaConvention,
  places = new Places(),
): UnitPrices {
  const units = new Units();
  let turn: Promise<unknown> = Promise.resolve();

  const priceMissing = async ({ instruments }: HeldBook, own: Int32Array): Promise<void> => {
    const missing: number[] = [];
    for (let i = 0; i < own.length; i++) if (!units.has(own[i]!)) missing.push(i);
    if (missing.length === 0) return;
    units.grow(places.size);
    for (let from = 0; from < missing.length; from += CHUNK) {
      const chunk = missing.slice(from, from + CHUNK);
      const rows = chunk.map((i) => instruments[i]!);
      const shard = await valueShard(pool, market, rows, convention, 0);
      units.put(
        chunk.map((i) => own[i]!),
        shard,
      );
    }
  };

  return {
    ...{ market, convention, units },
    async of(book) {
      const own = places.of(book);
      // One after another, so that books that are asked for at once do not price what they share twice.
      const priced = turn.then(() => priceMissing(book, own));
      turn = priced.catch(() => undefined);
      await priced;
      return pricedBook(book, units, own);
    },
  };
}

function pricedBook({ gross, partOf }: HeldBook, units: Units, places: Int32Array): PricedBook {
  const runs: Run[] = [];
  const failed: number[] = [];
  let from = 0;
  const end = (to: number): void => void (from < to && runs.push({ part: partOf[from]!, from, to }));
  for (let i = 0; i < places.length; i++) {
    if (partOf[i] !== partOf[from]) {
      end(i);
      from = i;
    }
    if (!units.failureOf(places[i]!, gross[i]!)) continue;
    failed.push(i);
    end(i);
    from = i + 1;
  }
  end(places.length);
  return { units, places, runs, failed };
}

/** Σ quantity × what one unit comes to, over a run. */
export function sumOver({ quantities }: HeldBook, { places }: PricedBook, column: Float64Array, run: Run): number {
  let sum = 0;
  for (let i = run.from; i < run.to; i++) sum += quantities[i]! * column[places[i]!]!;
  return sum;
}
