import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const first = async (body: object) => (await app.api().post('/v1/price').send(body).expect(200)).body.rows[0];

describe('POST /v1/price of what is no option', () => {
  it('an inverse perpetual: coin profit, its gamma, and funding in the quote currency', async () => {
    const row = { settlement: 'inverse', quantity: 100_000, price: 80_000, entryPrice: 50_000 };
    const answer = await first({ model: 'perpetual', rows: [{ ...row, fundingRate: 0.0001, hours: 16 }] });
    expect(answer.profit).toBeCloseTo(100_000 * (1 / 50_000 - 1 / 80_000), 12);
    expect(answer.profitGamma).toBeCloseTo((-2 * 100_000) / 80_000 ** 3, 20);
    expect(answer.delta).toBeCloseTo(1.25, 12);
    expect(answer.funding).toBeCloseTo(20, 10);
  });

  it('a linear perpetual pays funding on what it is worth', async () => {
    const row = {
      settlement: 'linear',
      quantity: -2,
      price: 80_000,
      entryPrice: 81_000,
      fundingRate: 0.0001,
      hours: 8,
    };
    expect(await first({ model: 'perpetual', rows: [row] })).toMatchObject({ profit: 2_000, gamma: 0, funding: -16 });
  });

  it('a future tells its carry', async () => {
    const row = { settlement: 'linear', quantity: 1, price: 101, entryPrice: 100, spot: 100, expiryYears: 0.5 };
    expect((await first({ model: 'future', rows: [row] })).carry).toBeCloseTo(2 * Math.log(1.01), 12);
  });

  it.each([
    ['constant_product', { liquidity: 100 }, 2 * 100 * Math.sqrt(2500)],
    [
      'concentrated',
      { liquidity: 100, lowerPrice: 3000, upperPrice: 4000 },
      100 * (1 / 3000 ** 0.5 - 1 / 4000 ** 0.5) * 2500,
    ],
  ])('%s', async (model, pool, value) => {
    const answer = await first({ model, rows: [{ spot: 2500, ...pool }] });
    expect(answer.value).toBeCloseTo(value, 8);
  });

  it('a stable swap at the peg is worth its invariant', async () => {
    const row = { spot: 1, invariant: 5_000, amplification: 400, coins: 2 };
    const { value, delta } = await first({ model: 'stable_swap', rows: [row] });
    expect(value).toBeCloseTo(5_000, 8);
    expect(delta).toBeCloseTo(2_500, 8);
  });
});
