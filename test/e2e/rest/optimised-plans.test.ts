import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HedgePlan, PlanResult } from '../../../src/hedging/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { execute, makePlan } from '../../support/hedge.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.api().post('/v1/market-snapshots').send(market()).expect(201);
});
afterAll(() => app.stop());

const AS_OF = '2030-11-01T08:00:00.000Z';
const EXPIRIES = ['2030-11-29T08:00:00.000Z', '2030-12-27T08:00:00.000Z'];
const STRIKES = [80_000, 90_000, 95_000, 100_000, 105_000, 110_000, 120_000];

/** Options quoted a point of volatility wide, and a perpetual. */
function market(change: object = {}) {
  const quotes = EXPIRIES.flatMap((expiry) =>
    STRIKES.map((strike) => ({ expiry, strike, iv: 0.6, bidIv: 0.595, askIv: 0.605, bidSize: 100, askSize: 100 })),
  );
  return {
    ...{ asOf: AS_OF, source: 'deribit' },
    underlyings: [
      {
        underlying: 'BTC',
        spot: { mark: 100_000 },
        perpetual: { mark: 100_000, bid: 99_999, ask: 100_001, symbol: 'deribit:BTC-PERPETUAL' },
        forwards: EXPIRIES.map((expiry) => ({ expiry, price: 100_500 })),
        volatility: { type: 'quotes', quotes },
        ...change,
      },
      { underlying: 'ALT', spot: { mark: 50 }, carry: { rate: 0 } },
      { underlying: 'XYZ', spot: { mark: 5 }, carry: { rate: 0 } },
    ],
  };
}

const SOLD = [
  { instrument: 'deribit:BTC-27DEC30-100000-C', quantity: '-20' },
  { instrument: 'deribit:BTC-29NOV30-95000-P', quantity: '-10' },
];
const OPTIONS = [{ underlying: 'BTC' }];

const book = async (positions: object[] = SOLD): Promise<string> =>
  (await app.api().post('/v1/portfolios').send({ name: 'b', asOf: AS_OF, positions }).expect(201)).body.id;

async function planned(request: object, positions?: object[]): Promise<HedgePlan> {
  return makePlan(app, await book(positions), request);
}

async function result(request: object, positions?: object[]): Promise<PlanResult> {
  const plan = await planned(request, positions);
  expect(plan.problem).toBeNull();
  return plan.result!;
}

const greek = (greek: string, tolerance: number, extra: object = {}) => ({
  ...{ underlying: 'BTC', greek, target: 0, tolerance, priority: 0, ...extra },
});

describe('several Greeks at once', () => {
  test('delta, gamma and vega are brought inside their tolerances with options and the perpetual', async () => {
    const targets = [greek('delta', 0.05), greek('gamma', 0.00001), greek('vega', 100)];
    const told = await result({
      ...{ targets, instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }] },
      optimise: { options: OPTIONS },
    });
    expect(told.residuals.map(({ greek: name, withinTolerance }) => [name, withinTolerance])).toEqual([
      ['delta', true],
      ['gamma', true],
      ['vega', true],
    ]);
    const { before, after } = told.underlyings[0]!.greeks;
    expect(Math.abs(after.vega)).toBeLessThan(100 + 1e-6);
    expect(Math.abs(before.vega)).toBeGreaterThan(1_000);
    expect(told.constraintsRelaxed).toEqual([]);
    expect(told.frontier.length).toBeGreaterThan(0);
    const chosen = told.frontier.find((point) => point.chosen)!;
    expect(chosen.residualRisk).toBeLessThan(chosen.riskBefore);
    expect(chosen.legs.map(({ symbol }) => symbol)).toEqual(told.orders.map(({ symbol }) => symbol));
    expect(told.reasons[0]).toContain('It costs about');
  });

  test('up to three ways are told: cost rises and risk falls from one to the next', async () => {
    const told = await result({
      ...{ targets: [greek('delta', 2)], instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }] },
      optimise: { options: OPTIONS, riskAversion: 1e-5 },
    });
    const points = told.frontier.map(({ cost, residualRisk }) => [Number(cost.total), residualRisk] as const);
    expect(points.length).toBeGreaterThan(1);
    for (const [i, [cost, risk]] of points.entries()) {
      if (i === 0) continue;
      expect(cost).toBeGreaterThanOrEqual(points[i - 1]![0] - 1e-6);
      expect(risk).toBeLessThanOrEqual(points[i - 1]![1] + 1e-6);
    }
    expect(told.frontier.flatMap(({ names }) => names).sort()).toEqual(['balanced', 'cheapest', 'tightest']);
  });

  test('delta with options alone, without any perpetual', async () => {
    const told = await result({ targets: [greek('delta', 0.2)], optimise: { options: OPTIONS } });
    expect(told.orders.every(({ terms }) => terms.kind === 'option')).toBe(true);
    expect(Math.abs(told.underlyings[0]!.greeks.after.delta)).toBeLessThanOrEqual(0.2 + 1e-9);
    const [order] = told.orders;
    expect(order).toMatchObject({ priceUnit: 'BTC', quantityUnit: 'BTC', lotSize: '0.1' });
    expect(Number(order!.limitPrice)).toBeLessThan(1);
  });

  test('vega of a tenor alone', async () => {
    const near = greek('vega', 50, { tenorDays: { from: 0, to: 35 } });
    const told = await result({
      targets: [near, greek('delta', 0.1)],
      optimise: { options: OPTIONS },
      instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }],
    });
    expect(told.residuals[0]).toMatchObject({ greek: 'vega', withinTolerance: true });
    expect(told.orders.some(({ symbol }) => symbol.includes('29NOV30'))).toBe(true);
  });

  test('orders execute, and what they cost is told by part', async () => {
    const id = await book();
    const plan = await makePlan(app, id, { targets: [greek('vega', 200)], optimise: { options: OPTIONS } });
    const execution = await execute(app, plan.id);
    expect(execution.result?.outcome).toBe('completed');
    const { cost, legs } = plan.result!.frontier.find((point) => point.chosen)!;
    const sum = (part: 'fee' | 'spread' | 'total') => legs.reduce((total, leg) => total + Number(leg.cost[part]), 0);
    expect(sum('total')).toBeCloseTo(Number(cost.total), 4);
    expect(sum('fee')).toBeGreaterThan(0);
    expect(sum('spread')).toBeGreaterThan(0);
  });
});

