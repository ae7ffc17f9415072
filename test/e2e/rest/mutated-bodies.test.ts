import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProblemSchema } from '../../../src/platform/problem.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { contractOf, NO_ID, type Contract } from '../../support/contract.ts';
import { EXPIRY, MARKET, PORTFOLIO } from '../../support/fixtures.ts';

// Whatever is done to a valid body, the service takes it or says what is wrong with it; it never fails.

let app: TestApp;
let contract: Contract;
const ids: Record<string, string> = {};
beforeAll(async () => {
  app = await startTestApp();
  contract = contractOf(app);
  ids['market-snapshots'] = (await app.api().post('/v1/market-snapshots').send(MARKET).expect(201)).body.id;
  ids['portfolios'] = (await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201)).body.id;
  const plans = `/v1/portfolios/${ids['portfolios']}/hedge-plans`;
  ids['hedge-plans'] = (await app.api().post(plans).send({}).expect(202)).body.id;
  const policy = BODIES['createHedgePolicy'] as object;
  ids['hedge-policies'] = (await app.api().post('/v1/hedge-policies').send(policy).expect(201)).body.id;
});
afterAll(() => app.stop());

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const plain = (value: object) => JSON.parse(JSON.stringify(value)) as Json;
const prices = [{ expiry: EXPIRY, strike: 100_000, optionType: 'call', price: 0.07 }];
const MOVE = { spot: 0.1, vol: 0.1 };
const POLICY = {
  kind: 'any_of',
  of: [
    { kind: 'interval', everySeconds: 60 },
    { kind: 'not', of: [{ kind: 'whalley_wilmott', riskAversion: 0.001 }] },
    { kind: 'delta_tolerance', toleranceBelow: 1, toleranceAbove: 2, toleranceUnit: 'cash' },
  ],
  ...{ rebalanceTo: 'inner', innerFraction: 0.5, hedgeRatio: 0.9, target: 1, minTrade: 0.1, maxTrade: 10, maxClips: 2 },
  ...{ minIntervalSeconds: 1, coolDownSeconds: 1, deltaConvention: 'sticky_delta', forecastVol: 0.5 },
  costs: { feeBps: 1, fixedCost: 1, impactShape: 'linear' },
  instruments: { buy: 'spot:BTC/USD', sell: 'deribit:BTC-PERPETUAL' },
  maxSnapshotAgeSeconds: 1e6,
};
const BACKTEST = {
  paths: {
    model: 'heston',
    spot: 1e5,
    drift: 0,
    v0: 0.3,
    kappa: 1,
    theta: 0.3,
    sigma: 0.5,
    rho: -0.5,
    count: 8,
    seed: 3,
  },
  market: { rate: 0.01, dividendYield: 0, vol: 0.6, skew: -0.1 },
  monitoringSteps: 4,
  horizonYears: 0.1,
  book: [{ type: 'put', strike: 90_000, expiryYears: 0.1, quantity: '-1' }],
  strategies: [
    {
      name: 'a',
      policy: { ...POLICY, deltaConvention: 'min_variance' },
      costs: { proportional: 0.01, fundingBpsPer8h: 1 },
    },
    { name: 'b', policy: { kind: 'optimal', riskAversion: 0.001 } },
  ],
  statistics: { confidence: 0.9, riskAversions: [0.01], bins: 5 },
  ...{ financing: false, settlement: 'physical' },
};
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
  createHedgePolicy: plain({ name: 'mine', policy: POLICY }),
  replaceHedgePolicy: plain({ name: 'mine', policy: { ...POLICY, kind: 'all_of' } }),
  createBacktest: plain(BACKTEST),
  solveRoute: {
    amountIn: 10,
    pools: [
      { type: 'constant_product', reserveIn: 100, reserveOut: 200, fee: 0.003, fixedCost: 0.01 },
      {
        type: 'order_book',
        levels: [
          [2, 5],
          [1.9, 50],
        ],
        fee: 0.0005,
      },
    ],
  },
  executeHedgePlan: {
    venue: 'paper',
    participation: 0.5,
    mode: 'dry_run',
    limits: { maxOrderNotional: 1, windowSeconds: 60 },
    netting: { windowSeconds: 1 },
    paper: { latencyMs: 1, rejectRate: 0.5, outageRate: 0.5, outageMs: 1, seed: 1 },
    schedule: {
      ...{ kind: 'almgren_chriss', horizonSeconds: 60, slices: 3, halfLifeSeconds: 20, jitter: 0.5 },
      ...{ participationCap: 0.1, dailyVolumes: [{ symbol: 'deribit:BTC-PERPETUAL', quantity: 1e9 }] },
    },
  },
  createMarketFeed: { kind: 'replay', recording: 'none', from: '2026-05-15T00:00:00Z', speed: 60 },
  createMonitor: {
    portfolioId: NO_ID,
    plan: { policy: { kind: 'delta_tolerance', tolerance: 1 }, targets: [{ underlying: 'BTC' }], collarBps: 10 },
    execution: { mode: 'dry_run' },
    maxAgeSeconds: 60,
    coolDownSeconds: 1,
  },
  approveExecution: { decision: 'reject' },
  signOrder: { signed: '0x00' },
  setTradingState: { state: 'active', reason: 'x', scope: 'tenant' },
  setTradingLimits: { maxOrderNotional: 1e9, collarBps: 100, reduceOnly: true },
  createVenueAccount: { name: 'x', credentials: { venue: 'deribit', apiKey: 'x', apiSecret: 'x' } },
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

