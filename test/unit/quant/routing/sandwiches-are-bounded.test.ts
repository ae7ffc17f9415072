import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sandwich, type ExposedOrder } from '../../../../src/quant/routing/sandwich.ts';

const example: ExposedOrder = { reserveIn: 1_000, reserveOut: 1_000, fee: 0, amountIn: 10, slippage: 0.01 };

/** Played out on the pool: what the order gets, and what the attacker is left with. */
function played({ reserveIn, reserveOut, fee, amountIn }: ExposedOrder, frontRun: number) {
  const g = 1 - fee;
  let [x, y] = [reserveIn, reserveOut];
  const sell = (amount: number) => {
    const out = (y * g * amount) / (x + g * amount);
    [x, y] = [x + amount, y - out];
    return out;
  };
  const bought = sell(frontRun);
  const got = sell(amountIn);
  const sold = (x * g * bought) / (y + g * bought);
  return { got, profit: sold - frontRun };
}

const orders = fc
  .record({
    reserveIn: fc.double({ min: 10, max: 1e6, noNaN: true }),
    reserveOut: fc.double({ min: 10, max: 1e6, noNaN: true }),
    fee: fc.constantFrom(0, 0.0005, 0.003, 0.01, 0.05),
    share: fc.double({ min: 1e-4, max: 0.5, noNaN: true }),
    slippage: fc.double({ min: 1e-4, max: 0.2, noNaN: true }),
  })
  .map(({ share, ...order }): ExposedOrder => ({ ...order, amountIn: share * order.reserveIn }));

describe('a sandwich', () => {
  it('of the worked example', () => {
    const { largestFrontRun, lossBound, quote, profit } = sandwich(example);
    expect(largestFrontRun).toBeCloseTo(5.062879330797, 12);
    expect(lossBound).toBeCloseTo(0.01 * quote, 12);
    expect(profit).toBeCloseTo(played(example, largestFrontRun).profit, 12);
  });

  it('leaves the order exactly what it accepts at the largest front-run', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const { largestFrontRun, quote, profit } = sandwich(order);
        const end = played(order, largestFrontRun);
        expect(end.got / ((1 - order.slippage) * quote)).toBeCloseTo(1, 10);
        expect(Math.abs(end.profit - profit)).toBeLessThanOrEqual(1e-9 * largestFrontRun);
      }),
    );
  });

  it('costs no more than its bound wherever it pays, whatever its size', () => {
    fc.assert(
      fc.property(orders, fc.double({ min: 1e-3, max: 1, noNaN: true }), (order, part) => {
        const { largestFrontRun, quote, lossBound } = sandwich(order);
        const { got, profit } = played(order, part * largestFrontRun);
        if (profit > 1e-9 * largestFrontRun) expect(quote - got).toBeLessThanOrEqual(lossBound + 1e-9 * quote);
      }),
    );
  });

  it('needs a slippage', () => {
    expect(sandwich({ ...example, slippage: 0 })).toMatchObject({ largestFrontRun: 0, profit: 0, lossBound: 0 });
  });

  it('does not pay against a small order in a pool with a fee', () => {
    expect(sandwich({ ...example, fee: 0.003, amountIn: 2 })).toMatchObject({ lossBound: 0 });
  });
});
