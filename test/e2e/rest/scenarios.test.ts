import { afterAll, beforeAll, expect, test } from 'vitest';
import { AnalysisSchema, type Analysis } from '../../../src/risk/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { EXPIRY, MARKET, PORTFOLIO } from '../../support/fixtures.ts';

const LATER = '2030-11-02T08:00:00.000Z';
const NOBODY = '01a00000-0000-7000-8000-000000000000';

let app: TestApp;
let portfolio: string;
const snapshots: string[] = [];

/** The market of the fixtures with BTC at another price, at another time. */
function marketAt(asOf: string, btc: number, vol = 0.6): object {
  const [first, ...others] = MARKET.underlyings;
  const mark = { mark: btc };
  const moved = { ...first, spot: mark, perpetual: mark, forwards: [{ expiry: EXPIRY, price: btc * 1.01 }] };
  return { ...MARKET, asOf, underlyings: [{ ...moved, volatility: { type: 'flat', vol } }, ...others] };
}

beforeAll(async () => {
  app = await startTestApp();
  for (const market of [
    MARKET,
    marketAt(LATER, 96_000, 0.7),
    marketAt('2030-10-31T08:00:00.000Z', 102_000),
    marketAt('2030-10-30T08:00:00.000Z', 97_000, 0.62),
  ]) {
    snapshots.push((await app.api().post('/v1/market-snapshots').send(market).expect(201)).body.id);
  }
  portfolio = (await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201)).body.id;
});
afterAll(() => app.stop());

async function analysed(scenarios: object): Promise<NonNullable<Analysis['result']>> {
  const body = { marketSnapshotId: snapshots[0], scenarios };
  const queued = await app.api().post(`/v1/portfolios/${portfolio}/analyses`).send(body).expect(202);
  const analysis = AnalysisSchema.strict().parse(await app.ended<Analysis>(`/v1/analyses/${queued.body.id}`));
  expect(analysis.problem).toBeNull();
  return analysis.result!;
}

test('ladders: the steps of nothing are the analysis itself', async () => {
  const { scenarios, underlyings, cash } = await analysed({
    ladders: { spot: [-0.2, 0, 0.2], vol: [-10, 0], time: [0, 7, 100] },
  });
  const { spot, vol, time } = scenarios!.ladders!;
  for (const ladder of [spot!, vol!, time!]) {
    const at = ladder.steps.indexOf(0);
    ladder.underlyings.forEach((each, u) => {
      const { value, delta, gamma, vega } = underlyings[u]!;
      expect(each.profit[at]).toBe(0);
      expect(each.value[at]! / value).toBeCloseTo(1, 12);
      expect(each.delta[at]! / delta).toBeCloseTo(1, 12);
      expect(each.gamma[at]! / gamma).toBeCloseTo(1, 12);
      expect(each.vega[at]! / vega).toBeCloseTo(1, 12);
    });
    expect(ladder.cash[0]!.deltaCash[at]! / cash[0]!.deltaCash).toBeCloseTo(1, 12);
    expect(ladder.cash[0]!.gammaCash[at]! / cash[0]!.gammaCash).toBeCloseTo(1, 12);
  }
  expect(time!.underlyings[0]!.vega[2]).toBe(0);
});

test('a matrix, in the order of its axes', async () => {
  const { scenarios } = await analysed({
    volMoves: 'relative',
    matrix: { spot: [-0.1, 0.1], vol: [-0.2, 0, 0.2], days: 1 },
    ladders: { spot: [-0.1, 0.1] },
  });
  const { matrix, volMoves } = scenarios!;
  expect([volMoves, matrix!.days, matrix!.spot, matrix!.vol]).toEqual(['relative', 1, [-0.1, 0.1], [-0.2, 0, 0.2]]);
  expect(matrix!.underlyings.map(({ profit }) => profit.length)).toEqual([6, 6]);
  const [btc] = matrix!.underlyings;
  // The book is short volatility in BTC.
  expect(btc!.profit[2]).toBeLessThan(btc!.profit[1]!);
  expect(btc!.profit[1]).toBeLessThan(btc!.profit[0]!);
});

test('a cell is the analysis in a market that has moved so', async () => {
  const moved = await app
    .api()
    .post('/v1/market-snapshots')
    .send(marketAt(MARKET.asOf, 96_000, 0.7))
    .expect(201);
  const body = { marketSnapshotId: moved.body.id };
  const queued = await app.api().post(`/v1/portfolios/${portfolio}/analyses`).send(body).expect(202);
  const there = (await app.ended<Analysis>(`/v1/analyses/${queued.body.id}`)).result!.underlyings[0]!;
  const { scenarios, underlyings } = await analysed({ matrix: { spot: [-0.04], vol: [10] } });
  const cell = scenarios!.matrix!.underlyings[0]!;
  for (const name of ['value', 'gamma', 'vega'] as const) expect(cell[name][0]! / there[name]).toBeCloseTo(1, 10);
  // Of the inverse perpetual the coins made are kept: its delta is that of the price before.
  const kept = 50_000 / 100_000 - 50_000 / 96_000;
  expect(cell.delta[0]! - kept).toBeCloseTo(there.delta, 9);
  expect(cell.profit[0]).toBeCloseTo(there.value - underlyings[0]!.value - 50_000 * 0.04, 5);
});

