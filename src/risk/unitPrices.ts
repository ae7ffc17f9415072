import type { MarketView } from '../market/service.ts';
import type { PricingPool } from '../pricing/service.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import type { HeldBook } from './heldBook.ts';
import { RESULT_COLUMNS, type DeltaConvention } from './model.ts';
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
