import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Analysis } from '../../../src/risk/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { AS_OF, EXPIRY, MARKET } from '../../support/fixtures.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const POSITIONS = 10_000;
const ASKED = {
  matrix: {
    spot: Array.from({ length: 21 }, (_, i) => (i - 10) / 20),
    vol: Array.from({ length: 11 }, (_, i) => 5 * (i - 5)),
  },
};

test('10,000 options in a matrix of 21 × 11: each the same, so the book makes 10,000 times what one does', async () => {
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  const instrument = {
    ...{ kind: 'option', underlying: 'BTC', settlement: 'inverse' },
    ...{ optionType: 'put', strike: '95000', expiry: EXPIRY },
  };
  const matrixOf = async (count: number) => {
    const positions = Array.from({ length: count }, (_, i) => ({ id: `p${i}`, instrument, quantity: '0.1' }));
    const book = { name: 'book', asOf: AS_OF, positions };
    const { body: portfolio } = await app.api().post('/v1/portfolios').send(book).expect(201);
    const path = `/v1/portfolios/${portfolio.id}/analyses`;
    const { body: queued } = await app.api().post(path).send({ scenarios: ASKED }).expect(202);
    const { result, progress } = await app.ended<Analysis>(`/v1/analyses/${queued.id}`);
    expect([progress, result!.valued]).toEqual([1, count]);
    return result!.scenarios!.matrix!.underlyings[0]!;
  };
  const [one, all] = [await matrixOf(1), await matrixOf(POSITIONS)];
  expect(all.profit).toHaveLength(21 * 11);
  // The worth of the book is told to 1e-13 of it by the kernel, and a profit is a difference of two.
  all.profit.forEach((profit, i) => {
    const most = 1e-12 * POSITIONS * Math.max(Math.abs(one.value[i]!), Math.abs(one.value[115]!));
    expect(Math.abs(profit - POSITIONS * one.profit[i]!)).toBeLessThan(most);
  });
});
