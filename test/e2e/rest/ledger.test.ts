import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { EXPIRY } from '../../support/fixtures.ts';
import { execute, makePlan } from '../../support/hedge.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const DAY_MS = 86_400_000;
const START = Date.parse('2030-11-01T08:00:00.000Z');
const at = (days: number) => new Date(START + days * DAY_MS).toISOString();

/** Coin is worth spot; the perpetual is quoted with a spread of ten dollars. */
function market(days: number, spot: number, vol: number, extra: object = {}) {
  return {
    ...{ asOf: at(days), source: 'test' },
    underlyings: [
      {
        underlying: 'BTC',
        spot: { mark: spot },
        perpetual: { mark: spot, bid: spot - 5, ask: spot + 5, symbol: 'deribit:BTC-PERPETUAL', ...extra },
        carry: { rate: 0 },
        volatility: { type: 'flat', vol },
      },
    ],
  };
}

const snapshot = async (...given: Parameters<typeof market>): Promise<string> =>
  (
    await app
      .api()
      .post('/v1/market-snapshots')
      .send(market(...given))
      .expect(201)
  ).body.id;

const book = async (positions: object[], asOf = at(0)): Promise<string> =>
  (await app.api().post('/v1/portfolios').send({ name: 'b', asOf, positions }).expect(201)).body.id;

const ledger = async (id: string, query: string): Promise<Ledger> =>
  (await app.api().get(`/v1/portfolios/${id}/ledger?${query}`).expect(200)).body;

test('a sold call that is hedged and kept for a week: premium, theta, hedge, and what the hedge cost', async () => {
  const from = await snapshot(0, 100_000, 0.6, { fundingRate: 0.0001 });
  const id = await book([{ instrument: 'deribit:BTC-27DEC30-100000-C', quantity: '-10', averagePrice: '0.1' }]);
  const plan = await makePlan(app, id, { targets: [{ underlying: 'BTC' }], marketSnapshotId: from });
  const execution = await execute(app, plan.id);
  expect(execution.result?.outcome).toBe('completed');
  const to = await snapshot(7, 98_000, 0.55);
  const told = await ledger(id, `to=${to}`);
  expect(told).toMatchObject({
    from: { marketSnapshotId: from, portfolioVersion: 2 },
    to: { marketSnapshotId: to, portfolioVersion: 2 },
    ...{ marks: 2, unvalued: 0, trades: 2, assumptions: [] },
  });
  const [line] = told.cash;
  const number = (text: string) => Number(text);
  expect(number(line!.premium)).toBe(100_000); // 10 × 0.1 coins
  expect(number(line!.openingValue)).toBe(0);
  expect(number(line!.optionPnl)).toBeGreaterThan(0); // sold volatility that fell, and a week of time
  expect(number(line!.thetaEarned)).toBeGreaterThan(0);
  expect(number(line!.hedgePnl)).toBeLessThan(0); // the hedge was long and the price fell
  const [order] = execution.orders;
  const size = number(order!.filledQuantity);
  expect(number(line!.hedgePnl)).toBeCloseTo((size / 100_000) * -2_000, -1);
  expect(number(line!.fees)).toBeCloseTo(number(order!.fee) * 100_000, 4);
  expect(number(line!.spread) + number(line!.impact)).toBeGreaterThan(size * 0.00005 * 0.99); // five dollars in a hundred thousand
  expect(number(line!.funding)).toBeCloseTo(-size * 0.0001 * 21, 4);
  expect(number(line!.hedgingCost)).toBeCloseTo(
    number(line!.fees) + number(line!.spread) + number(line!.impact) - number(line!.funding),
    5,
  );
  expect(line!.costToTheta).toBeCloseTo(number(line!.hedgingCost) / number(line!.thetaEarned), 5);
});

