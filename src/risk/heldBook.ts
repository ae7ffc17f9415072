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
  readonly positionIds: readonly (readonly string[])[];
  readonly positionQuantities: readonly (readonly number[])[];
  /** In the order of the first instrument of each. */
  readonly parts: readonly BookPart[];
  /** Which part each instrument is of. */
  readonly partOf: Int32Array;
  /** Of what expires first; Infinity where nothing does. */
  readonly firstExpiryMs: number;
}

/** What one unit of an instrument is worth and sensitive to, in the units of the API. */
export interface Unit {
  /** RESULT_COLUMNS. */
  readonly results: Float64Array;
  /** Largest magnitude of them. */
  readonly largest: number;
  /** Why there are none. */
  readonly failure: Reason | undefined;
  /** What the kernel was asked (INPUT_COLUMNS) and its delta, and the forward of the expiry; of options alone. */
  readonly option: { readonly inputs: readonly number[]; readonly delta: number; readonly forward: number } | undefined;
}

/** The units of one market in one convention. */
export interface UnitPrices {
  readonly market: MarketView;
  readonly convention: DeltaConvention;
  /** Of the instruments of a book, in their order. What was asked for before is not priced again. */
  of(book: HeldBook): Promise<readonly Unit[]>;
}

/** Instruments that are priced at a time. */
const CHUNK = 4_000;
const OPTION_DELTA = OUTPUT_COLUMNS.indexOf('delta');

/** What is held of one instrument. */
interface Line {
  readonly key: string;
  readonly instrument: BookRow;
  readonly ids: readonly string[];
  readonly quantities: readonly number[];
}

/** Reads a book whose positions come in the order of their ids. */
export async function holdBook(shards: AsyncIterable<BookRow[]>): Promise<HeldBook> {
  const found = new Map<string, { row: BookRow; ids: string[]; quantities: number[] }>();
  for await (const rows of shards)
    for (const row of rows) {
      const key = keyOf(row);
      const held = found.get(key) ?? { row, ids: [], quantities: [] };
      found.set(key, held);
      held.ids.push(row.positionId);
      held.quantities.push(row.quantity);
    }
  return columnsOf(
    [...found].map(([key, { row, ids, quantities }]) => ({ key, instrument: unitOf(row), ids, quantities })),
  );
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
): HeldBook {
  const touched = new Map<string, Map<string, number>>();
  const positionsOf = (key: string): Map<string, number> => {
    const positions = touched.get(key) ?? positionsAt(book, placeOf(book, key));
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
      ...{ key, place, instrument: place < 0 ? unitOf(rows.get(key)!) : book.instruments[place]! },
      ...{ ids: sorted.map(([id]) => id), quantities: sorted.map(([, quantity]) => quantity) },
    };
  });
  if (lines.every(({ place, ids }) => place >= 0 && ids.length > 0)) return replaced(book, lines);
  const untouched = book.keys.flatMap((key, place) => (touched.has(key) ? [] : [lineAt(book, place)]));
  return columnsOf([...untouched, ...lines.filter(({ ids }) => ids.length > 0)]);
}

/** With other positions in instruments that it holds already. */
function replaced(book: HeldBook, lines: readonly (Line & { place: number })[]): HeldBook {
  const [quantities, gross] = [book.quantities.slice(), book.gross.slice()];
  const [positionIds, positionQuantities] = [[...book.positionIds], [...book.positionQuantities]];
  for (const line of lines) {
    quantities[line.place] = sum(line.quantities);
    gross[line.place] = grossOf(line.quantities);
    positionIds[line.place] = line.ids;
    positionQuantities[line.place] = line.quantities;
  }
  return { ...book, quantities, gross, positionIds, positionQuantities };
}

