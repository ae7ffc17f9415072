import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backtest } from '../../../src/simulation/resultModel.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

// The example of Hull, Options, futures and other derivatives, ch. 19: 20 weeks, four decisions a week.
const HULL = {
  paths: { model: 'gbm', spot: 49, drift: 0.13, vol: 0.2, count: 20_000, seed: 1, antithetic: false },
  market: { rate: 0.05, dividendYield: 0, vol: 0.2 },
  monitoringSteps: 80,
  horizonYears: 20 / 52,
  book: [{ type: 'call', strike: 50, expiryYears: 20 / 52, quantity: '-1' }],
  strategies: [
    { name: 'weekly', policy: { kind: 'interval', everySteps: 4 } },
    { name: 'stop', policy: { kind: 'stop_loss' } },
    { name: 'ww', policy: { kind: 'whalley_wilmott', riskAversion: 1 }, costs: { proportional: 0.01 } },
  ],
  financing: true,
  settlement: 'cash',
};

async function run(request: object): Promise<Backtest> {
  const { body, headers } = await app.api().post('/v1/backtests').send(request).expect(202);
  expect(headers['location']).toBe(`/v1/backtests/${body.id}`);
  return app.ended<Backtest>(`/v1/backtests/${body.id}`);
}

describe('a backtest on simulated paths', () => {
  let done: Backtest;
  beforeAll(async () => {
    done = await run(HULL);
  });
  const strategy = (name: string) => done.result!.strategies.find((each) => each.name === name)!;

  test('is cut into shards, and tells the book and what it was sold for', () => {
    expect(done).toMatchObject({ status: 'succeeded', progress: 1, shards: 3, shardsDone: 3, problem: null });
    expect(done.result).toMatchObject({ paths: 20_000, steps: 80, financing: true });
    expect(done.result!.premium).toBeCloseTo(2.400527, 5);
  });

  test("has Hull's performance measure of weekly hedging and of the stop-loss strategy", () => {
    const weekly = strategy('weekly').performance!;
    expect(Math.abs(weekly.value - 0.19)).toBeLessThan(0.005 + 3 * weekly.standardError!);
    expect(strategy('stop').performance!.value).toBeGreaterThan(0.7);
  });

  test('the parts of the profit add up', () => {
    for (const { pnl, attribution: a, cost } of done.result!.strategies) {
      const costs = a.fee + a.spread + a.impact + a.fixed + a.funding;
      expect(a.optionPnl + a.hedgePnl + a.financing - costs).toBeCloseTo(pnl.value, 9);
      expect(costs).toBeCloseTo(cost.value, 9);
      expect(a.delta + a.gamma + a.vega + a.theta + a.unexplained).toBeCloseTo(a.optionPnl, 9);
    }
  });

  test('a policy with costs pays for every trade, and is told with its certainty equivalent', () => {
    const ww = strategy('ww');
    expect(ww.cost.value).toBeGreaterThan(0);
    expect(ww.cost.value).toBeCloseTo(0.01 * ww.turnover, 9);
    expect(ww.certaintyEquivalents).toMatchObject([{ riskAversion: 1 }]);
    expect(ww.certaintyEquivalents[0]!.value).toBeLessThan(ww.pnl.value);
  });

  test('histograms hold every path, and the frontier those that none beats', () => {
    for (const { histogram, worst } of done.result!.strategies) {
      expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(20_000);
      expect(histogram.from).toBe(worst);
    }
    expect(strategy('stop').efficient).toBe(false);
    expect(strategy('weekly').efficient).toBe(true);
  });

  test('is the same to the bit when it is run again, and another with another seed', async () => {
    expect((await run(HULL)).result).toEqual(done.result);
    const other = await run({ ...HULL, paths: { ...HULL.paths, seed: 2 } });
    expect(other.result!.strategies[0]!.pnl.value).not.toBe(strategy('weekly').pnl.value);
  });

  test('is drawn as SVG and written as CSV', async () => {
    for (const name of ['frontier', 'histograms']) {
      const plot = await app.api().get(`/v1/backtests/${done.id}/${name}.svg`).expect(200);
      expect(plot.headers['content-type']).toContain('image/svg+xml');
      expect(String(plot.text ?? plot.body)).toContain('<svg');
    }
    const csv = (await app.api().get(`/v1/backtests/${done.id}/strategies.csv`).expect(200)).text;
    const [header, ...rows] = csv
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    expect(rows.map(([name]) => name)).toEqual(['weekly', 'stop', 'ww']);
    expect(Number(rows[0]![header!.indexOf('pnl')])).toBe(strategy('weekly').pnl.value);
    const bins = (await app.api().get(`/v1/backtests/${done.id}/histograms.csv`).expect(200)).text.split('\r\n');
    expect(bins[0]).toBe('name,from,to,count');
  });
});

