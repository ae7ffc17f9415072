import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { AS_OF } from '../../support/fixtures.ts';

let app: TestApp;
let id: string;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());
beforeEach(async () => {
  const positions = [{ id: 'old', instrument: 'spot:BTC/USD', quantity: 1 }];
  id = (await app.api().post('/v1/portfolios').send({ name: 'book', positions }).expect(201)).body.id;
});

const upload = (csv: string | Buffer, query = '', type = 'text/csv') =>
  app
    .api()
    .put(`/v1/portfolios/${id}/positions.csv${query}`)
    .set('if-match', '"1"')
    .set('content-type', type)
    .send(csv);

async function positions(
  query = '',
): Promise<{ id: string; symbol: string; quantity: string; averagePrice: string | null }[]> {
  return (await app.api().get(`/v1/portfolios/${id}/positions${query}`).expect(200)).body.items;
}

async function expectUnchanged(): Promise<void> {
  expect((await app.api().get(`/v1/portfolios/${id}`).expect(200)).body).toMatchObject({
    version: 1,
    positionCount: 1,
  });
  expect(await positions()).toMatchObject([{ id: 'old' }]);
}

type Fault = [line: number, pointer: string, code: string];
async function expectRefused(csv: string, faults: Fault[], query = ''): Promise<void> {
  const answer = await upload(csv, query).expect(422);
  const errors = (answer.body.errors ?? []) as { line: number; pointer: string; code: string }[];
  expect(errors.map(({ line, pointer, code }) => [line, pointer, code])).toEqual(faults);
  await expectUnchanged();
}

test('a book of 100,000 rows goes in as one version and can be paged', { timeout: 60_000 }, async () => {
  const rows = Array.from(
    { length: 100_000 },
    (_, i) => `p${i},deribit:BTC-27DEC30-${50_000 + (i % 500) * 100}-${i % 2 ? 'C' : 'P'},${(i % 20) + 1}`,
  );
  const answer = await upload(`id,instrument,quantity\n${rows.join('\n')}\n`).expect(200);
  expect(answer.body).toMatchObject({ version: 2, positionCount: 100_000, cause: 'replaced' });
  expect(answer.headers['etag']).toBe('"2"');
  const page = await positions('?limit=200');
  expect(page).toHaveLength(200);
  expect(page.slice(0, 3).map((position) => position.id)).toEqual(['p0', 'p1', 'p10']);
  expect(await positions('?version=1')).toMatchObject([{ id: 'old' }]);
});

test('more than 100,000 rows are refused', { timeout: 60_000 }, async () => {
  const rows = Array.from({ length: 100_001 }, (_, i) => `p${i},spot:BTC/USD,1`);
  await upload(`id,instrument,quantity\n${rows.join('\n')}\n`).expect(413);
  await expectUnchanged();
});

test('a bad row in the middle is told with its line, and nothing is stored', async () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => `p${i},spot:BTC/USD,${i === 2_500 ? 'many' : '1'}`);
  await expectRefused(`id,instrument,quantity\n${rows.join('\n')}\n`, [[2_502, '/quantity', 'invalid_format']]);
});

test('several bad rows are all told', () =>
  expectRefused(
    [
      'id,instrument,quantity,averagePrice',
      'a,spot:BTC/USD,1,',
      'b,nowhere:X,1,',
      'a,spot:ETH/USD,2,',
      'c,deribit:BTC-27DEC24-1-C,1,',
      'd,spot:BTC/USD,0,-1',
      'e,spot:BTC/USD',
      ',,,',
    ].join('\n'),
    [
      [3, '/instrument', 'unknown_venue'],
      [4, '/id', 'duplicate_position'],
      [5, '/instrument', 'expired'],
      [6, '/quantity', 'custom'],
      [6, '/averagePrice', 'custom'],
      [7, '', 'column_count'],
      [8, '/instrument', 'invalid_type'],
      [8, '/quantity', 'invalid_type'],
    ],
  ));

test('of more than a hundred bad rows a hundred are told', async () => {
  const answer = await upload(`instrument,quantity\n${'x:y,1\n'.repeat(150)}`).expect(422);
  expect(answer.body.errors).toHaveLength(100);
  expect(answer.body.errors[99]).toMatchObject({ line: 101 });
  await expectUnchanged();
});

test.each<[what: string, csv: string, faults: Fault[]]>([
  ['an empty file', '', []],
  ['a file of empty lines', '\n\n', []],
  ['an unknown column', 'instrument,quantity,strike\n', [[1, '', 'unknown_field']]],
  ['a missing column', 'instrument\nspot:BTC/USD\n', [[1, '', 'missing_column']]],
  ['a column twice', 'instrument,quantity,quantity\n', [[1, '', 'duplicate_column']]],
  [
    'a file without a header',
    'spot:BTC/USD,1\n',
    [
      [1, '', 'unknown_field'],
      [1, '', 'unknown_field'],
      [1, '', 'missing_column'],
      [1, '', 'missing_column'],
    ],
  ],
  ['a quote that does not end', 'instrument,quantity\n"spot:BTC/USD,1\n', [[2, '', 'malformed_csv']]],
  ['a quote in the middle', 'instrument,quantity\nspot:"BTC"/USD,1\n', [[2, '', 'malformed_csv']]],
  ['U+0000', 'instrument,quantity\nspot:BTC\0/USD,1\n', [[2, '/instrument', 'unknown_underlying']]],
])('%s is refused', (_, csv, faults) => expectRefused(csv, faults));

