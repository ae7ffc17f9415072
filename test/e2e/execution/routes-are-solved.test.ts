import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { contractOf } from '../../support/contract.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const solve = (body: unknown) =>
  app
    .api()
    .post('/v1/routes/solve')
    .send(body as object);

const pools = [
  [1_000, 2_000],
  [500, 1_000],
  [100, 210],
].map(([reserveIn, reserveOut]) => ({ type: 'constant_product', reserveIn, reserveOut, fee: 0.003 }));
const stable = { type: 'stable_swap', balances: [400, 800], ann: 400, fee: 0.0004, tokenIn: 0, tokenOut: 1 };
const ranges = [{ tickLower: 6_000, tickUpper: 7_800, liquidity: 20_000 }];
const concentrated = { type: 'concentrated', sqrtPrice: Math.SQRT2, ranges, fee: 0.0005, zeroForOne: true };
const levels = [
  [2.1, 10],
  [1.9, 20],
];
const book = { type: 'order_book', levels, fee: 0.0005 };

describe('POST /v1/routes/solve', () => {
  it('answers the published split of three pools', async () => {
    const answer = await solve({ amountIn: 100, pools }).expect(200);
    contractOf(app).expectAnswer('solveRoute', answer);
    const { allocations, amountOut, netAmountOut, marginalPrice, bestSingle, gainBps, gapBps } = answer.body;
    [60.8579826691, 30.4289913346, 8.71302599628].forEach((amount, i) => {
      expect(allocations[i].amountIn).toBeCloseTo(amount, 10);
      expect(allocations[i].marginalPrice).toBeCloseTo(1.77239352135, 10);
    });
    expect(amountOut).toBeCloseTo(188.39792554123, 10);
    expect(netAmountOut).toBe(amountOut);
    expect(marginalPrice).toBeCloseTo(1.77239352135, 11);
    const alone = (0.997 * 100 * 2_000) / (1_000 + 0.997 * 100);
    expect(bestSingle).toEqual({
      pool: 0,
      amountOut: expect.closeTo(alone, 10),
      netAmountOut: expect.closeTo(alone, 10),
    });
    expect(gainBps).toBeCloseTo(10_000 * (188.39792554123 / alone - 1), 6);
    expect(gapBps).toBe(0);
  });

  it('takes all four kinds in one solve, and fixed costs off what they pay', async () => {
    const costly = { ...pools[0], fixedCost: 1 };
    const { body } = await solve({ amountIn: 300, pools: [costly, stable, concentrated, book] }).expect(200);
    const sum = (name: string) =>
      body.allocations.reduce((total: number, part: Record<string, number>) => total + part[name]!, 0);
    expect(sum('amountIn')).toBeCloseTo(300, 10);
    expect(sum('amountOut')).toBeCloseTo(body.amountOut, 10);
    expect(sum('netAmountOut')).toBeCloseTo(body.netAmountOut, 10);
    const costs = body.allocations[0].amountIn > 0 ? 1 : 0;
    expect(body.amountOut - body.netAmountOut).toBeCloseTo(costs, 10);
    expect(body.netAmountOut).toBeGreaterThan(body.bestSingle.netAmountOut);
  });

  it('has no best single pool where none takes the whole order', async () => {
    const { body } = await solve({ amountIn: 50, pools: [book, { ...book, levels: [[2, 25]] }] }).expect(200);
    expect(body).toMatchObject({ bestSingle: null, gainBps: null });
  });

  it.each<[string, unknown, string]>([
    ['no amount', { pools }, '/amountIn'],
    ['an amount of zero', { amountIn: 0, pools }, '/amountIn'],
    ['an amount below zero', { amountIn: -1, pools }, '/amountIn'],
    ['an amount that is no number', { amountIn: 'NaN', pools }, '/amountIn'],
    ['no pools', { amountIn: 1, pools: [] }, '/pools'],
    ['too many pools', { amountIn: 1, pools: new Array(1_001).fill(pools[0]) }, '/pools'],
    ['an unknown kind', { amountIn: 1, pools: [{ ...pools[0], type: 'magic' }] }, '/pools/0/type'],
    ['an empty pool', { amountIn: 1, pools: [{ ...pools[0], reserveOut: 0 }] }, '/pools/0/reserveOut'],
    ['a fee of everything', { amountIn: 1, pools: [pools[1], { ...pools[0], fee: 1 }] }, '/pools/1/fee'],
    ['a fixed cost below zero', { amountIn: 1, pools: [{ ...pools[0], fixedCost: -1 }] }, '/pools/0/fixedCost'],
    ['one token on both sides', { amountIn: 1, pools: [{ ...stable, tokenOut: 0 }] }, '/pools/0/tokenOut'],
    ['a token that the pool lacks', { amountIn: 1, pools: [{ ...stable, tokenIn: 2 }] }, '/pools/0/tokenIn'],
    [
      'balances too far apart',
      { amountIn: 1, pools: [{ ...stable, balances: new Array(7).fill(1e-36).concat([1e36]) }] },
      '/pools/0/balances',
    ],
    [
      'ticks out of order',
      { amountIn: 1, pools: [{ ...concentrated, ranges: [{ ...ranges[0], tickUpper: 5_999 }] }] },
      '/pools/0/ranges/0/tickUpper',
    ],
    ['a book upside down', { amountIn: 1, pools: [{ ...book, levels: [...levels].reverse() }] }, '/pools/0/levels/1/0'],
    ['more than the book takes', { amountIn: 30.1, pools: [book] }, '/amountIn'],
    ['a field too many', { amountIn: 1, pools: [{ ...pools[0], gas: 1 }] }, '/pools/0/gas'],
  ])('%s: 422 with the place', async (_name, body, pointer) => {
    const answer = await solve(body).expect(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.errors.map((fault: { pointer: string }) => fault.pointer)).toContain(pointer);
  });

  it('needs a key with the scope execution:read', async () => {
    const body = { amountIn: 100, pools };
    await app.api('nonsense').post('/v1/routes/solve').send(body).expect(401);
    const [reader, other] = [await app.keyWith(['execution:read']), await app.keyWith(['portfolios:read'])];
    await app.api(reader).post('/v1/routes/solve').send(body).expect(200);
    await app.api(other).post('/v1/routes/solve').send(body).expect(403);
  });
});
