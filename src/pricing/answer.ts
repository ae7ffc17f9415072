import { z } from 'zod';
import { parseWithColumns } from '../platform/jsonNumbers/read.ts';
import { jsonBytes } from '../platform/jsonNumbers/write.ts';
import { faultsOf, Problem, rejectFaults } from '../platform/problem.ts';
import { batchOfColumns, batchOfFloats, batchOfRows, type Batch, type Priced } from './batch.ts';
import { evaluate, type Outputs } from './evaluate.ts';
import { MODELS, OUTPUTS, ROW_ERRORS, UNITS, type Units } from './model.ts';

export const FLOATS = 'application/octet-stream';
const JSON_TYPE = 'application/json';

/** A request as it came. Bytes in and bytes out, so that a worker thread can do all of the work on it. */
export interface Question {
  readonly operation: 'price' | 'implied_volatility';
  readonly contentType: string;
  readonly body: Uint8Array;
  /** From the query string, for float64 columns. */
  readonly model: string | undefined;
  readonly units: string | undefined;
  readonly outputs: string | undefined;
}

export interface Reply {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const form = {
  columns: z.record(z.string(), z.unknown()).optional(),
  rows: z.array(z.unknown()).optional(),
};
const oneForm = (given: { columns?: unknown; rows?: unknown }) =>
  (given.columns === undefined) !== (given.rows === undefined);
const WHICH = { message: 'give columns or rows, one of them', path: ['columns'] };
const units = z.enum(UNITS).default('trader');
const outputs = z.array(z.string()).min(1).optional();
/** The outline of a JSON request; the values in it are read row by row, for each row fails alone. */
const PriceEnvelope = z.strictObject({ model: z.enum(MODELS), units, outputs, ...form }).refine(oneForm, WHICH);
const SolveEnvelope = z.strictObject(form).refine(oneForm, WHICH);
const FloatsQuery = z.object({ model: z.enum(MODELS), units, outputs });

/** @throws Problem where the request as a whole cannot be read */
export function answer(question: Question): Reply {
  return question.contentType.startsWith(FLOATS) ? answerFloats(question) : answerJson(question);
}

function answerJson({ operation, body: asked }: Question): Reply {
  const request = envelopeOf(operation, parsed(asked));
  const batch = request.rows
    ? batchOfRows(request.priced, request.rows)
    : batchOfColumns(request.priced, request.columns ?? {});
  const outputs = evaluate(request.priced, batch, request.units, wantedOf(request.priced, request.outputs));
  const errors = batch.failures.list();
  // JSON has no NaN: the numbers of a failed row are null.
  const body = request.rows
    ? new TextEncoder().encode(JSON.stringify({ rows: rowsOf(outputs, batch.count), errors }))
    : jsonBytes(['{"columns":{', ...membersOf(outputs), `},"errors":${JSON.stringify(errors)}}`]);
  return { contentType: JSON_TYPE, body };
}

function membersOf(outputs: Outputs): (string | Float64Array)[] {
  return Object.entries(outputs).flatMap(([name, column], i) => [
    `${i > 0 ? ',' : ''}${JSON.stringify(name)}:`,
    column,
  ]);
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseWithColumns(body, 'columns');
  } catch (error) {
    throw new Problem('invalid_request', `The body is not JSON: ${(error as Error).message}`);
  }
}

interface Envelope {
  priced: Priced;
  units: Units;
  outputs?: string[];
  columns?: Record<string, unknown>;
  rows?: unknown[];
}

function envelopeOf(operation: Question['operation'], body: unknown): Envelope {
  if (operation === 'implied_volatility') return { priced: operation, units: 'raw', ...accept(SolveEnvelope, body) };
  const { model, ...rest } = accept(PriceEnvelope, body);
  return { priced: model, ...rest };
}

/** The outputs asked for, which must be some that the model has. */
function wantedOf(priced: Priced, outputs: string[] | undefined): readonly string[] | undefined {
  const known: readonly string[] = OUTPUTS[priced];
  const faults = (outputs ?? []).flatMap((name, i) =>
    known.includes(name)
      ? []
      : [{ pointer: `/outputs/${i}`, code: 'unknown_output', detail: `${priced} answers ${known.join(', ')}` }],
  );
  rejectFaults(faults);
  return outputs;
}

function accept<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem('validation_failed', 'Some values cannot be accepted', { faults: faultsOf(result.error) });
}

/** All rows get their names in one order, so that they are of one shape: `Object.fromEntries` takes several times as long. */
function rowsOf(outputs: Outputs, count: number): Record<string, number>[] {
  const names = Object.keys(outputs);
  const columns = Object.values(outputs);
  const rows = new Array<Record<string, number>>(count);
  for (let i = 0; i < count; i++) {
    const row: Record<string, number> = {};
    for (let c = 0; c < names.length; c++) row[names[c]!] = columns[c]![i]!;
    rows[i] = row;
  }
  return rows;
}

/** Float64 columns in, float64 columns out, in the byte order of x86 and ARM; the last one says why a row has no numbers. */
function answerFloats({ operation, body, ...given }: Question): Reply {
  const asked = { model: given.model, units: given.units, outputs: given.outputs?.split(',') };
  const query = operation === 'price' ? FloatsQuery.safeParse(asked) : undefined;
  if (query && !query.success) {
    throw new Problem('invalid_request', 'Say the model, and the units if you like, in the query string', {
      faults: faultsOf(query.error, ['querystring']),
    });
  }
  if (body.byteLength % 8 !== 0) throw new Problem('invalid_request', 'The body must be a whole number of float64');
  const priced = query?.data.model ?? 'implied_volatility';
  // A copy: the bytes of a request may begin anywhere, float64 begin at multiples of eight.
  const batch = batchOfFloats(priced, new Float64Array(body.slice().buffer));
  const wanted = wantedOf(priced, query?.data.outputs);
  const outputs = Object.values(evaluate(priced, batch, query?.data.units ?? 'raw', wanted));
  const floats = new Float64Array(batch.count * (outputs.length + 1));
  [...outputs, errorCodes(batch)].forEach((column, c) => floats.set(column, c * batch.count));
  return { contentType: FLOATS, body: new Uint8Array(floats.buffer) };
}

function errorCodes({ count, failures }: Batch): Float64Array {
  const words = Object.keys(ROW_ERRORS);
  const codes = new Float64Array(count);
  for (const { index, code } of failures.list()) codes[index] = words.indexOf(code) + 1;
  return codes;
}
