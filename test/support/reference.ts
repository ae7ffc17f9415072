import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../shared/reference');

/** Whether the published tables are beside the checkout; tests over them are only defined where they are. */
export const referencePresent = existsSync(FOLDER);
if (!referencePresent) console.warn(`skipped: the published tables are not here (${FOLDER})`);

/** The rows of a published table, by column name. */
export function referenceRows(name: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(join(FOLDER, name), 'utf8').trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, i) => [names[i]!, field])));
}

export function referenceJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as T;
}

/** The columns that Haug's tables share, as the pricers name them. */
export function haugOption(row: Record<string, string>) {
  return {
    spot: Number(row.spot),
    strike: Number(row.strike),
    time: Number(row.t),
    rate: Number(row.r),
    dividendYield: Number(row.q),
    vol: Number(row.vol),
    sign: row.type === 'Call' ? 1 : -1,
  };
}

/** A printed value: a number, or `x*std::exp(y)`. */
export function printed(value: string): number {
  const [factor, exponent] = value.replace(')', '').split('*std::exp(');
  return Number(factor) * Math.exp(Number(exponent ?? 0));
}
