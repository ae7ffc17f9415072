import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const market = { expiryYears: 0.5, rate: 0.03, dividendYield: 0.01 };

describe('POST /v1/implied-volatility', () => {
  it('answers the volatility that a price was made with', async () => {
    const strike = [60, 80, 100, 120, 160];
    const vol = [0.9, 0.6, 0.5, 0.55, 0.7];
    const type = strike.map((k) => (k < 100 ? 'put' : 'call'));
    const priced = await app
      .api()
      .post('/v1/price')
      .send({ model: 'black_scholes_merton', columns: { ...market, spot: 100, type, strike, vol } });
    const solved = await app
      .api()
      .post('/v1/implied-volatility')
      .send({ columns: { ...market, spot: 100, type, strike, price: priced.body.columns.price } })
      .expect(200);
    expect(solved.body.errors).toEqual([]);
    solved.body.columns.vol.forEach((got: number, i: number) =>
      expect(Math.abs(got / vol[i]! - 1)).toBeLessThan(1e-12),
    );
  });

  it('refuses by row a price that no volatility gives', async () => {
    const at = (price: number, expiryYears = 0.5) => ({
      ...market,
      expiryYears,
      type: 'call',
      spot: 100,
      strike: 80,
      price,
    });
    const { body } = await app
      .api()
      .post('/v1/implied-volatility')
      .send({ rows: [at(30), at(19), at(100 * Math.exp(-0.005)), at(-1), at(30, 0)] })
      .expect(200);
    expect(body.errors.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
      [1, 'below_intrinsic'],
      [2, 'above_bound'],
      [3, 'below_intrinsic'],
      [4, 'expired'],
    ]);
    expect(body.rows.map(({ vol }: { vol: number | null }) => vol === null)).toEqual([false, true, true, true, true]);
  });
});
