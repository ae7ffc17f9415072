import type { Readable } from 'node:stream';
import { parse, CsvError } from 'csv-parse';
import { faultsOf, MAX_FAULTS, Problem, type Fault } from '../platform/problem.ts';
import { MAX_POSITIONS, PositionInputSchema, type PositionInput } from './model.ts';

const COLUMNS = ['id', 'instrument', 'quantity', 'multiplier', 'averagePrice'] as const;
const REQUIRED = ['instrument', 'quantity'] as const;

/** One row of the file: a position, or the faults that it has. */
export type CsvRow = { line: number; position: PositionInput } | { line: number; faults: Fault[] };

/**
 * Reads positions from a CSV stream (RFC 4180, UTF-8, header line first), row by row. Yields bad rows too, so that all of
 * them can be told at once; throws a `Problem` when the file as a whole cannot be read.
 */
export async function* readPositionCsv(body: Readable, maxBytes: number): AsyncGenerator<CsvRow> {
  const parser = parse({
    ...{ bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true },
    record_delimiter: ['\r\n', '\n', '\r'], // else the first one found is the only one
  });
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes)
      parser.destroy(new Problem('payload_too_large', `A CSV upload has at most ${maxBytes} bytes`));
  });
  body.on('error', (error) => parser.destroy(error));
  body.pipe(parser);
  try {
    let header: string[] | undefined;
    let rows = 0;
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!header) {
        header = checkHeader(record);
        continue;
      }
      if (++rows > MAX_POSITIONS)
        throw new Problem('payload_too_large', `A portfolio has at most ${MAX_POSITIONS} positions`);
      yield readRow(header, record, info.lines);
    }
    if (!header) throw new Problem('validation_failed', 'The file is empty; its first line names the columns');
  } catch (error) {
    throw error instanceof CsvError ? csvProblem(error) : error;
  } finally {
    body.unpipe(parser);
    body.resume(); // the rest of a refused upload is read and dropped, so that the answer can be sent
  }
}

function checkHeader(record: string[]): string[] {
  const fault = (code: string, detail: string): Fault => ({ pointer: '', code, detail, line: 1 });
  const faults = [
    ...record
      .filter((name) => !COLUMNS.includes(name as never))
      .map((name) => fault('unknown_field', `There is no column "${name}"; there are ${COLUMNS.join(', ')}`)),
    ...REQUIRED.filter((name) => !record.includes(name)).map((name) =>
      fault('missing_column', `The column "${name}" is needed`),
    ),
    ...record
      .filter((name, i) => record.indexOf(name) !== i)
      .map((name) => fault('duplicate_column', `The column "${name}" is there twice`)),
  ];
  if (faults.length > 0)
    throw new Problem('validation_failed', 'The header line cannot be accepted', {
      faults: faults.slice(0, MAX_FAULTS),
    });
  return record;
}

function readRow(header: string[], record: string[], line: number): CsvRow {
  if (record.length !== header.length) {
    const detail = `This row has ${record.length} values; the header names ${header.length} columns`;
    return { line, faults: [{ pointer: '', code: 'column_count', detail, line }] };
  }
  // An empty cell is a value left out.
  const given = Object.fromEntries(header.map((name, i) => [name, record[i]]).filter(([, value]) => value !== ''));
  const parsed = PositionInputSchema.safeParse(given);
  if (parsed.success) return { line, position: parsed.data };
  return { line, faults: faultsOf(parsed.error).map((fault) => ({ ...fault, line })) };
}

function csvProblem(error: CsvError): Problem {
  const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
  return new Problem('validation_failed', 'The file is not CSV', {
    faults: [{ pointer: '', code: 'malformed_csv', detail: error.message, line }],
    cause: error,
  });
}