test.each([
  { model: 'heston', v0: 0.04, kappa: 2, theta: 0.04, sigma: 0.4, rho: -0.7 },
  {
    model: 'bates',
    v0: 0.04,
    kappa: 2,
    theta: 0.04,
    sigma: 0.4,
    rho: -0.7,
    jumpIntensity: 1,
    jumpMeanLog: -0.1,
    jumpStdLog: 0.1,
  },
])('paths of $model', async (model) => {
  const { vol: _vol, ...source } = HULL.paths;
  const done = await run({ ...HULL, paths: { ...source, ...model, count: 2_000 }, monitoringSteps: 20 });
  const weekly = done.result!.strategies[0]!;
  expect(weekly.sd.value).toBeGreaterThan(0);
  expect(done.result!.paths).toBe(2_000);
});

test('antithetic and quasi-random paths tell the error between independent groups', async () => {
  const small = { ...HULL, monitoringSteps: 20, strategies: HULL.strategies.slice(0, 1) };
  const of = async (extra: object) =>
    (await run({ ...small, paths: { ...HULL.paths, count: 4_096, ...extra } })).result!.strategies[0]!.pnl;
  const [plain, mirrored, sobol] = [await of({}), await of({ antithetic: true }), await of({ sobolPoints: 256 })];
  expect(new Set([plain.value, mirrored.value, sobol.value]).size).toBe(3);
  expect(sobol.standardError!).toBeLessThan(plain.standardError!);
});

describe('on a history', () => {
  test('windows of a series are paths', async () => {
    const prices = Array.from({ length: 200 }, (_, i) => 100 * Math.exp(0.02 * Math.sin(i) + 0.001 * i));
    const done = await run({
      history: { source: 'series', prices, strideSteps: 5, spot: 49 },
      ...{ market: HULL.market, monitoringSteps: 50, horizonYears: 0.2, book: HULL.book },
      strategies: HULL.strategies.slice(0, 1),
    });
    expect(done.result).toMatchObject({ paths: 30, steps: 50 });
    expect(done.result!.notes.join()).toContain('overlap');
  });

  test('stored snapshots are one path, with its equity and drawdown', async () => {
    const start = Date.parse('2030-01-01T08:00:00Z');
    const spots = [100, 104, 97, 99, 108, 103, 101, 95];
    for (const [i, mark] of spots.entries()) {
      const market = {
        asOf: new Date(start + i * 86_400_000).toISOString(),
        source: 'test',
        underlyings: [
          {
            ...{ underlying: 'XYZ', quote: 'USD', spot: { mark }, perpetual: { mark } },
            ...{ carry: { rate: 0 }, volatility: { type: 'flat', vol: 0.6 } },
          },
        ],
      };
      await app.api().post('/v1/market-snapshots').send(market).expect(201);
    }
    const option = (optionType: string, strike: string, expiry: string) => ({
      instrument: { kind: 'option', underlying: 'XYZ', settlement: 'linear', optionType, strike, expiry },
      quantity: '-10',
    });
    const done = await run({
      history: {
        ...{ source: 'snapshots', underlying: 'XYZ', from: '2030-01-01T00:00:00Z', to: '2030-02-01T00:00:00Z' },
        legs: [
          { ...option('call', '110', '2030-01-05T08:00:00Z') },
          {
            ...option('put', '90', '2030-02-05T08:00:00Z'),
            from: '2030-01-03T00:00:00Z',
            until: '2030-01-07T00:00:00Z',
          },
        ],
      },
      strategies: [
        { name: 'all', policy: { kind: 'delta_tolerance', tolerance: 0 }, costs: { feeBps: 5 } },
        { name: 'best', policy: { kind: 'optimal', riskAversion: 0.01 }, costs: { feeBps: 5 } },
      ],
    });
    expect(done).toMatchObject({ status: 'succeeded', result: { paths: 1, steps: 7 } });
    for (const { equity, maxDrawdown, pnl, cost } of done.result!.strategies) {
      expect(equity!.map(({ spot }) => spot)).toEqual(spots);
      expect(equity!.at(-1)).toMatchObject({ pnl: pnl.value, cost: cost.value });
      expect(maxDrawdown).toBeGreaterThan(0);
    }
    const [all, best] = done.result!.strategies;
    expect(best!.cost.value).toBeLessThan(all!.cost.value);
  });
});

