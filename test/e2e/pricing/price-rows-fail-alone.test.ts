import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const columns = {
  type: ['call', 'collar', 'put', 'call', 'put'],
  spot: [100, 100, -5, 100, 100],
  strike: [100, 100, 100, null, 100],
  expiryYears: 1,
  vol: [0.3, 0.3, 0.3, 0.3, 1e300],
  rate: 0.02,
  dividendYield: 0,
};

describe('a row that cannot be priced', () => {
  it('fails alone, with its reason, its numbers null', async () => {
    const { body } = await app.api().post('/v1/price').send({ model: 'black_scholes_merton', columns }).expect(200);
    expect(body.errors).toEqual([
      { index: 1, code: 'unknown_word', detail: 'type must be one of call, put' },
      { index: 2, code: 'out_of_range', detail: 'spot must be above 0' },
      { index: 3, code: 'not_a_number', detail: 'strike must be a finite number' },
    ]);
    for (const [name, values] of Object.entries<(number | null)[]>(body.columns)) {
      expect(
        values.map((value) => value === null),
        name,
      ).toEqual([false, true, true, true, false]);
    }
  });

  it('fails alone among rows too', async () => {
    const rows = columns.spot.map((spot, i) => ({
      ...columns,
      spot,
      type: columns.type[i],
      strike: columns.strike[i],
      vol: 0.3,
    }));
    const { body } = await app.api().post('/v1/price').send({ model: 'black_scholes_merton', rows }).expect(200);
    expect(body.errors.map(({ index }: { index: number }) => index)).toEqual([1, 2, 3]);
    expect(body.rows[0].price).toEqual(expect.any(Number));
    expect(body.rows[2].price).toBeNull();
  });

  it('fails alone where it is no row, or has a field too many', async () => {
    const row = { type: 'call', spot: 100, strike: 100, expiryYears: 1, vol: 0.3, rate: 0, dividendYield: 0 };
    const rows = [row, 7, null, [row], { ...row, skew: 1 }];
    const { body } = await app.api().post('/v1/price').send({ model: 'black_scholes_merton', rows }).expect(200);
    expect(body.errors.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
      [1, 'not_a_row'],
      [2, 'not_a_row'],
      [3, 'not_a_row'],
      [4, 'unknown_field'],
    ]);
    expect(body.rows[0].price).toBeCloseTo(11.9235, 4);
  });

  it('says that the mathematics has no answer', async () => {
    const row = { type: 'put', spot: 100, strike: 100, expiryYears: 1, vol: 0.2, rate: -0.01, dividendYield: -0.05 };
    const { body } = await app
      .api()
      .post('/v1/price')
      .send({ model: 'american', rows: [row] })
      .expect(200);
    expect(body.errors[0]).toMatchObject({ index: 0, code: 'double_boundary' });
  });
});
