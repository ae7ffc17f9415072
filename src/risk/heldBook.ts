import type { BookChanges, BookRow } from '../portfolios/model.ts';

// A book by what it holds instead of by its positions. Everything that is told of a book is a sum over its positions, and every
// term of it is a quantity times what one unit comes to: so a market prices each instrument once (`unitPrices.ts`).

/** What totals are told of: an underlying, and an expiry of it. */
export type BookPart = Pick<BookRow, 'underlying' | 'quote' | 'expiryMs'>;

/** Instruments of a book from one to before another, all of one part. */
export interface Run {
  readonly part: number;
  readonly from: number;
  readonly to: number;
}

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
  /** Largest of the gross quantities. */
  readonly mostGross: number;
  /** Options before each instrument; one more than there are instruments. */
  readonly optionsBefore: Uint32Array;
  /** Of all instruments, one after the other: those of instrument i are from `firstPosition[i]` to before `firstPosition[i + 1]`. */
  readonly positionIds: readonly string[];
  readonly positionQuantities: Float64Array;
  readonly firstPosition: Uint32Array;
  /** In the order of the first instrument of each. */
  readonly parts: readonly BookPart[];
  /** Which part each instrument is of, and the runs of one part. */
  readonly partOf: Int32Array;
  readonly runs: readonly Run[];
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
  return { ...book, quantities, gross, mostGross: mostOf(gross), ...positionColumns(positions, counts) };
}

function columnsOf(unordered: readonly Line[]): HeldBook {
  const lines = unordered.toSorted((a, b) => compare(a.key, b.key));
  const instruments = lines.map(({ unit }) => unit);
  const partKeys = instruments.map(partKey);
  const parts = new Map(partKeys.map((key, i) => [key, instruments[i]!]));
  const places = new Map([...parts.keys()].map((key, place) => [key, place]));
  const partOf = Int32Array.from(partKeys, (key) => places.get(key)!);
  const gross = Float64Array.from(lines, ({ quantities }) => grossOf(quantities));
  return {
    instruments,
    keys: lines.map(({ key }) => key),
    quantities: Float64Array.from(lines, ({ quantities }) => sum(quantities)),
    gross,
    mostGross: mostOf(gross),
    optionsBefore: optionsBefore(instruments),
    ...positionColumns(
      lines,
      lines.map(({ ids }) => ids.length),
    ),
    parts: [...parts.values()].map(({ underlying, quote, expiryMs }) => ({ underlying, quote, expiryMs })),
    partOf,
    runs: runsOf(partOf),
    firstExpiryMs: instruments.reduce((first, { expiryMs }) => Math.min(first, expiryMs ?? Infinity), Infinity),
  };
}

/** @param isLeftOut instruments that are in no run */
export function runsOf(partOf: Int32Array, isLeftOut: (i: number) => boolean = () => false): Run[] {
  const runs: Run[] = [];
  let from = 0;
  const end = (to: number): void => void (from < to && runs.push({ part: partOf[from]!, from, to }));
  for (let i = 0; i < partOf.length; i++) {
    const isOut = isLeftOut(i);
    if (!isOut && partOf[i] === partOf[from]) continue;
    end(i);
    from = isOut ? i + 1 : i;
  }
  end(partOf.length);
  return runs;
}

function mostOf(gross: Float64Array): number {
  return gross.reduce((most, each) => Math.max(most, each), 0);
}

function optionsBefore(instruments: readonly BookRow[]): Uint32Array {
  const before = new Uint32Array(instruments.length + 1);
  instruments.forEach(({ kind }, i) => (before[i + 1] = before[i]! + Number(kind === 'option')));
  return before;
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
