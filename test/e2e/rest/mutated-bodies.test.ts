import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProblemSchema } from '../../../src/platform/problem.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { contractOf, NO_ID, type Contract } from '../../support/contract.ts';
import { EXPIRY, MARKET, PORTFOLIO } from '../../support/fixtures.ts';

// Whatever is done to a valid body, the service takes it or says what is wrong with it; it never fails.

let app: TestApp;
let contract: Contract;
const ids = { portfolio: '', plan: '' };
beforeAll(async () => {
  app = await startTestApp();
  contract = contractOf(app);
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  ids.portfolio = (await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201)).body.id;
  ids.plan = (await app.api().post(`/v1/portfolios/${ids.portfolio}/hedge-plans`).send({}).expect(202)).body.id;
});
afterAll(() => app.stop());

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const plain = (value: object) => JSON.parse(JSON.stringify(value)) as Json;
const prices = [{ expiry: EXPIRY, strike: 100_000, optionType: 'call', price: 0.07 }];
const MOVE = { spot: 0.1, vol: 0.1 };
const BODIES: Record<string, Json> = {
  priceOptions: {
    model: 'barrier',
    columns: {
      ...{
        type: ['call', 'put'],
        spot: 100,
        strike: [90, 110],
        expiryYears: 1,
        vol: 0.3,
        rate: 0.03,
        dividendYield: 0,
      },
      ...{ barrierType: 'up_in', barrier: 120, rebate: [0, 1] },
    },
  },
  solveImpliedVolatility: {
    rows: [{ type: 'call', spot: 100, strike: 90, expiryYears: 1, rate: 0.03, dividendYield: 0, price: 16 }],
  },
  createTenant: { name: 'x' },
  createApiKey: { name: 'x', scopes: ['portfolios:read'] },
  createMarketSnapshot: plain({
    ...MARKET,
    underlyings: [
      ...MARKET.underlyings,
      {
        underlying: 'A',
        spot: { mark: 1 },
        volatility: { type: 'quotes', quotes: [{ expiry: EXPIRY, strike: 1, iv: 1 }] },
      },
      {
        underlying: 'B',
        spot: { mark: 100_000 },
        forwards: [{ expiry: EXPIRY, price: 101_000 }],
        volatility: { type: 'prices', unit: 'underlying', quotes: prices },
      },
      {
        underlying: 'C',
        spot: { mark: 1 },
        carry: { rate: 0.01, yield: 0.1 },
        volatility: { type: 'svi', slices: [{ expiry: EXPIRY, a: 0.04, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 }] },
      },
    ],
  }),
  createPortfolio: plain(PORTFOLIO),
  replacePositions: plain({ asOf: PORTFOLIO.asOf, positions: PORTFOLIO.positions }),
  putPosition: {
    instrument: 'deribit:BTC-27DEC30-100000-C',
    quantity: '1',
    multiplier: 1,
    averagePrice: '0.1',
    asOf: PORTFOLIO.asOf,
  },
  createAnalysis: {
    portfolioVersion: 1,
    marketSnapshotId: NO_ID,
    deltaConvention: 'premium_adjusted',
    scenarios: {
      volMoves: 'relative',
      ladders: { spot: [-0.1, 0.1], vol: [0.1], time: [1] },
      matrix: { spot: [0.1], vol: [0.1], days: 1 },
      vegaBuckets: { tenorDays: [7, 30] },
      stress: { names: ['ftx'], custom: [{ name: 'x', spot: 0.1, vol: 0.1, days: 1 }] },
      valueAtRisk: {
        confidences: [0.9],
        history: { underlyings: [{ underlying: 'BTC', moves: [MOVE, { ...MOVE, at: EXPIRY }] }] },
      },
      explain: { marketSnapshotId: NO_ID },
    },
  },
  createHedgePlan: {
    portfolioVersion: 1,
    targets: [{ underlying: 'BTC', quote: 'USD', greek: 'delta', target: 0, tolerance: 0.1 }],
    rebalanceTo: 'edge',
    instruments: [
      {
        instrument: 'deribit:BTC-PERPETUAL',
        lotSize: 10,
        minTrade: 10,
        tickSize: '0.5',
        maxQuantity: 1e6,
        costs: { feeBps: 1 },
      },
    ],
    costs: { feeBps: 1, halfSpreadBps: 1, impactCoefficient: 1 },
    collarBps: 10,
  },
  executeHedgePlan: { venue: 'paper', participation: 0.5 },
  createWebhookEndpoint: { url: 'https://desk.example.com/', description: 'x', eventTypes: ['ping'] },
};