describe('positions of the book', () => {
  test('are closed where that is cheapest, and rolled where what is opened takes their place', async () => {
    const told = await result({
      targets: [greek('gamma', 0.000001), greek('vega', 1)],
      optimise: { riskAversion: 1e-3 },
    });
    const actions = told.frontier.find((point) => point.chosen)!.legs.map(({ action }) => action);
    expect(actions).toEqual(['close', 'close']);
  });
});

describe('constraints', () => {
  const both = [greek('delta', 0.01, { priority: 2 }), greek('vega', 1, { priority: 1 })];

  test('that cannot all hold give way in the order of their priorities, and it is told by how much', async () => {
    const told = await result({
      targets: both,
      instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }],
      optimise: { existing: false },
    });
    expect(told.constraintsRelaxed).toMatchObject([{ constraint: 'BTC/USD vega', priority: 1 }]);
    expect(told.residuals.map(({ withinTolerance }) => withinTolerance)).toEqual([true, false]);
  });

  test('of priority 0 that cannot hold fail the plan, which names them', async () => {
    const targets = [greek('vega', 1)];
    const plan = await planned({
      targets,
      instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }],
      optimise: { existing: false },
    });
    expect(plan).toMatchObject({ status: 'failed', result: null, problem: { code: 'validation_failed' } });
    expect(plan.problem!.errors).toMatchObject([{ code: 'infeasible', detail: 'BTC/USD vega' }]);
  });

  test('on cost and legs are kept', async () => {
    const targets = [
      greek('vega', 10, { priority: 1 }),
      greek('gamma', 0.000001, { priority: 1 }),
      greek('delta', 0.01, { priority: 1 }),
    ];
    const free = await result({ targets, optimise: { options: OPTIONS, existing: false } });
    const cost = Number(free.estimatedCost[0]!.total);
    const capped = await result({
      targets,
      optimise: { options: OPTIONS, existing: false, maxCost: { value: cost / 4 }, maxLegs: { value: 2 } },
    });
    expect(Number(capped.estimatedCost[0]!.total)).toBeLessThanOrEqual(cost / 4 + 1e-6);
    expect(capped.orders.length).toBeLessThanOrEqual(2);
    expect(capped.constraintsRelaxed.length).toBeGreaterThan(0);
  });

  test('nothing is sold that is not held, where that is asked', async () => {
    const told = await result({
      targets: [greek('delta', 0.5, { priority: 1 })],
      optimise: { options: OPTIONS, noShort: true },
    });
    expect(told.orders.every(({ side }) => side === 'buy')).toBe(true);
  });
});