function columnsOf(unordered: readonly Line[]): HeldBook {
  const lines = unordered.toSorted((a, b) => compare(a.key, b.key));
  const instruments = lines.map(({ instrument }) => instrument);
  const partKeys = instruments.map(partKey);
  const parts = new Map(partKeys.map((key, i) => [key, instruments[i]!]));
  const places = new Map([...parts.keys()].map((key, place) => [key, place]));
  return {
    instruments,
    keys: lines.map(({ key }) => key),
    quantities: Float64Array.from(lines, ({ quantities }) => sum(quantities)),
    gross: Float64Array.from(lines, ({ quantities }) => grossOf(quantities)),
    positionIds: lines.map(({ ids }) => ids),
    positionQuantities: lines.map(({ quantities }) => quantities),
    parts: [...parts.values()].map(({ underlying, quote, expiryMs }) => ({ underlying, quote, expiryMs })),
    partOf: Int32Array.from(partKeys, (key) => places.get(key)!),
    firstExpiryMs: instruments.reduce((first, { expiryMs }) => Math.min(first, expiryMs ?? Infinity), Infinity),
  };
}

function lineAt({ keys, instruments, positionIds, positionQuantities }: HeldBook, place: number): Line {
  const [key, instrument] = [keys[place]!, instruments[place]!];
  return { key, instrument, ids: positionIds[place]!, quantities: positionQuantities[place]! };
}

function positionsAt({ positionIds, positionQuantities }: HeldBook, place: number): Map<string, number> {
  return new Map(positionIds[place]?.map((id, i) => [id, positionQuantities[place]![i]!]));
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

function unitOf(row: BookRow): BookRow {
  return { ...row, positionId: row.symbol, quantity: 1 };
}

function sum(quantities: readonly number[]): number {
  return quantities.reduce((total, quantity) => total + quantity, 0);
}

function grossOf(quantities: readonly number[]): number {
  return quantities.reduce((total, quantity) => total + Math.abs(quantity), 0);
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

export function unitPrices(
  pool: Pick<PricingPool, 'price'>,
  market: MarketView,
  convention: DeltaConvention,
): UnitPrices {
  const units = new Map<string, Unit>();
  let turn: Promise<unknown> = Promise.resolve();

  const priceMissing = async ({ keys, instruments }: HeldBook): Promise<void> => {
    const missing = keys.flatMap((key, i) => (units.has(key) ? [] : [i]));
    for (let from = 0; from < missing.length; from += CHUNK) {
      const chunk = missing.slice(from, from + CHUNK);
      const rows = chunk.map((i) => instruments[i]!);
      const priced = unitsOf(await valueShard(pool, market, rows, convention, 0));
      chunk.forEach((i, k) => units.set(keys[i]!, priced[k]!));
    }
  };

  return {
    ...{ market, convention },
    async of(book) {
      // One after another, so that books that are asked for at once do not price what they share twice.
      const priced = turn.then(() => priceMissing(book));
      turn = priced.catch(() => undefined);
      await priced;
      return book.keys.map((key) => units.get(key)!);
    },
  };
}

function unitsOf(shard: ValuedShard): Unit[] {
  const { columns, failures, positionIds } = shard;
  const places = new Map(shard.options.rows.map((row, i) => [row, i]));
  return positionIds.map((_, i) => {
    const results = Float64Array.from(RESULT_COLUMNS, (_name, c) => columns[c * positionIds.length + i]!);
    const place = places.get(i);
    return {
      results,
      largest: results.reduce((most, result) => Math.max(most, Math.abs(result)), 0),
      failure: failures[i],
      option: place === undefined ? undefined : optionOf(shard, place),
    };
  });
}

function optionOf({ options: { input, priced, rows } }: ValuedShard, place: number): Unit['option'] {
  const inputs = INPUT_COLUMNS.map((_, c) => input[c * rows.length + place]!);
  const [spot, time, carry] = [inputs[INPUT.spot]!, inputs[INPUT.time]!, inputs[INPUT.carry]!];
  return { inputs, delta: priced[OPTION_DELTA * rows.length + place]!, forward: spot * Math.exp(carry * time) };
}

/** Why nothing can be told of what a book holds of an instrument, or undefined. */
export function failureOf({ largest, failure }: Unit, gross: number): Reason | undefined {
  return failure ?? (largest * gross <= LARGEST ? undefined : NOT_REPRESENTABLE);
}
