import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { AS_OF, PORTFOLIO } from '../../support/fixtures.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

interface Position {
  id: string;
  quantity: string;
}

async function create(positions: object[]): Promise<string> {
  return (await app.api().post('/v1/portfolios').send({ name: 'book', positions }).expect(201)).body.id;
}
const spot = (id: string, quantity: number | string = 1) => ({ id, instrument: 'spot:BTC/USD', quantity });
const path = (id: string, position?: string) =>
  `/v1/portfolios/${id}/positions${position === undefined ? '' : `/${encodeURIComponent(position)}`}`;

async function held(id: string, version: number): Promise<string[]> {
  const { items } = (
    await app
      .api()
      .get(`${path(id)}?version=${version}`)
      .expect(200)
  ).body as { items: Position[] };
  return items.map((position) => `${position.id}=${position.quantity}`);
}

test('every version stays as it was, whatever comes after it', async () => {
  const id = await create([spot('a'), spot('b', 2), spot('c', 3)]);
  const change = (method: 'put' | 'delete', url: string, version: number, body?: object) =>
    app
      .api()
      [method](url)
      .set('if-match', `"${version}"`)
      .send(body)
      .expect(200)
      .expect('etag', `"${version + 1}"`);
  await change('put', path(id, 'b'), 1, { instrument: 'spot:BTC/USD', quantity: 20 });
  await change('delete', path(id, 'a'), 2);
  await change('put', path(id), 3, { positions: [spot('c', 30), spot('d', 4)] });
  await change('put', path(id, 'a'), 4, { instrument: 'spot:BTC/USD', quantity: 10 });
  await change('put', path(id), 5, { positions: [] });
  const versions = [
    ['a=1', 'b=2', 'c=3'],
    ['a=1', 'b=20', 'c=3'],
    ['b=20', 'c=3'],
    ['c=30', 'd=4'],
    ['a=10', 'c=30', 'd=4'],
    [],
  ];
  for (const [i, positions] of versions.entries()) {
    expect(await held(id, i + 1), `version ${i + 1}`).toEqual(positions);
    const { body } = await app
      .api()
      .get(`/v1/portfolios/${id}?version=${i + 1}`)
      .expect(200);
    expect(body).toMatchObject({ version: i + 1, positionCount: positions.length });
  }
  const latest = await app.api().get(`/v1/portfolios/${id}`).expect(200);
  expect(latest.body).toMatchObject({ version: 6, cause: 'replaced' });
});

test('the ETag is the version: 304 for whoever has it', async () => {
  const id = await create([]);
  const get = (tag: string) => app.api().get(`/v1/portfolios/${id}`).set('if-none-match', tag);
  for (const tag of ['"1"', 'W/"1"', '"7", "1"', '*']) {
    const answer = await get(tag).expect(304);
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.text).toBe('');
  }
  await get('"2"').expect(200);
  await app.api().put(path(id)).set('if-match', '*').send({ positions: [] }).expect(200);
  await get('"1"').expect(200).expect('etag', '"2"');
});

test('of many changes against the same version exactly one is made', async () => {
  const id = await create([]);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      app
        .api()
        .put(path(id, `p${i}`))
        .set('if-match', '"1"')
        .send({ instrument: 'spot:BTC/USD', quantity: i + 1 }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([200, ...Array<number>(11).fill(412)]);
  const refused = answers.find(({ status }) => status === 412)!;
  expect(refused.headers['etag']).toBe('"2"');
  expect(refused.body).toMatchObject({ code: 'precondition_failed' });
  expect(await held(id, 2)).toHaveLength(1);
  await app.api().get(`/v1/portfolios/${id}?version=3`).expect(404);
});

test('changes that ask for no version are all made, one after another', async () => {
  const id = await create([]);
  const put = (i: number) =>
    app
      .api()
      .put(path(id, `p${i}`))
      .set('if-match', '*')
      .send({ instrument: 'spot:BTC/USD', quantity: 1 });
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => put(i)));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(await held(id, 9)).toHaveLength(8);
});