test('what has no instrument of its own is hedged with another, at a beta and with basis risk', async () => {
  const told = await result(
    {
      instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }],
      optimise: { crossHedges: [{ underlying: 'ALT', with: 'BTC', beta: 1.5, basisVol: 0.4 }], riskAversion: 1e-3 },
    },
    [{ instrument: 'spot:ALT/USD', quantity: '10000' }],
  );
  expect(told.orders).toMatchObject([{ symbol: 'deribit:BTC-PERPETUAL', side: 'sell', quantity: '750000' }]);
  const chosen = told.frontier.find((point) => point.chosen)!;
  expect(chosen.residualRisk).toBeCloseTo(500_000 * 0.4 * Math.sqrt(1 / 365), -1);
  expect(told.reasons.join()).toContain('ALT is hedged with BTC at a beta of 1.5');
});

describe('worth it or not', () => {
  test('a hedge that costs more than it saves is not traded, and the numbers say why', async () => {
    const told = await result({ worthIt: { riskAversion: 1e-9 }, targets: [{ underlying: 'BTC' }] });
    expect(told.noTrade).toMatchObject({ code: 'not_worth_it' });
    expect(told.orders).toEqual([]);
    const [worth] = told.worth;
    expect(worth!.cost).toBeGreaterThan(worth!.saved!);
    expect(worth!.varianceAfter).toBeLessThan(worth!.varianceBefore);
    expect(worth!.income).toMatchObject({ hedgingCost: 0 });
    expect(worth!.thetaPerDay).toBeGreaterThan(0);
    const { before, after } = told.underlyings[0]!.greeks;
    expect(after).toEqual(before);
  });

  test('a hedge that saves more is, and so is one that is only to be weighed', async () => {
    const worth = await result({ worthIt: { riskAversion: 1e-4 }, targets: [{ underlying: 'BTC' }] });
    expect(worth.worth[0]!.worthIt).toBe(true);
    expect(worth.orders).toHaveLength(1);
    const weighed = await result({ worthIt: { riskAversion: 1e-9, enforce: false }, targets: [{ underlying: 'BTC' }] });
    expect(weighed.orders).toHaveLength(1);
    expect(weighed.worth[0]!.worthIt).toBe(false);
  });
});

describe('what makes no sense is refused', () => {
  const refused = async (request: object) =>
    (
      await app
        .api()
        .post(`/v1/portfolios/${await book()}/hedge-plans`)
        .send(request)
        .expect(422)
    ).body.errors;

  test.each<[string, object, string]>([
    ['a tenor of delta', { targets: [greek('delta', 1, { tenorDays: { from: 1 } })] }, '/targets/0/tenorDays'],
    ['a policy for the optimiser', { policy: { kind: 'stop_loss' }, optimise: {} }, '/policyId'],
    [
      'an underlying that is not in the market',
      { optimise: { options: [{ underlying: 'DOGE' }] } },
      '/optimise/options/0/underlying',
    ],
    ['a priority that is none', { targets: [greek('delta', 1, { priority: 6 })] }, '/targets/0/priority'],
    [
      'a target of what is cross-hedged',
      {
        targets: [{ underlying: 'ALT' }],
        optimise: { crossHedges: [{ underlying: 'ALT', with: 'BTC', beta: 1, basisVol: 0.1 }] },
      },
      '/targets/0',
    ],
  ])('%s', async (_what, request, at) => {
    expect((await refused(request)).map(({ pointer }: { pointer: string }) => pointer)).toContain(at);
  });

  test('correlations that no moves have fail the plan', async () => {
    const correlations = [
      { underlyings: ['BTC', 'ALT'], correlation: 0.9 },
      { underlyings: ['ALT', 'XYZ'], correlation: 0.9 },
      { underlyings: ['BTC', 'XYZ'], correlation: -0.9 },
    ];
    const moves = ['ALT', 'XYZ'].map((underlying) => ({ underlying, vol: 1 }));
    const others = ['ALT', 'XYZ'].map((name) => ({ instrument: `spot:${name}/USD`, quantity: '10' }));
    const plan = await planned({ optimise: { correlations, moves } }, [...SOLD, ...others]);
    expect(plan).toMatchObject({ status: 'failed', problem: { detail: expect.stringContaining('no moves have') } });
    const possible = await planned({ optimise: { moves } }, [...SOLD, ...others]);
    expect(possible.status).toBe('succeeded');
  });

  test('a volatility that the market does not tell has to be given', async () => {
    const plan = await planned({ optimise: {} }, [...SOLD, { instrument: 'spot:ALT/USD', quantity: '10' }]);
    expect(plan.problem?.detail).toContain('has no volatility of ALT/USD');
  });
});
