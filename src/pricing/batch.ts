import { AMERICAN_TIERS } from '../quant/pricing/american.ts';
import {
  COLUMNS,
  isWords,
  MAX_HIGH_ROWS,
  MAX_ROWS,
  ROW_ERRORS,
  type Column,
  type NumberColumn,
  type RowError,
  type RowErrorCode,
  type WordColumn,
} from './model.ts';
import { Problem } from '../platform/problem.ts';

export type Priced = keyof typeof COLUMNS;

/** Options in columns, read and checked; the rows in `failures` hold anything. */
export interface Batch {
  readonly count: number;
  /** Every column of the model: numbers as they are, a word as its place in the column's `words`. */
  readonly values: Record<string, Float64Array>;
  readonly failures: Failures;
}

/** Rows that have failed, the first reason of each. */
export class Failures {
  private readonly reasons = new Map<number, { code: RowErrorCode; detail: string }>();

  add(index: number, code: RowErrorCode, detail: string = ROW_ERRORS[code]): void {
    if (!this.reasons.has(index)) this.reasons.set(index, { code, detail });
  }

  has(index: number): boolean {
    return this.reasons.has(index);
  }

  rows(): Iterable<number> {
    return this.reasons.keys();
  }

  list(): RowError[] {
    return [...this.reasons].sort(([a], [b]) => a - b).map(([index, reason]) => ({ index, ...reason }));
  }
}

function columnsOf(priced: Priced): [string, Column][] {
  return Object.entries<Column>(COLUMNS[priced]);
}

/** Named columns, each an array (of floats too) or one value for every row. Throws where the columns themselves are wrong. */
export function batchOfColumns(priced: Priced, given: Record<string, unknown>): Batch {
  const lengths = new Map(Object.entries(given).flatMap(([name, v]) => (isArray(v) ? [[name, v.length]] : [])));
  const count = Math.max(0, ...(lengths.size > 0 ? lengths.values() : [1]));
  if (count > MAX_ROWS) throw tooMany(count);
  const faults = [
    ...unknownNames(priced, Object.keys(given)),
    ...columnsOf(priced)
      .filter(([name, column]) => given[name] === undefined && column.default === undefined)
      .map(([name]) => ({ name, code: 'missing', detail: `${priced} needs the column "${name}"` })),
    ...[...lengths]
      .filter(([, length]) => length !== count)
      .map(([name, length]) => ({
        name,
        code: 'length',
        detail: `It has ${length} values where another has ${count}`,
      })),
  ];
  if (faults.length > 0) {
    throw new Problem('validation_failed', 'The columns do not fit the model', {
      faults: faults.map(({ name, code, detail }) => ({ pointer: `/columns/${name}`, code, detail })),
    });
  }
  return read(priced, count, (name) => {
    const value = given[name];
    if (value instanceof Float64Array) return value;
    return Array.isArray(value) ? (i: number): unknown => value[i] : () => value;
  });
}

function isArray(value: unknown): value is unknown[] | Float64Array {
  return Array.isArray(value) || value instanceof Float64Array;
}

/** One object per option. */
export function batchOfRows(priced: Priced, rows: unknown[]): Batch {
  if (rows.length > MAX_ROWS) throw tooMany(rows.length);
  const known = new Set(Object.keys(COLUMNS[priced]));
  const failures = new Failures();
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return failures.add(i, 'not_a_row');
    for (const name in row) if (!known.has(name)) failures.add(i, 'unknown_field', `${priced} has no field "${name}"`);
  });
  return read(priced, rows.length, (name) => (i) => (Object(rows[i]) as Record<string, unknown>)[name], failures);
}

/** Float64 columns one after another, in the order of COLUMNS, all of them. */
export function batchOfFloats(priced: Priced, floats: Float64Array): Batch {
  const columns = columnsOf(priced);
  const count = floats.length / columns.length;
  if (!Number.isInteger(count)) {
    throw new Problem('invalid_request', `The body must hold ${columns.length} columns of float64 for ${priced}`);
  }
  if (count > MAX_ROWS) throw tooMany(count);
  const place = new Map(columns.map(([name], c) => [name, c * count]));
  return read(priced, count, (name, column) => {
    const from = place.get(name)!;
    // Every value is given, so a default is none for a word that is none.
    if (name === 'type') return (i) => (floats[from + i] === 1 ? 'call' : floats[from + i] === -1 ? 'put' : '');
    return isWords(column) ? (i) => column.words[floats[from + i]!] ?? '' : floats.subarray(from, from + count);
  });
}

function tooMany(count: number, most = MAX_ROWS, what = 'options'): Problem {
  const detail = `A call takes at most ${most} ${what}, and this one has ${count}`;
  return new Problem('validation_failed', detail, { faults: [{ pointer: '', code: 'too_many', detail }] });
}

function unknownNames(priced: Priced, names: string[]) {
  return names
    .filter((name) => !Object.hasOwn(COLUMNS[priced], name))
    .map((name) => ({ name, code: 'unknown_field', detail: `${priced} has no column "${name}"` }));
}

/** What a column holds, by row; or all of it, where it is numbers: they need not become objects then. */
type Values = Float64Array | ((index: number) => unknown);
type Reader = (name: string, column: Column) => Values;

function read(priced: Priced, count: number, reader: Reader, failures = new Failures()): Batch {
  const values = Object.fromEntries(
    columnsOf(priced).map(([name, column]) => {
      const values = reader(name, column);
      if (isWords(column)) return [name, readWords(name, column, count, valuesAt(values), failures)];
      return [name, readNumbers(name, column, count, values, failures)];
    }),
  );
  return refuseSlowRows({ count, values, failures });
}

/** The most accurate tier takes so long that a full call of it would keep a thread for minutes. */
function refuseSlowRows(batch: Batch): Batch {
  const tiers = batch.values['tier'];
  const slow = tiers?.reduce((sum, tier) => sum + Number(AMERICAN_TIERS[tier] === 'high'), 0) ?? 0;
  if (slow <= MAX_HIGH_ROWS) return batch;
  throw tooMany(slow, MAX_HIGH_ROWS, 'American options of tier "high"');
}

function readWords(
  name: string,
  column: WordColumn,
  count: number,
  valueAt: (index: number) => unknown,
  failures: Failures,
): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const place = column.words.indexOf((valueAt(i) ?? column.default) as string);
    if (place < 0) failures.add(i, 'unknown_word', `${name} must be one of ${column.words.join(', ')}`);
    out[i] = place;
  }
  return out;
}

function valuesAt(values: Values): (index: number) => unknown {
  return values instanceof Float64Array ? (i) => values[i] : values;
}

function readNumbers(
  name: string,
  { range, default: otherwise }: NumberColumn,
  count: number,
  values: Values,
  failures: Failures,
): Float64Array {
  const out = values instanceof Float64Array ? values.slice() : unboxed(count, values, otherwise);
  for (let i = 0; i < count; i++) {
    const value = out[i]!;
    if (!Number.isFinite(value)) {
      failures.add(i, 'not_a_number', `${name} must be a finite number`);
      out[i] = NaN;
    } else if (!range.holds(value)) failures.add(i, 'out_of_range', `${name} ${range.must}`);
  }
  return out;
}

/** The numbers of a column; NaN where it holds something else. */
function unboxed(count: number, valueAt: (index: number) => unknown, otherwise: number | undefined): Float64Array {
  const out = new Float64Array(count).fill(NaN);
  for (let i = 0; i < count; i++) {
    const value = valueAt(i) ?? otherwise;
    if (typeof value === 'number') out[i] = value;
  }
  return out;
}