test('a header alone makes an empty book', async () => {
  expect((await upload('instrument,quantity\n').expect(200)).body).toMatchObject({ version: 2, positionCount: 0 });
  expect(await positions()).toEqual([]);
});

test.each([
  ['CRLF', 'id,instrument,quantity\r\na,spot:BTC/USD,1\r\nb,spot:ETH/USD,2\r\n'],
  ['LF and no line end at the end', 'id,instrument,quantity\na,spot:BTC/USD,1\nb,spot:ETH/USD,2'],
  ['a mix of line ends', 'id,instrument,quantity\r\na,spot:BTC/USD,1\nb,spot:ETH/USD,2\r\n'],
  ['empty lines between', 'id,instrument,quantity\n\na,spot:BTC/USD,1\n\nb,spot:ETH/USD,2\n\n'],
  ['a byte order mark', '\ufeffid,instrument,quantity\na,spot:BTC/USD,1\nb,spot:ETH/USD,2\n'],
  ['quotes', '"id","instrument","quantity"\n"a","spot:BTC/USD","1"\n"b","spot:ETH/USD","2"\n'],
  ['blanks around', 'id, instrument, quantity\na, spot:BTC/USD, 1\nb , spot:ETH/USD , 2\n'],
  ['columns in another order', 'quantity,id,instrument\n1,a,spot:BTC/USD\n2,b,spot:ETH/USD\n'],
])('%s is read', async (_, csv) => {
  await upload(csv).expect(200);
  expect(await positions()).toMatchObject([
    { id: 'a', symbol: 'spot:BTC/USD', quantity: '1' },
    { id: 'b', symbol: 'spot:ETH/USD', quantity: '2' },
  ]);
});

test('an id with commas and quotes comes back as it was', async () => {
  await upload('id,instrument,quantity\n"a,""b""",spot:BTC/USD,1\n').expect(200);
  expect(await positions()).toMatchObject([{ id: 'a,"b"' }]);
});

test('blanks within a symbol are part of it, and its multiplier is that of the venue', async () => {
  await upload('instrument,quantity,averagePrice\nocc:SPY   300621C00450000,1,2.50\n').expect(200);
  expect(await positions()).toMatchObject([
    { id: 'occ:SPY   300621C00450000', multiplier: '100', averagePrice: '2.5' },
  ]);
});

test('asOf says when the book is stated', async () => {
  const expired = 'instrument,quantity\nderibit:BTC-27DEC24-90000-C,1\n';
  await expectRefused(expired, [[2, '/instrument', 'expired']]);
  const answer = await upload(expired, '?asOf=2024-12-01T00:00:00Z').expect(200);
  expect(answer.body).toMatchObject({ asOf: '2024-12-01T00:00:00.000Z', positionCount: 1 });
  await upload(expired, '?asOf=yesterday').expect(400);
  await upload(expired, `?asOf=${AS_OF}&version=1`).expect(400);
});

test('another media type is refused', async () => {
  await upload('instrument,quantity\n', '', 'application/json').expect(415);
  await upload('instrument,quantity\n', '', 'text/plain').expect(415);
  await upload('instrument,quantity\n', '', 'text/csv; charset=utf-8').expect(200);
});

test('no file at all is refused', async () => {
  const answer = await app.api().put(`/v1/portfolios/${id}/positions.csv`).set('if-match', '*');
  expect(answer.status, answer.text).toBe(422);
  expect(answer.body).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '' }] });
});

test(
  'a file of more than 32 MiB is refused, whether or not its size is said beforehand',
  { timeout: 60_000 },
  async () => {
    const rows = Array.from({ length: 95_000 }, (_, i) => `p${i},spot:BTC/USD,1${' '.repeat(350)}\n`);
    const file = `id,instrument,quantity\n${rows.join('')}`;
    const said = await upload(file).expect(413);
    expect(said.body).toMatchObject({ code: 'payload_too_large', detail: expect.stringContaining('bytes') });
    const unsaid = await app.ballast.http.inject({
      method: 'PUT',
      url: `/v1/portfolios/${id}/positions.csv`,
      headers: { authorization: `Bearer ${app.key}`, 'if-match': '*', 'content-type': 'text/csv' },
      payload: Readable.from(file.match(/[^]{1,65536}/g)!),
    });
    expect(unsaid.json()).toMatchObject({ status: 413, code: 'payload_too_large' });
    await expectUnchanged();
  },
);

test('a stale version is refused', async () => {
  await upload('instrument,quantity\n').expect(200);
  await upload('instrument,quantity\n').expect(412);
});
