import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Analysis, PositionGreeks } from '../../../src/risk/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { contractOf } from '../../support/contract.ts';
import { AS_OF, EXPIRY, MARKET, PORTFOLIO } from '../../support/fixtures.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

async function analysed(positions: object[], market: object, request: object = {}, key?: string) {
  const snapshot = await app.api(key).post('/v1/market-snapshots').send(market).expect(201);
  const book = await app
    .api(key)
    .post('/v1/portfolios')
    .send({ name: 'book', asOf: '2020-01-01T00:00:00Z', positions })
    .expect(201);
  const body = { marketSnapshotId: snapshot.body.id, ...request };
  const queued = await app.api(key).post(`/v1/portfolios/${book.body.id}/analyses`).send(body).expect(202);
  const analysis = await app.ended<Analysis>(`/v1/analyses/${queued.body.id}`, key);
  return { analysis, positions: await pages(analysis.id, 200) };
}

async function pages(id: string, limit: number): Promise<PositionGreeks[]> {
  const items: PositionGreeks[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await app.api().get(`/v1/analyses/${id}/positions?limit=${limit}${query}`).expect(200);
    items.push(...body.items);
    cursor = body.nextCursor;
  }
  return items;
}

const option = (underlying: string, change: object = {}) => ({
  kind: 'option',
  ...{ underlying, settlement: 'linear', optionType: 'call', strike: 100, expiry: EXPIRY, ...change },
});

test('without a market snapshot nothing can be analysed: 409', async () => {
  const other = await app.otherTenant();
  const { body } = await app.api(other).post('/v1/portfolios').send({ name: 'x', positions: [] }).expect(201);
  for (const what of ['analyses', 'hedge-plans']) {
    const answer = await app.api(other).post(`/v1/portfolios/${body.id}/${what}`).send({}).expect(409);
    expect(answer.body).toMatchObject({ code: 'conflict', detail: expect.stringContaining('/v1/market-snapshots') });
  }
});

test('what cannot be valued is told with its reason, and is in no total', async () => {
  const underlyings = [
    { underlying: 'A', spot: { mark: 100 }, carry: { rate: 0 }, volatility: { type: 'flat', vol: 0.5 } },
    { underlying: 'NOVOL', spot: { mark: 100 }, carry: { rate: 0 } },
    { underlying: 'NOFWD', spot: { mark: 100 }, volatility: { type: 'flat', vol: 0.5 } },
  ];
  const position = (id: string, instrument: object | string) => ({ id, instrument, quantity: 2 });
  const { analysis, positions } = await analysed(
    [
      position('good option', option('A')),
      position('good spot', { kind: 'spot', underlying: 'A' }),
      position('no market', option('B')),
      position('other quote', option('A', { quote: 'USDC' })),
      position('no perpetual', { kind: 'perpetual', underlying: 'A', settlement: 'linear' }),
      position('no volatility', option('NOVOL')),
      position('no forward', option('NOFWD')),
      position('no forward for a future', {
        kind: 'future',
        underlying: 'NOFWD',
        settlement: 'linear',
        expiry: EXPIRY,
      }),
      position('expired', option('A', { expiry: '2030-06-01T08:00:00Z' })),
      position('expires now', option('A', { expiry: AS_OF })),
    ],
    { asOf: AS_OF, source: 'test', underlyings },
  );
  const reasons = Object.fromEntries(positions.map(({ positionId, failure }) => [positionId, failure?.code ?? null]));
  expect(reasons).toEqual({
    'good option': null,
    'good spot': null,
    'no market': 'missing_underlying',
    'other quote': 'missing_underlying',
    'no perpetual': 'missing_perpetual',
    'no volatility': 'missing_volatility',
    'no forward': 'missing_forward',
    'no forward for a future': 'missing_forward',
    expired: 'expired',
    'expires now': 'expired',
  });
  for (const { failure, greeks, price, value } of positions) {
    if (!failure) continue;
    expect(failure.detail).toMatch(/^[A-Z].+/);
    expect([greeks, price, value]).toEqual([null, null, null]);
  }
  const { result } = analysis;
  expect(result).toMatchObject({ valued: 2, unvalued: 8 });
  expect(result!.failures.map(({ positionId, code }) => [positionId, code]).sort()).toEqual(
    Object.entries(reasons)
      .filter(([, code]) => code !== null)
      .sort(),
  );
  const valued = positions.filter(({ greeks }) => greeks !== null);
  const [only, ...others] = result!.underlyings.filter(({ positionCount }) => positionCount > 0);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ underlying: 'A', positionCount: 2 });
  expect(only!.delta).toBeCloseTo(
    valued.reduce((sum, { greeks }) => sum + greeks!.delta, 0),
    12,
  );
  expect(only!.value).toBeCloseTo(
    valued.reduce((sum, { value }) => sum + value!, 0),
    9,
  );
});

