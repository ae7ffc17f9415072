import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allBlackGreeks, ALL_OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { inverseGreeks } from '../../../src/quant/pricing/inverse.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const price = async (body: object) => (await app.api().post('/v1/price').send(body).expect(200)).body;

const option = { spot: 100, strike: 110, expiryYears: 0.5, vol: 0.4, rate: 0.05, dividendYield: 0.02 };

describe('POST /v1/price', () => {
  it('answers the seventeen numbers of Black–Scholes–Merton, in the units of mathematics', async () => {
    const { columns, errors } = await price({
      model: 'black_scholes_merton',
      units: 'raw',
      columns: { ...option, type: ['call', 'put'], strike: [110, 90] },
    });
    expect(errors).toEqual([]);
    const want = [110, 90].map((strike, i) =>
      allBlackGreeks({
        spot: 100,
        strike,
        time: 0.5,
        rate: 0.05,
        carry: 0.05 - 0.02,
        vol: 0.4,
        sign: i === 0 ? 1 : -1,
      }),
    );
    for (const name of ALL_OUTPUT_COLUMNS) expect(columns[name]).toEqual(want.map((greeks) => greeks[name]));
  });

  it("answers in traders' units when not told otherwise", async () => {
    const call = { ...option, type: 'call' };
    const [raw, trader] = await Promise.all([
      price({ model: 'black_scholes_merton', units: 'raw', rows: [call] }),
      price({ model: 'black_scholes_merton', rows: [call] }),
    ]);
    const divisors = {
      delta: 1,
      gamma: 1,
      vega: 100,
      theta: 365,
      rho: 100,
      vanna: 100,
      volga: 1e4,
      charm: 365,
      veta: 36_500,
    };
    for (const [name, divisor] of Object.entries(divisors)) {
      expect(trader.rows[0][name]).toBeCloseTo(raw.rows[0][name] / divisor, 12);
    }
  });

  it('with the forward given the rate only discounts', async () => {
    const at = (rate: number) => ({ type: 'put', forward: 100, strike: 105, expiryYears: 0.75, vol: 0.5, rate });
    const { rows } = await price({
      model: 'black_76',
      units: 'raw',
      rows: [at(0.03), at(0.03 + 1e-6), at(0.03 - 1e-6)],
    });
    expect(rows[0].rho).toBeCloseTo((rows[1].price - rows[2].price) / 2e-6, 6);
    expect(rows[0].rhoDividend).toBe(0);
  });

  const european = allBlackGreeks({ spot: 100, strike: 100, time: 1, rate: 0.05, carry: 0, vol: 0.25, sign: -1 }).price;
  // Published or derived elsewhere: Andersen, Lake & Offengenden 2016 (premium over European), Lewis (Heston), Haug ch. 4.
  it.each([
    [
      'american',
      { type: 'put', spot: 100, strike: 100, expiryYears: 1, vol: 0.25, rate: 0.05, dividendYield: 0.05, tier: 'high' },
      european + 0.10695270275,
      5e-6,
    ],
    [
      'heston',
      {
        type: 'call',
        spot: 100,
        strike: 100,
        expiryYears: 1,
        rate: 0.01,
        dividendYield: 0.02,
        v0: 0.04,
        kappa: 4,
        theta: 0.25,
        sigma: 1,
        rho: -0.5,
      },
      16.070154917028834,
      1e-10,
    ],
    [
      'bates',
      {
        type: 'call',
        spot: 100,
        strike: 100,
        expiryYears: 1,
        rate: 0.01,
        dividendYield: 0.02,
        v0: 0.04,
        kappa: 4,
        theta: 0.25,
        sigma: 1,
        rho: -0.5,
        jumpIntensity: 0,
        jumpMeanLog: -0.1,
        jumpStdLog: 0.2,
      },
      16.070154917028834,
      1e-10,
    ],
    [
      'barrier',
      {
        type: 'call',
        spot: 100,
        strike: 90,
        expiryYears: 0.5,
        vol: 0.25,
        rate: 0.08,
        dividendYield: 0.04,
        barrierType: 'down_out',
        barrier: 95,
        rebate: 3,
      },
      9.0246,
      1e-4,
    ],
    [
      'digital',
      {
        type: 'put',
        spot: 100,
        strike: 80,
        expiryYears: 0.75,
        vol: 0.35,
        rate: 0.06,
        dividendYield: 0.06,
        digitalType: 'cash_or_nothing',
        cash: 10,
      },
      2.671,
      1e-4,
    ],
    [
      'asian_geometric',
      {
        type: 'put',
        spot: 80,
        strike: 85,
        expiryYears: 0.25,
        vol: 0.2,
        rate: 0.05,
        dividendYield: -0.03,
        averaging: 'continuous',
      },
      4.6922,
      1e-4,
    ],
  ])('%s', async (model, row, value, tolerance) => {
    const { rows, errors } = await price({ model, rows: [row] });
    expect(errors).toEqual([]);
    expect(Math.abs(rows[0].price - value)).toBeLessThan(tolerance);
    for (const number of Object.values(rows[0])) expect(number).toEqual(expect.any(Number));
  });

  it('answers an inverse option in coin and USD, in both delta conventions', async () => {
    const row = { type: 'call', forward: 77_000, index: 76_900, strike: 80_000, expiryYears: 0.1, vol: 0.45, rate: 0 };
    const { rows } = await price({ model: 'inverse', units: 'raw', rows: [row] });
    const { expiryYears: time, type: _type, ...rest } = row;
    expect(rows[0]).toEqual({ ...inverseGreeks({ ...rest, time, sign: 1 }) });
    expect(rows[0].deltaPremiumAdjusted).toBeCloseTo(rows[0].delta - rows[0].price, 12);
  });

  it('answers the volatility of SABR without being told which option', async () => {
    const row = { forward: 100, strike: 120, expiryYears: 1, alpha: 2.5, beta: 0.6, nu: 0.5, rho: -0.3 };
    const { rows } = await price({ model: 'sabr', rows: [row] });
    expect(rows[0].vol).toBeGreaterThan(0.2);
    expect(rows[0].vol).toBeLessThan(0.6);
  });
});