test('what was sold between two snapshots is booked at its price, and its premium told', async () => {
  const from = await snapshot(20, 100_000, 0.6);
  const id = await book([], at(20));
  const put = { asOf: at(20.5), instrument: 'deribit:BTC-27DEC30-100000-C', quantity: '-10', averagePrice: '0.2' };
  await app.api().put(`/v1/portfolios/${id}/positions/call`).set('if-match', '*').send(put).expect(200);
  const to = await snapshot(21, 100_000, 0.6);
  const told = await ledger(id, `from=${from}&to=${to}`);
  expect(told.trades).toBe(1);
  expect(Number(told.cash[0]!.premium)).toBeCloseTo(10 * 0.2 * 100_000, 4);
  expect(Number(told.cash[0]!.explanation.trades)).toBeGreaterThan(50_000); // a fifth of a coin was far too much
  expect(told.cash[0]!.openingValue).toBe('0');
  expect(Number(told.cash[0]!.net)).toBeCloseTo(Number(told.cash[0]!.closingValue) + 200_000, 3);
});

test('an option that expires is settled at its intrinsic value', async () => {
  const expiry = Date.parse(EXPIRY);
  const days = (expiry - START) / DAY_MS;
  const from = await snapshot(days - 1, 100_000, 0.6);
  const id = await book([{ instrument: 'deribit:BTC-27DEC30-90000-C', quantity: '2' }], at(days - 1));
  const to = await snapshot(days + 0.1, 104_000, 0.6);
  const told = await ledger(id, `from=${from}&to=${to}`);
  expect(Number(told.cash[0]!.openingValue) + Number(told.cash[0]!.net)).toBeCloseTo(2 * 14_000, 3);
  expect(told.cash[0]!.closingValue).toBe('0');
  expect(told.unvalued).toBe(0);
});

test('marking at every snapshot explains more, and comes to the same', async () => {
  const ids = [];
  for (const [i, spot] of [100_000, 106_000, 99_000, 104_000, 100_000].entries())
    ids.push(await snapshot(30 + i, spot, 0.6));
  const id = await book([{ instrument: 'deribit:BTC-27DEC30-100000-C', quantity: '-10' }], at(30));
  const period = `from=${ids[0]}&to=${ids.at(-1)}`;
  const [coarse, fine] = [await ledger(id, period), await ledger(id, `${period}&resolution=snapshots`)];
  expect([coarse.marks, fine.marks]).toEqual([2, 5]);
  expect(Number(fine.cash[0]!.net)).toBeCloseTo(Number(coarse.cash[0]!.net), 3);
  expect(Number(fine.cash[0]!.explanation.gamma)).toBeLessThan(-1_000);
  expect(Math.abs(Number(coarse.cash[0]!.explanation.gamma))).toBeLessThan(1);
});

test('what has no price is booked at the mark, and what cannot be marked is in no number; both are told', async () => {
  const from = await snapshot(40, 100_000, 0.6);
  const id = await book(
    [
      { instrument: 'spot:BTC/USD', quantity: '1' },
      { instrument: 'spot:DOGE/USD', quantity: '5' },
    ],
    at(40.2),
  );
  const to = await snapshot(41, 101_000, 0.6);
  const told = await ledger(id, `from=${from}&to=${to}`);
  expect(told.assumptions).toEqual([
    '1 changes of positions tell no price (averagePrice); they are booked at the mark',
  ]);
  expect(told.failures[0]).toMatchObject({ positionId: 'spot:DOGE/USD', code: 'missing_underlying' });
  expect(told.cash[0]).toMatchObject({ net: '1000', hedgePnl: '1000', optionPnl: '0' });
});

test('a period that runs backwards, a snapshot and a portfolio that are not there', async () => {
  const [early, late] = [await snapshot(50, 100_000, 0.6), await snapshot(51, 100_000, 0.6)];
  const id = await book([], at(50));
  const { body } = await app.api().get(`/v1/portfolios/${id}/ledger?from=${late}&to=${early}`).expect(422);
  expect(body.errors).toMatchObject([{ pointer: '/from', code: 'mismatch' }]);
  const nobody = '01a00000-0000-7000-8000-000000000000';
  await app.api().get(`/v1/portfolios/${id}/ledger?from=${nobody}`).expect(404);
  await app.api().get(`/v1/portfolios/${nobody}/ledger`).expect(404);
  await app
    .api(await app.otherTenant())
    .get(`/v1/portfolios/${id}/ledger`)
    .expect(404);
});
