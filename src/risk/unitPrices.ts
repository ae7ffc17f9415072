import type { MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { PricingPool } from '../pricing/service.ts';
import { threadKernel } from '../quant/kernel/kernel.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import { runsOf, type HeldBook, type Run } from './heldBook.ts';
import { RESULT_COLUMNS, type DeltaConvention } from './model.ts';
import { UNIT_WIDTH, unitTable, writeUnits } from './unitRows.ts';
import { INPUT, LARGEST, NOT_REPRESENTABLE, valueShard, type Reason, type ValuedShard } from './valuation.ts';

// What held books come to in a market, by the unit: it prices each instrument once, however many books hold it.

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

/** What one unit of each instrument is worth and sensitive to, in the units of the API: a row and an entry of columns at its place. */
export class Units {
  /** UNIT; NaN where there is a failure. */
  table = unitTable(new Float64Array());
  /** Largest magnitude of the results; NaN where there is a failure. */
  largest: Float64Array = new Float64Array();
  /** The largest of all. */
  mostLargest = 0;
  /** What the kernel was asked of options (INPUT_COLUMNS). */
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
    this.table = unitTable(widened(this.table.rows, new Float64Array(size * 2 * UNIT_WIDTH)));
    this.inputs = this.inputs.map(wider);
    [this.largest, this.deltas, this.forwards] = [wider(this.largest), wider(this.deltas), wider(this.forwards)];
    this.isPriced = widened(this.isPriced, new Uint8Array(size * 2));
  }

  /** Takes the results of a run whose rows are one unit each of the instruments at `places`. */
  put(places: readonly number[], instruments: readonly BookRow[], shard: ValuedShard): void {
    const { columns, failures, options } = shard;
    places.forEach((place, row) => {
      let largest = 0;
      for (let c = 0; c < RESULT_COLUMNS.length; c++)
        largest = Math.max(largest, Math.abs(columns[c * places.length + row]!));
      this.largest[place] = largest;
      this.mostLargest = Math.max(this.mostLargest, largest);
      const failure = failures[row];
      if (failure) this.failures.set(place, failure);
      this.isPriced[place] = 1;
    });
    this.count += places.length;
    const { rows, input, priced } = options;
    rows.forEach((row, i) => {
      const place = places[row]!;
      this.inputs.forEach((column, c) => (column[place] = input[c * rows.length + i]!));
      this.deltas[place] = priced[OPTION_DELTA * rows.length + i]!;
      const of = (name: keyof typeof INPUT) => this.inputs[INPUT[name]]![place]!;
      this.forwards[place] = of('spot') * Math.exp(of('carry') * of('time'));
    });
    const { rows: units } = this.table;
    writeUnits(units, places, instruments, shard, this.forwards);
    this.table = unitTable(units);
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

/** What the instruments of a book come to by the unit. */
export interface PricedBook {
  readonly units: Units;
  /** Of each instrument among the units. */
  readonly places: Int32Array;
  /** Of what can be told; sums run over one after the other. */
  readonly runs: readonly Run[];
  /** UNIT of each run, one after the other. */
  readonly sums: Float64Array;
  /** Instruments of which nothing can be told. */
  readonly failed: readonly number[];
}

/** The units of one market in one convention. */
export interface UnitPrices {
  readonly market: MarketView;
  readonly convention: DeltaConvention;
  readonly units: Units;
  /** Prices the instruments of a book; what was asked for before is not priced again. */
  prepare(book: HeldBook): Promise<void>;
  /** What the instruments of a book come to, prepared where they are not yet. */
  of(book: HeldBook): Promise<PricedBook>;
}

/** Instruments that are priced at a time. */
const CHUNK = 4_000;
const OPTION_DELTA = OUTPUT_COLUMNS.indexOf('delta');

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
        rows,
        shard,
      );
    }
  };

  const prepared = new WeakMap<HeldBook, Promise<void>>();
  const prepare = (book: HeldBook): Promise<void> => {
    const known = prepared.get(book);
    if (known) return known;
    // One after another, so that books that are asked for at once do not price what they share twice.
    const priced = turn.then(() => priceMissing(book, places.of(book)));
    prepared.set(book, priced);
    turn = priced.catch(() => prepared.delete(book));
    return priced;
  };

  return {
    ...{ market, convention, units },
    prepare,
    async of(book) {
      await prepare(book);
      return pricedBook(book, units, places.of(book));
    },
  };
}

function pricedBook(book: HeldBook, units: Units, places: Int32Array): PricedBook {
  const { quantities: sizes, gross, mostGross, partOf } = book;
  const failed: number[] = [];
  const fails = (i: number): boolean => units.failureOf(places[i]!, gross[i]!) !== undefined && failed.push(i) > 0;
  const runs = units.mostLargest * mostGross <= LARGEST ? book.runs : runsOf(partOf, fails);
  const bounds = Int32Array.from(runs.flatMap(({ from, to }) => [from, to]));
  return { units, places, runs, sums: threadKernel().rowSums(units.table, { places, sizes, gross }, bounds), failed };
}
