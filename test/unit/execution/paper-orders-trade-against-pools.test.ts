import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exact } from '../../../src/platform/decimal.ts';
import { liquidityFaults, matchPools } from '../../../src/execution/poolMatch.ts';
import { RehearsalSchema } from '../../../src/execution/rehearsalModel.ts';
import type { RoutePool } from '../../../src/execution/routeModel.ts';
import { AT, spotOrder } from './orders.ts';

/** Sales at 100,000 before impact, and purchases the other way round. */
const product = (depth: number, fee = 0): RoutePool => ({
  ...{ type: 'constant_product', fee, fixedCost: 0, reserveIn: depth, reserveOut: depth * 100_000 },
});
const purchase = (depth: number): RoutePool => ({
  ...{ type: 'constant_product', fee: 0, fixedCost: 0, reserveIn: depth * 100_000, reserveOut: depth },
});
const total = (fills: { quantity: string }[]) =>
  fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0)).toNumber();

describe('a sale', () => {
  it('gets what a pool of constant product pays for it', () => {
    const report = matchPools(spotOrder({ side: 'sell' }), [product(10_000)], AT);
    expect(report).toMatchObject({ status: 'filled', reason: null });
    // 10·10⁹/10,010 dollars for ten
    expect(report.fills).toMatchObject([
      { quantity: '10', price: expect.stringMatching(/^99900\.0999/), fee: '0', feeCurrency: 'USD', at: AT },
    ]);
  });

  it('is split so that the last unit is worth the same in every pool', () => {
    const { fills } = matchPools(spotOrder({ side: 'sell' }), [product(10_000), product(30_000)], AT);
    expect(fills.map(({ quantity }) => Number(quantity))).toEqual([2.5, 7.5]);
  });

  it('takes the levels of an order book down to its limit, and no further', () => {
    const book: RoutePool = {
      type: 'order_book',
      fee: 0,
      fixedCost: 0,
      levels: [
        [100_000, 3],
        [99_600, 4],
        [99_400, 50],
      ],
    };
    const report = matchPools(spotOrder({ side: 'sell' }), [book], AT);
    expect(report).toMatchObject({ status: 'canceled', reason: 'No more could be filled within the limit' });
    expect(report.fills).toHaveLength(1);
    expect(total(report.fills)).toBe(7);
    expect(Number(report.fills[0]!.price)).toBeCloseTo((3 * 100_000 + 4 * 99_600) / 7, 6);
  });

  it('pays the fixed cost of each pool that it uses as a fee', () => {
    const dear = { ...product(30_000), fixedCost: 25 };
    const { fills } = matchPools(spotOrder({ side: 'sell' }), [product(10_000), dear], AT);
    expect(fills.map(({ fee }) => fee)).toEqual(['0', '25']);
  });
});

describe('a purchase', () => {
  it('pays what the pool asks for exactly the quantity', () => {
    const { fills } = matchPools(spotOrder(), [purchase(10_000)], AT);
    expect(fills).toMatchObject([{ quantity: '10', price: expect.stringMatching(/^100100\.1001/) }]);
  });
});

it('fills whole lots, never more than was asked for, and never beyond the limit', () =>
  fc.assert(
    fc.property(
      fc.constantFrom('buy' as const, 'sell' as const),
      fc.array(fc.record({ depth: fc.integer({ min: 50, max: 100_000 }), fixedCost: fc.constantFrom(0, 5, 500) }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      (side, depths, participation) => {
        const order = spotOrder({ side, participation });
        const pools = depths.map(({ depth, fixedCost }) => ({
          ...(side === 'sell' ? product(depth, 0.0005) : purchase(depth)),
          fixedCost,
        }));
        const { fills, status } = matchPools(order, pools, AT);
        const filled = fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0));
        expect(filled.lte(exact(order.quantity).mul(participation))).toBe(true);
        if (fills.length === pools.length) expect(filled.div(order.lotSize).isInteger()).toBe(true);
        expect(status === 'filled').toBe(filled.eq(order.quantity));
        for (const { price, quantity } of fills) {
          expect(Number(quantity)).toBeGreaterThan(0);
          expect(side === 'sell' ? exact(price).gte(order.limitPrice) : exact(price).lte(order.limitPrice)).toBe(true);
        }
      },
    ),
  ));

it('pools trade spot alone, and have to be pools', () => {
  const liquidity = [
    { symbol: 'deribit:BTC-PERPETUAL', pools: [product(1_000)] },
    {
      symbol: 'spot:BTC/USD',
      pools: [
        {
          type: 'stable_swap' as const,
          balances: [...new Array<number>(7).fill(1e-36), 1e36],
          ann: 400,
          fee: 0,
          tokenIn: 0,
          tokenOut: 1,
          fixedCost: 0,
        },
      ],
    },
  ];
  const pointers = liquidityFaults(RehearsalSchema.parse({ liquidity })).map(({ pointer }) => pointer);
  expect(pointers).toEqual(['/liquidity/0/symbol', '/liquidity/1/pools/0/balances']);
});