const nasty = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1e308,
    -1e308,
    5e-324,
    1e-18,
    2 ** 31,
    2 ** 53,
    '',
    '0',
    'NaN',
    'Infinity',
    '-1',
    '1e5',
  ),
  fc.constantFrom<Json>(
    '\0',
    '\ud800',
    '\u202e',
    'x'.repeat(300),
    '9'.repeat(18),
    '9'.repeat(19),
    '0.000000000000000001',
    'constructor',
    '__proto__',
  ),
  fc.constantFrom<Json>(
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999-23:59',
    '2030-12-27T08:00:00+23:59',
    NO_ID,
    'deribit:BTC-PERPETUAL',
    'otc:::',
    'spot:/',
  ),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json),
);
/** What is done: where (in ten-thousandths of the way through all places of the body), and how. */
const change = fc.record({
  where: fc.nat(9_999),
  how: fc.constantFrom('delete', 'replace', 'insert'),
  value: nasty,
  key: fc.string({ maxLength: 5 }),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function mutated(body: Json, { where, how, value, key }: Change): Json {
  const paths: (string | number)[][] = [[]];
  const visit = (node: Json, path: (string | number)[]): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, child] of Object.entries(node)) {
      paths.push([...path, name]);
      visit(child, [...path, name]);
    }
  };
  visit(body, []);
  const path = paths[Math.floor((where / 10_000) * paths.length)]!;
  if (path.length === 0) return how === 'insert' ? inserted(body, key, value) : value;
  const copy = structuredClone(body);
  const parent = path.slice(0, -1).reduce((node, name) => (node as Record<string, Json>)[name]!, copy) as Record<
    string,
    Json
  >;
  const last = path.at(-1)!;
  if (how === 'replace') parent[last] = value;
  else if (how === 'insert') parent[last] = inserted(parent[last]!, key, value);
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

function inserted(node: Json, key: string, value: Json): Json {
  if (Array.isArray(node)) return [...node, value];
  return typeof node === 'object' && node !== null ? { ...node, [key]: value } : value;
}

test('the bodies that are changed are of every operation that takes JSON', () => {
  const taking = contract.operations.filter(({ requestBody }) => requestBody?.content['application/json']);
  expect(Object.keys(BODIES).sort()).toEqual(taking.map(({ operationId }) => operationId).sort());
});

test.each(Object.keys(BODIES))('%s never fails', { timeout: 60_000 }, async (operationId) => {
  const { method, path } = contract.operation(operationId);
  const id = path.startsWith('/v1/hedge-plans') ? ids.plan : ids.portfolio;
  const url = path.replace('{id}', id).replace('{positionId}', 'p');
  const headers = { authorization: `Bearer ${app.key}`, 'content-type': 'application/json', 'if-match': '*' };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const payload = JSON.stringify(changes.reduce(mutated, BODIES[operationId]!));
      const answer = await app.ballast.http.inject({ method: method as 'post' | 'put', url, headers, payload });
      expect(answer.statusCode, `${payload}: ${answer.body}`).toBeLessThan(500);
      if (answer.statusCode < 400) return;
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      const problem = ProblemSchema.parse(answer.json());
      expect(problem.status).toBe(answer.statusCode);
      if (problem.code === 'validation_failed') expect(problem.errors?.length).toBeGreaterThan(0);
    }),
    { numRuns: 120 },
  );
});

test('what was queued on the way ends, and none of it by a defect', { timeout: 60_000 }, async () => {
  const { items } = (await app.api().get(`/v1/portfolios/${ids.portfolio}/hedge-plans?limit=200`).expect(200)).body;
  expect(items.length).toBeGreaterThan(10);
  for (const { id } of items as { id: string }[]) {
    const plan = await app.ended<{ status: string; problem: unknown }>(`/v1/hedge-plans/${id}`);
    contract.expectAnswer('getHedgePlan', await app.api().get(`/v1/hedge-plans/${id}`));
    expect(plan.problem).not.toMatchObject({ code: 'internal' });
  }
});
