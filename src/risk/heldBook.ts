import type { MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { PricingPool } from '../pricing/service.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import { RESULT_COLUMNS, type DeltaConvention } from './model.ts';
import { INPUT, LARGEST, NOT_REPRESENTABLE, valueShard, type Reason, type ValuedShard } from './valuation.ts';

// A book by what it holds instead of by its positions. Everything that is told of a book is a sum over its positions, and every
// term of it is a quantity times what one unit comes to: so a market prices each instrument once, however many books hold it.

/** What totals are told of: an underlying, and an expiry of it. */
export type BookPart = Pick<BookRow, 'underlying' | 'quote' | 'expiryMs'>;

/** A version of a book in memory. Its columns have an entry for each instrument, by however many positions it is held. */
export interface HeldBook {
  /** One unit of each. */
  readonly instruments: readonly BookRow[];
  readonly keys: readonly string[];
  /** Σ quantity of the positions, and Σ|quantity|. */
  readonly quantities: Float64Array;
  readonly gross: Float64Array;
  readonly positionIds: readonly (readonly string[])[];
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

export async function holdBook(shards: AsyncIterable<BookRow[]>): Promise<HeldBook> {
  const found = new Map<string, { row: BookRow; quantity: number; gross: number; positionIds: string[] }>();
  for await (const rows of shards)
    for (const row of rows) {
      const key = keyOf(row);
      const held = found.get(key) ?? { row, quantity: 0, gross: 0, positionIds: [] };
      found.set(key, held);
      held.quantity += row.quantity;
      held.gross += Math.abs(row.quantity);
      held.positionIds.push(row.positionId);
    }
  const all = [...found.values()];
  const parts = new Map(all.map(({ row }) => [partKey(row), row]));
  const places = new Map([...parts.keys()].map((key, place) => [key, place]));
  return {
    instruments: all.map(({ row }) => ({ ...row, quantity: 1 })),
    keys: [...found.keys()],
    quantities: Float64Array.from(all, ({ quantity }) => quantity),
    gross: Float64Array.from(all, ({ gross }) => gross),
    positionIds: all.map(({ positionIds }) => positionIds),
    parts: [...parts.values()].map(({ underlying, quote, expiryMs }) => ({ underlying, quote, expiryMs })),
    partOf: Int32Array.from(all, ({ row }) => places.get(partKey(row))!),
    firstExpiryMs: all.reduce((first, { row }) => Math.min(first, row.expiryMs ?? Infinity), Infinity),
  };
}

/** Positions of one key are worth the same by the unit: all terms follow from the symbol. */
function keyOf({ symbol, multiplier }: BookRow): string {
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