test('a position is added, replaced and removed', async () => {
  const id = await create([]);
  const put = (position: string, body: object) => app.api().put(path(id, position)).set('if-match', '*').send(body);
  await put('otc 7/a', { instrument: 'spot:BTC/USD', quantity: '1.50', averagePrice: 3 }).expect(200);
  expect((await app.api().get(path(id)).expect(200)).body.items).toEqual([
    {
      id: 'otc 7/a',
      symbol: 'spot:BTC/USD',
      terms: { kind: 'spot', underlying: 'BTC', quote: 'USD' },
      quantity: '1.5',
      multiplier: '1',
      averagePrice: '3',
    },
  ]);
  await put('otc 7/a', { instrument: 'spot:ETH/USD', quantity: 2 }).expect(200);
  expect((await app.api().get(path(id)).expect(200)).body.items).toMatchObject([
    { symbol: 'spot:ETH/USD', averagePrice: null },
  ]);
  await app.api().delete(path(id, 'otc 7/a')).set('if-match', '*').expect(200);
  await app.api().delete(path(id, 'otc 7/a')).set('if-match', '*').expect(404);
  expect((await app.api().get(`/v1/portfolios/${id}`).expect(200)).body).toMatchObject({
    version: 4,
    positionCount: 0,
  });
});

test('an id of 120 characters that all have to be escaped can be used in a path', async () => {
  const id = await create([]);
  const position = '%'.repeat(120);
  await app
    .api()
    .put(path(id, position))
    .set('if-match', '*')
    .send({ instrument: 'spot:BTC/USD', quantity: 1 })
    .expect(200);
  expect(await held(id, 2)).toEqual([`${position}=1`]);
  await app.api().delete(path(id, position)).set('if-match', '*').expect(200);
});

test('a position without an id is named by its symbol', async () => {
  const id = await create(PORTFOLIO.positions);
  expect((await held(id, 1)).map((position) => position.split('=')[0])).toEqual([
    'deribit:BTC-27DEC30-100000-C',
    'deribit:BTC-27DEC30-90000-P',
    'deribit:BTC-PERPETUAL',
    'eth-put',
    'spot:BTC/USD',
  ]);
  await app.api().delete(path(id, 'spot:BTC/USD')).set('if-match', '*').expect(200);
});

test('pages of positions, in the order of their ids, hold every position once', async () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => `${'aBc-_~ '[i % 7]}${(i * 7_919) % 1_000}`);
  const id = await create(ids.map((each) => spot(each)));
  const seen: string[] = [];
  let cursor: string | null = '';
  let pages = 0;
  for (; cursor !== null; pages++) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await app
      .api()
      .get(`${path(id)}?limit=150${query}`)
      .expect(200);
    seen.push(...body.items.map((position: Position) => position.id));
    cursor = body.nextCursor as string | null;
  }
  expect(pages).toBe(7);
  expect(seen).toEqual([...ids].sort());
});

test('the last page has no cursor, even when it is full', async () => {
  const id = await create([spot('a'), spot('b')]);
  const page = (
    await app
      .api()
      .get(`${path(id)}?limit=2`)
      .expect(200)
  ).body;
  expect(page.items).toHaveLength(2);
  expect(page.nextCursor).toBeNull();
});

test('portfolios are listed newest first, page by page', async () => {
  const key = await app.otherTenant();
  const made: string[] = [];
  for (let i = 0; i < 5; i++)
    made.unshift(
      (
        await app
          .api(key)
          .post('/v1/portfolios')
          .send({ name: `${i}`, positions: [] })
          .expect(201)
      ).body.id,
    );
  const first = (await app.api(key).get('/v1/portfolios?limit=3').expect(200)).body;
  const second = (await app.api(key).get(`/v1/portfolios?limit=3&cursor=${first.nextCursor}`).expect(200)).body;
  expect([...first.items, ...second.items].map(({ id }: Position) => id)).toEqual(made);
  expect(second.nextCursor).toBeNull();
});

test('instants are answered in UTC, however they were given', async () => {
  const given = AS_OF.replace('08:00:00.000Z', '10:00:00+02:00');
  const { body } = await app.api().post('/v1/portfolios').send({ name: 'x', asOf: given, positions: [] }).expect(201);
  expect(body.asOf).toBe(AS_OF);
});
