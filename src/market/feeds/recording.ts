import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { z } from 'zod';
import { VenueError } from '../ports.ts';

// Chains of Deribit as gzipped CSV: one row per instrument and instant, the rows of an instant together, instants ascending. Columns:
// timestamp_ms, instrument_name, underlying_price, index_price (USD), mark_price, best_bid_price, best_ask_price (coin), mark_iv (percent),
// open_interest; what is empty is missing, and further columns are let be.

const optional = z
  .string()
  .transform((text) => (text === '' ? undefined : Number(text)))
  .pipe(z.number().optional());
const RowSchema = z.object({
  timestamp_ms: z
    .string()
    .regex(/^\d{12,14}$/)
    .transform(Number),
  instrument_name: z.string().min(1),
  underlying_price: optional,
  index_price: z.string().min(1).transform(Number).pipe(z.number().positive()),
  mark_price: optional,
  mark_iv: optional,
  best_bid_price: optional,
  best_ask_price: optional,
  open_interest: optional,
});
export type RecordedRow = z.infer<typeof RowSchema>;

/** All that was recorded at one instant. */
export interface RecordedChain {
  atMs: number;
  rows: RecordedRow[];
}

export interface Recordings {
  has(name: string): Promise<boolean>;
  /**
   * The chains of a recording from one instant to another, both included, as they are asked for: no more than one is in memory.
   *
   * @throws VenueError it cannot be read
   */
  read(name: string, fromMs: number, toMs: number): AsyncGenerator<RecordedChain, void>;
}

/** Recordings in a folder; none where there is no folder. `name` has neither dots nor slashes. */
export function openRecordings(folder: string | undefined): Recordings {
  const pathOf = (name: string) => join(folder ?? '', `${name}.csv.gz`);
  return {
    async has(name) {
      if (folder === undefined) return false;
      return access(pathOf(name)).then(
        () => true,
        () => false,
      );
    },
    async *read(name, fromMs, toMs) {
      try {
        yield* chains(rowsOf(pathOf(name)), fromMs, toMs);
      } catch (cause) {
        const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
        throw cause instanceof VenueError
          ? cause
          : new VenueError(`The recording ${name} cannot be read: ${reason}`, { cause });
      }
    },
  };
}

async function* chains(
  rows: AsyncIterable<RecordedRow>,
  fromMs: number,
  toMs: number,
): AsyncGenerator<RecordedChain, void> {
  let chain: RecordedChain = { atMs: -Infinity, rows: [] };
  for await (const row of rows) {
    if (row.timestamp_ms < chain.atMs) throw new VenueError(`The recording goes back in time at ${row.timestamp_ms}`);
    if (row.timestamp_ms > chain.atMs) {
      if (chain.rows.length > 0) yield chain;
      chain = { atMs: row.timestamp_ms, rows: [] };
    }
    if (chain.atMs > toMs) return;
    if (chain.atMs >= fromMs) chain.rows.push(row);
  }
  if (chain.rows.length > 0) yield chain;
}

async function* rowsOf(path: string): AsyncGenerator<RecordedRow, void> {
  const parser = parse({ columns: true });
  // Errors of any of the three end the parser, and the end of the parser closes the file.
  pipeline(createReadStream(path), createGunzip(), parser, () => undefined);
  let line = 1; // the header
  for await (const record of parser) {
    line += 1;
    const parsed = RowSchema.safeParse(record);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new VenueError(
        `The recording has a faulty row in line ${line}: ${issue?.path.join('.')} ${issue?.message}`,
      );
    }
    yield parsed.data;
  }
}