/** A second body of an operation that takes two kinds. */
const OPTIMISED: Json = {
  targets: [
    { underlying: 'BTC', greek: 'vega', tolerance: 100, tenorDays: { from: 1, to: 90 }, priority: 2 },
    { underlying: 'BTC', greek: 'delta', tolerance: 0.1, priority: 1 },
  ],
  instruments: [
    { instrument: 'deribit:BTC-PERPETUAL', maxPosition: 1e6, maxNotional: 1e6, noShort: false },
    { instrument: 'deribit:BTC-27DEC30-90000-P', maxQuantity: 10 },
  ],
  optimise: {
    choose: 'tightest',
    ...{ riskAversion: 1e-5, horizonDays: 2, existing: true, participation: 0.5, noShort: false },
    options: [
      {
        underlying: 'BTC',
        expiryDays: { from: 1, to: 90 },
        deltas: { from: 0.1, to: 0.9 },
        maxSpread: 0.4,
        maxCount: 5,
      },
    ],
    ...{
      maxCost: { value: 1e4, priority: 3 },
      maxLegs: { value: 3 },
      maxNewLegs: { value: 2 },
      maxNotional: { value: 1e7 },
    },
    moves: [{ underlying: 'ETH', vol: 0.8, volOfVol: 0.5, spotVolCorrelation: 0 }],
    correlations: [{ underlyings: ['BTC', 'ETH'], correlation: 0.7 }],
    crossHedges: [{ underlying: 'ETH', with: 'BTC', beta: 1.1, basisVol: 0.3 }],
  },
  worthIt: { riskAversion: 1e-5, horizonDays: 2, enforce: true },
};
const CASES: [string, Json][] = [...Object.entries(BODIES), ['createHedgePlan', OPTIMISED]];

test.each(CASES)('%s never fails', { timeout: 60_000 }, async (operationId, body) => {
  const { method, path } = contract.operation(operationId);
  const url = path.replace('{id}', ids[path.split('/')[2]!]!).replace('{positionId}', 'p');
  // The latest snapshot may be one of those that were changed, and have no market to plan in.
  const valid =
    operationId === 'createHedgePlan' ? { ...(body as object), marketSnapshotId: ids['market-snapshots']! } : body;
  const headers = { authorization: `Bearer ${app.key}`, 'content-type': 'application/json', 'if-match': '*' };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const payload = JSON.stringify(changes.reduce(mutated, valid));
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
  const { items } = (await app.api().get(`/v1/portfolios/${ids['portfolios']}/hedge-plans?limit=200`).expect(200)).body;
  expect(items.length).toBeGreaterThan(10);
  for (const { id } of items as { id: string }[]) await expectSound('getHedgePlan', `/v1/hedge-plans/${id}`);
  const backtests = (await app.api().get('/v1/backtests?limit=200').expect(200)).body.items;
  expect(backtests.length).toBeGreaterThan(0);
  for (const { id } of backtests as { id: string }[]) await expectSound('getBacktest', `/v1/backtests/${id}`);
});

async function expectSound(operationId: string, path: string): Promise<void> {
  const done = await app.ended<{ status: string; request?: object; problem: unknown }>(path);
  contract.expectAnswer(operationId, await app.api().get(path));
  expect(done.problem, JSON.stringify(done.request)).not.toMatchObject({ code: 'internal' });
}
