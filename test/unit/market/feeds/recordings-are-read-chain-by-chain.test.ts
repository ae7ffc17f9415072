import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRecordings, type RecordedChain } from '../../../../src/market/feeds/recording.ts';

let folder: string;
const HEADER =
  'timestamp_ms,instrument_name,underlying_price,index_price,mark_price,mark_iv,best_bid_price,best_ask_price,open_interest,delta,vega';
const T = 1_778_827_134_460;

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'ballast recordings '))));
afterAll(() => rm(folder, { recursive: true }));

const row = (at: number, strike: number) =>
  `${at},BTC-29MAY26-${strike}-C,80553.3,80585.88,0.379,89.68,0.3765,,0,0.99,1.25`;

async function record(name: string, lines: string[], cut?: number): Promise<void> {
  await writeFile(join(folder, `${name}.csv.gz`), gzipSync(`${[HEADER, ...lines].join('\n')}\n`).subarray(0, cut));
}

async function read(name: string, from = -Infinity, to = Infinity): Promise<RecordedChain[]> {
  const chains: RecordedChain[] = [];
  for await (const chain of openRecordings(folder).read(name, from, to)) chains.push(chain);
  return chains;
}

it('the rows of an instant are a chain; what is empty is missing', async () => {
  await record('two', [row(T, 1000), row(T, 2000), row(T + 5, 1000)]);
  const chains = await read('two');
  expect(chains.map(({ atMs, rows }) => [atMs, rows.length])).toEqual([
    [T, 2],
    [T + 5, 1],
  ]);
  expect(chains[0]!.rows[0]).toEqual({
    ...{ timestamp_ms: T, instrument_name: 'BTC-29MAY26-1000-C', underlying_price: 80553.3, index_price: 80585.88 },
    ...{ mark_price: 0.379, mark_iv: 89.68, best_bid_price: 0.3765, best_ask_price: undefined, open_interest: 0 },
  });
});

it('from and to are included', async () => {
  await record(
    'five',
    [0, 1, 2, 3, 4].map((i) => row(T + i, 1000)),
  );
  expect((await read('five', T + 1, T + 3)).map(({ atMs }) => atMs - T)).toEqual([1, 2, 3]);
  expect(await read('five', T + 9)).toEqual([]);
});

it('no more than the chain in hand is read of a file that is not asked for further', async () => {
  await record('faulty later', [row(T, 1), row(T + 1, 1), 'x,y']);
  const reader = openRecordings(folder).read('faulty later', -Infinity, Infinity);
  expect((await reader.next()).value).toMatchObject({ atMs: T });
  await reader.return();
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

it.each<[string, string[], number | undefined, RegExp]>([
  ['that goes back in time', [row(T, 1), row(T - 1, 1)], undefined, /goes back in time at 1778827134459/],
  [
    'with a field that is no number',
    [row(T, 1), row(T, 2).replace('89.68', 'high')],
    undefined,
    /faulty row in line 3: mark_iv/,
  ],
  ['with a row cut short', [row(T, 1), `${T},BTC`], undefined, /cannot be read: CSV_RECORD_INCONSISTENT_COLUMNS/],
  ['whose end is missing', Array.from({ length: 500 }, (_, i) => row(T + i, i)), 900, /cannot be read: Z_BUF_ERROR/],
])('a recording %s is refused', async (name, lines, cut, told) => {
  await record(name, lines, cut);
  await expect(read(name)).rejects.toThrow(told);
});

it('a recording that is not there is told', async () => {
  const recordings = openRecordings(folder);
  expect([await recordings.has('two'), await recordings.has('none')]).toEqual([true, false]);
  expect(await openRecordings(undefined).has('two')).toBe(false);
  await expect(read('none')).rejects.toThrow('The recording none cannot be read: ENOENT');
});