test('a book of failures alone is answered all the same, with at most a hundred of them in the summary', async () => {
  const positions = Array.from({ length: 150 }, (_, i) => ({ id: `p${i}`, instrument: `spot:X${i}/USD`, quantity: 1 }));
  const { analysis, positions: all } = await analysed(positions, MARKET);
  expect(analysis).toMatchObject({ status: 'succeeded', result: { valued: 0, unvalued: 150 } });
  expect(analysis.result!.failures).toHaveLength(100);
  expect(all.filter(({ failure }) => failure?.code === 'missing_underlying')).toHaveLength(150);
});

test('the pages of the results hold every position once, in the order of their ids', async () => {
  const positions = Array.from({ length: 450 }, (_, i) => ({
    id: `p${(i * 71) % 450}`,
    instrument: 'spot:BTC/USD',
    quantity: i + 1,
  }));
  const { analysis } = await analysed(positions, MARKET);
  const ids = (await pages(analysis.id, 199)).map(({ positionId }) => positionId);
  expect(ids).toEqual(positions.map(({ id }) => id).sort());
});

test('the premium-adjusted delta is the Black–Scholes delta less mark over forward, for coin-settled options alone', async () => {
  const size = 3;
  const positions = [
    { id: 'inverse call', instrument: 'deribit:BTC-27DEC30-100000-C', quantity: size },
    { id: 'inverse put', instrument: 'deribit:BTC-27DEC30-90000-P', quantity: -size },
    { id: 'linear call', instrument: option('BTC', { strike: 100_000 }), quantity: size },
    { id: 'perpetual', instrument: 'deribit:BTC-PERPETUAL', quantity: 50_000 },
    { id: 'spot', instrument: 'spot:BTC/USD', quantity: size },
  ];
  const plain = await analysed(positions, MARKET);
  const adjusted = await analysed(positions, MARKET, { deltaConvention: 'premium_adjusted' });
  expect([plain, adjusted].map(({ analysis }) => analysis.result!.deltaConvention)).toEqual([
    'black_scholes',
    'premium_adjusted',
  ]);
  const forward = MARKET.underlyings[0]!.forwards![0]!.price;
  for (const [i, { positionId, greeks, price, deltaConvention }] of adjusted.positions.entries()) {
    const before = plain.positions[i]!;
    const quantity = Number(positions.find(({ id }) => id === positionId)!.quantity);
    const premium = positionId.startsWith('inverse') ? (quantity * price!) / forward : 0;
    expect(deltaConvention).toBe('premium_adjusted');
    expect(greeks!.delta, positionId).toBeCloseTo(before.greeks!.delta - premium, 12);
    expect({ ...greeks, delta: 0 }).toEqual({ ...before.greeks, delta: 0 });
  }
  const difference = plain.analysis.result!.underlyings[0]!.delta - adjusted.analysis.result!.underlyings[0]!.delta;
  expect(Math.abs(difference)).toBeGreaterThan(0.01);
});