test('vega by tenor', async () => {
  const { scenarios, underlyings } = await analysed({ vegaBuckets: {} });
  scenarios!.vegaBuckets!.forEach(({ buckets }, u) => {
    expect(buckets.filter(({ vega }) => vega !== 0)).toEqual([
      { aboveDays: 30, toDays: 60, vega: underlyings[u]!.vega },
    ]);
  });
});

test('stress scenarios, with their sources', async () => {
  const { scenarios } = await analysed({ stress: { custom: [{ name: 'my own', spot: -0.5, vol: 50, days: 1 }] } });
  const { stress } = scenarios!;
  expect(stress!.map(({ name }) => name)).toEqual([
    ...['march_2020', 'may_2021', 'luna', 'ftx', 'august_2024', 'october_2025', 'my own'],
  ]);
  for (const { source, date } of stress!.slice(0, -1)) {
    expect(source).toMatch(/measured|approximate/i);
    expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
  }
  expect(stress!.at(-1)!.underlyings[0]).toMatchObject({ underlying: 'BTC', spotMove: -0.5, volMove: 50 });
});

test('value at risk of given moves and of snapshots', async () => {
  const given = await analysed({
    valueAtRisk: {
      history: {
        moves: [
          { spot: -0.1, vol: 5 },
          { spot: 0.1, vol: -5 },
        ],
      },
    },
  });
  const [usd] = given.scenarios!.valueAtRisk!.cash;
  const profits = usd!.worst.map(({ profit }) => profit);
  expect(usd!.measures).toEqual(
    [0.95, 0.99].map((confidence) => ({
      confidence,
      valueAtRisk: -Math.min(...profits),
      expectedShortfall: -Math.min(...profits),
    })),
  );
  const seen = await analysed({
    valueAtRisk: { history: { snapshotIds: [snapshots[0], snapshots[3], snapshots[2]] } },
  });
  const { scenarioCount, leftOut, cash } = seen.scenarios!.valueAtRisk!;
  expect([scenarioCount, leftOut]).toEqual([2, []]);
  expect(cash[0]!.worst.map(({ at }) => at).sort()).toEqual(['2030-10-31T08:00:00.000Z', '2030-11-01T08:00:00.000Z']);
});

test('the profit to another snapshot, explained', async () => {
  const { scenarios, valued } = await analysed({ explain: { marketSnapshotId: snapshots[1] } });
  const explain = scenarios!.explain!;
  expect(explain).toMatchObject({ from: MARKET.asOf, to: LATER, explained: valued, unvalued: 0, failures: [] });
  const { currency, profit, unexplained, ...terms } = explain.cash[0]!;
  expect(currency).toBe('USD');
  const sum = Object.values(terms).reduce((total, each) => total + each, unexplained);
  expect(sum).toBeCloseTo(profit, 8);
  expect(Math.abs(unexplained)).toBeLessThan(0.05 * Math.abs(profit));
});

test('a list of analyses goes without their scenarios', async () => {
  const { scenarios } = await analysed({ stress: {} });
  expect(scenarios!.stress).not.toBeNull();
  const { body } = await app.api().get(`/v1/portfolios/${portfolio}/analyses`).expect(200);
  expect(body.items.length).toBeGreaterThan(1);
  for (const { result } of body.items) expect(AnalysisSchema.shape.result.parse(result)!.scenarios).toBeNull();
});

test('an analysis without scenarios has none', async () => {
  const queued = await app.api().post(`/v1/portfolios/${portfolio}/analyses`).send({}).expect(202);
  const { result } = await app.ended<Analysis>(`/v1/analyses/${queued.body.id}`);
  expect(result!.scenarios).toBeNull();
});

test('faulty scenarios and snapshots that are not there are told where they stand: 422', async () => {
  const other = await app.otherTenant();
  const foreign = (await app.api(other).post('/v1/market-snapshots').send(MARKET).expect(201)).body.id as string;
  const faults = async (scenarios: object) => {
    const answer = await app.api().post(`/v1/portfolios/${portfolio}/analyses`).send({ scenarios }).expect(422);
    return answer.body.errors.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code]);
  };
  expect(await faults({ ladders: { spot: [0, -1] } })).toEqual([['/scenarios/ladders/spot/1', 'too_small']]);
  expect(await faults({ explain: { marketSnapshotId: foreign.toUpperCase() } })).toEqual([
    ['/scenarios/explain/marketSnapshotId', 'not_found'],
  ]);
  const history = { snapshotIds: [snapshots[0], NOBODY, snapshots[1]] };
  expect(await faults({ valueAtRisk: { history } })).toEqual([
    ['/scenarios/valueAtRisk/history/snapshotIds/1', 'not_found'],
  ]);
});
