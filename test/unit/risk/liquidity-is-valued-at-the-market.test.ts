import { describe, expect, it } from 'vitest';
import { RESULT_COLUMNS, type ResultColumn } from '../../../src/risk/model.ts';
import { marketView, row, shardOf } from '../../support/books.ts';

const market = (spot: number) =>
  marketView('2030-11-01T08:00:00.000Z', [{ underlying: 'ETH', spot: { mark: spot }, carry: { rate: 0 } }]);
const POOLS = [
  'lp:ETH/USD:constant_product:1000',
  'lp:ETH/USD:concentrated:50000:2000:3000:0.25:900',
  'lp:ETH/USD:stable_swap:5000000:300:2',
];

async function value(symbol: string, spot: number): Promise<Record<ResultColumn, number>> {
  const shard = await shardOf(market(spot), [row(symbol, 2)]);
  expect(shard.failures).toEqual({});
  return Object.fromEntries(RESULT_COLUMNS.map((name, c) => [name, shard.columns[c]!])) as Record<ResultColumn, number>;
}

describe('a share of a pool', () => {
  it.each(POOLS)('%s: its delta is the slope of its value, its gamma that of its delta', async (symbol) => {
    const spot = symbol.includes('stable') ? 1.002 : 2500;
    const h = (symbol.includes('stable') ? 1e-6 : 1e-4) * spot;
    const [below, at, above] = [
      await value(symbol, spot - h),
      await value(symbol, spot),
      await value(symbol, spot + h),
    ];
    expect((above.value - below.value) / (2 * h) / at.delta).toBeCloseTo(1, 5);
    expect((above.delta - below.delta) / (2 * h) / at.gamma).toBeCloseTo(1, 5);
    expect(at.gamma).toBeLessThan(0);
    expect([at.vega, at.theta, at.rho]).toEqual([0, 0, 0]);
  });

  it('above its range holds quote currency, and the fees', async () => {
    const at = await value(POOLS[1]!, 4000);
    expect(at.delta).toBe(0.5);
    expect(at.gamma).toBe(0);
    expect(at.value).toBeCloseTo(2 * (50_000 * (Math.sqrt(3000) - Math.sqrt(2000)) + 0.25 * 4000 + 900), 6);
  });
});