test('numbers at the edge of what is accepted give finite numbers, or a reason', async () => {
  const contract = contractOf(app);
  const edges = [1e-9, 1e-3, 1, 1e9];
  const underlyings = edges.flatMap((mark, i) => [
    {
      underlying: `C${i}`,
      spot: { mark },
      perpetual: { mark },
      carry: { rate: 10, yield: -1 },
      volatility: { type: 'flat', vol: 20 },
    },
    {
      underlying: `F${i}`,
      spot: { mark },
      perpetual: { mark },
      forwards: [{ expiry: '9999-12-31T00:00:00Z', price: mark }],
      volatility: { type: 'flat', vol: 1e-6 },
    },
  ]);
  const positions = underlyings.flatMap(({ underlying }) => [
    ...['0.000000000000000001', '999999999999999999'].flatMap((strike) =>
      ['2030-11-01T08:00:00.001Z', '9999-12-31T00:00:00Z'].map((expiry) => ({
        id: `${underlying} ${strike} ${expiry}`,
        instrument: option(underlying, { strike, expiry, settlement: 'inverse' }),
        quantity: '-999999999999999999',
      })),
    ),
    {
      id: `${underlying} perpetual`,
      instrument: { kind: 'perpetual', underlying, settlement: 'inverse' },
      quantity: '0.000000000000000001',
    },
    {
      id: `${underlying} future`,
      instrument: { kind: 'future', underlying, settlement: 'inverse', expiry: EXPIRY },
      quantity: 1e17,
    },
  ]);
  const { analysis, positions: all } = await analysed(positions, { asOf: AS_OF, source: 'test', underlyings });
  expect(analysis.problem).toBeNull();
  contract.expectAnswer('getAnalysis', await app.api().get(`/v1/analyses/${analysis.id}`));
  contract.expectAnswer('listPositionGreeks', await app.api().get(`/v1/analyses/${analysis.id}/positions?limit=200`));
  for (const { positionId, failure, greeks } of all)
    if (!failure) for (const value of Object.values(greeks!)) expect(value, positionId).toEqual(expect.any(Number));
});

test('an analysis that has not ended has no results yet: 409', async () => {
  const idle = await startTestApp({}, { roles: ['api'] });
  try {
    await idle.api().post('/v1/market-snapshots').send(MARKET).expect(201);
    const { body } = await idle.api().post('/v1/portfolios').send(PORTFOLIO).expect(201);
    const queued = await idle.api().post(`/v1/portfolios/${body.id}/analyses`).send({}).expect(202);
    expect(queued.body).toMatchObject({
      status: 'queued',
      progress: 0,
      startedAt: null,
      finishedAt: null,
      result: null,
      problem: null,
    });
    expect(queued.headers).toMatchObject({ location: `/v1/analyses/${queued.body.id}`, 'retry-after': '1' });
    const answer = await idle.api().get(`/v1/analyses/${queued.body.id}/positions`).expect(409);
    expect(answer.body.detail).toContain('queued');
  } finally {
    await idle.stop();
  }
});

test('an analysis is of the version and the snapshot that it names, also when there are newer ones', async () => {
  const older = await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  const { body } = await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201);
  await app.api().put(`/v1/portfolios/${body.id}/positions`).set('if-match', '*').send({ positions: [] }).expect(200);
  await app
    .api()
    .post('/v1/market-snapshots')
    .send({ ...MARKET, asOf: '2030-11-02T08:00:00Z' })
    .expect(201);
  const request = { portfolioVersion: 1, marketSnapshotId: older.body.id };
  const named = await app.api().post(`/v1/portfolios/${body.id}/analyses`).send(request).expect(202);
  expect(await app.ended<Analysis>(`/v1/analyses/${named.body.id}`)).toMatchObject({
    ...request,
    result: { valued: 5, valuationTime: AS_OF },
  });
  const latest = await app.api().post(`/v1/portfolios/${body.id}/analyses`).send({}).expect(202);
  expect(await app.ended<Analysis>(`/v1/analyses/${latest.body.id}`)).toMatchObject({
    portfolioVersion: 2,
    result: { valued: 0, valuationTime: '2030-11-02T08:00:00.000Z' },
  });
});
