import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VenueError, type DeribitKind, type DeribitPublicApi } from './ports.ts';

type Row = Record<string, unknown>;

const AnswerSchema = z.object({ result: z.unknown() });
const RowSchema = z.looseObject({ instrument_name: z.string() });

/**
 * Deribit as it answered some day: every `.json` file of a folder that holds one JSON-RPC answer, or an array of them. The
 * answers are known by their content, so files may be named and split as one likes; others in the folder are let be.
 */
export async function deribitFolder(folder: string): Promise<DeribitPublicApi & { currencies: string[] }> {
  const results = await readResults(folder);
  const rows = results.flatMap((result) => (Array.isArray(result) ? result : [])).flatMap(rowOf);
  const instruments = rows.filter((row) => 'expiration_timestamp' in row);
  const summaries = rows.filter((row) => 'creation_timestamp' in row && !('expiration_timestamp' in row));
  const tickers = results.flatMap(rowOf).filter((row) => 'best_bid_price' in row);
  const listed = (from: Row[], currency: string, kind: DeribitKind) => ({
    jsonrpc: '2.0',
    result: from.filter((row) => currencyOf(row) === currency && kindOf(row) === kind),
  });
  return {
    currencies: [...new Set(summaries.map(currencyOf))].sort(),
    instruments: (currency, kind) => Promise.resolve(listed(instruments, currency, kind)),
    bookSummary: (currency, kind) => Promise.resolve(listed(summaries, currency, kind)),
    ticker(instrument) {
      const result = tickers.find((row) => row['instrument_name'] === instrument);
      return Promise.resolve(result && { jsonrpc: '2.0', result });
    },
  };
}

async function readResults(folder: string): Promise<unknown[]> {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new VenueError(`The folder ${folder} cannot be read: ${cause.message}`, { cause });
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  const contents = await Promise.all(files.map((name) => readJson(join(folder, name))));
  return contents.flat().flatMap((answer) => {
    const parsed = AnswerSchema.safeParse(answer);
    return parsed.success ? [parsed.data.result] : [];
  });
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VenueError(`${file} is not JSON`, { cause });
  }
}

function rowOf(value: unknown): Row[] {
  const parsed = RowSchema.safeParse(value);
  return parsed.success ? [parsed.data] : [];
}

/** As the API's `currency` parameter has it: what the contract settles in, which the name begins or continues with. */
function currencyOf(row: Row): string {
  const pair = String(row['instrument_name']).split('-')[0] ?? '';
  return pair.split('_')[1] ?? pair;
}

function kindOf(row: Row): DeribitKind {
  return /-[CP]$/.test(String(row['instrument_name'])) ? 'option' : 'future';
}