describe('what cannot be simulated is refused', () => {
  test.each<[string, object, string]>([
    ['neither paths nor history', { paths: undefined }, ''],
    ['no book', { book: undefined }, '/book'],
    [
      'a policy without what it needs',
      { strategies: [{ name: 'x', policy: { kind: 'optimal' } }] },
      '/strategies/0/policy/riskAversion',
    ],
    ['names that come twice', { strategies: [HULL.strategies[0], HULL.strategies[0]] }, '/strategies'],
    ['a count that is no count', { paths: { ...HULL.paths, count: 0 } }, '/paths/count'],
    [
      'more work than there is time for',
      { monitoringSteps: 100_000, paths: { ...HULL.paths, count: 1_000_000 } },
      '/monitoringSteps',
    ],
    ['a net of too many dimensions', { paths: { ...HULL.paths, sobolPoints: 64 }, monitoringSteps: 2_000 }, '/paths'],
    ['a strike that is none', { book: [{ ...HULL.book[0], strike: '0' }] }, '/book/0/strike'],
  ])('%s', async (_what, change, at) => {
    const { body } = await app
      .api()
      .post('/v1/backtests')
      .send({ ...HULL, ...change })
      .expect(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain(at);
  });

  test('snapshots that are not there fail the backtest with the reason', async () => {
    const leg = { instrument: 'deribit:BTC-27DEC30-100000-C', quantity: 1 };
    const history = {
      source: 'snapshots',
      underlying: 'BTC',
      from: '1999-01-01T00:00:00Z',
      to: '1999-02-01T00:00:00Z',
      legs: [leg],
    };
    const strategies = [{ name: 'x', policy: { kind: 'stop_loss' } }];
    expect(await run({ history, strategies })).toMatchObject({
      status: 'failed',
      problem: { code: 'validation_failed', detail: expect.stringContaining('two at least') },
    });
  });
});

test('a stored policy is kept as it was when the backtest was asked for', async () => {
  const policy = { kind: 'delta_tolerance', tolerance: 0.1 };
  const stored = (await app.api().post('/v1/hedge-policies').send({ name: 'p', policy }).expect(201)).body;
  const strategies = [
    { name: 'stored', policyId: stored.id },
    { name: 'given', policy },
  ];
  const done = await run({ ...HULL, strategies, monitoringSteps: 20, paths: { ...HULL.paths, count: 1_000 } });
  expect(done.request.strategies[0]).toMatchObject({ policyId: stored.id, policyVersion: 1, policy });
  const [one, other] = done.result!.strategies;
  expect(one!.pnl).toEqual(other!.pnl);
});
