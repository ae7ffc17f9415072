import { describe, expect, it } from 'vitest';
import { poolOfPositions, swap, swapStep } from '../../../../src/quant/pools/concentrated.ts';
import { sqrtPriceAtTick, tickAtSqrtPrice } from '../../../../src/quant/pools/tickPrice.ts';
import { referenceJson, referencePresent } from '../../../support/reference.ts';

interface Vectors {
  tick_to_sqrt: { tick: number; sqrtPriceX96: string }[];
  sqrt_to_tick: { tick: number; sqrtPriceX96: string }[];
  swap_step: Record<'sqrtTarget' | 'liquidity' | 'amountRemaining' | 'amountIn' | 'feeAmount' | 'amountOut', string>[];
  pools: {
    description: string;
    fee_pips: number;
    tickSpacing: number;
    sqrtPriceX96: string;
    positions: { tickLower: number; tickUpper: number; liquidity: string }[];
    swaps: {
      kind: 'exact_in' | 'exact_out' | 'to_price';
      zeroForOne: boolean;
      amount: string | null;
      sqrtPriceLimitX96: string | null;
      expected: Record<string, string | number>;
    }[];
  }[];
}

describe.runIf(referencePresent)('Uniswap v3 to the last unit', () => {
  const vectors = referencePresent ? referenceJson<Vectors>('uniswap_v3.json') : undefined;

  it('prices of ticks', () => {
    expect(vectors!.tick_to_sqrt).toHaveLength(32);
    for (const { tick, sqrtPriceX96 } of vectors!.tick_to_sqrt)
      expect(sqrtPriceAtTick(tick)).toBe(BigInt(sqrtPriceX96));
  });

  it('ticks of prices', () => {
    expect(vectors!.sqrt_to_tick).toHaveLength(13);
    for (const { tick, sqrtPriceX96 } of vectors!.sqrt_to_tick)
      expect(tickAtSqrtPrice(BigInt(sqrtPriceX96))).toBe(tick);
  });

  it('single steps', () => {
    for (const vector of vectors!.swap_step) {
      const [target, liquidity, remaining] = [vector.sqrtTarget, vector.liquidity, vector.amountRemaining].map(BigInt);
      const step = swapStep(1n << 96n, target!, liquidity!, remaining!, 600);
      expect([step.amountIn, step.fee, step.amountOut].map(String)).toEqual([
        vector.amountIn,
        vector.feeAmount,
        vector.amountOut,
      ]);
    }
  });

  it.each(vectors?.pools ?? [])('swaps: $description', ({ fee_pips, tickSpacing, sqrtPriceX96, positions, swaps }) => {
    const ranges = positions.map(({ liquidity, ...range }) => ({ ...range, liquidity: BigInt(liquidity) }));
    const pool = poolOfPositions(BigInt(sqrtPriceX96), tickSpacing, fee_pips, ranges);
    expect(swaps.length).toBeGreaterThan(0);
    for (const { kind, zeroForOne, amount, sqrtPriceLimitX96, expected } of swaps) {
      const size = amount === null ? (1n << 255n) - 1n : BigInt(amount);
      const run = () =>
        swap(
          pool,
          zeroForOne,
          kind === 'exact_out' ? -size : size,
          sqrtPriceLimitX96 ? BigInt(sqrtPriceLimitX96) : undefined,
        );
      if (expected.swapError !== undefined) {
        expect(run).toThrow(RangeError);
        continue;
      }
      const done = run();
      const grown = zeroForOne ? expected.feeGrowthGlobal0X128Delta : expected.feeGrowthGlobal1X128Delta;
      expect([done.amount0, done.amount1, done.tick, done.feeGrowthX128].map(String)).toEqual(
        [expected.amount0Delta, expected.amount1Delta, expected.tickAfter, grown].map(String),
      );
    }
  });
});
