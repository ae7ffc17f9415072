import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boundWithin, leastOf, toleranceBps } from '../../../../src/execution/aggregators/tolerance.ts';
import { NAMES, requestOf, startAggregatorStage, type AggregatorStage } from '../../../venues/aggregators/stage.ts';

describe.each(NAMES)('%s', (name) => {
  let stage: AggregatorStage;
  beforeAll(async () => {
    stage = await startAggregatorStage(name);
  });
  afterAll(() => stage.close());
  beforeEach(() => void stage.server.asked.splice(0));

  it('a limit that leaves less than usual is held to the unit, or better', async () => {
    const quote = await stage.quote({ bound: 2_999_000n }); // 3.3 bps below
    expect(quote.minAmountOut).toBeGreaterThanOrEqual(2_999_000n);
    expect(quote.minAmountOut).toBeLessThanOrEqual(3_000_000n);
  });

  it('a limit that is just met leaves nothing', async () => {
    expect((await stage.quote({ bound: 3_000_000n })).minAmountOut).toBe(3_000_000n);
  });

  it('a limit that is missed by one unit is told', async () => {
    expect(await stage.failure({ bound: 3_000_001n })).toMatchObject({ code: 'beyond_limit' });
  });

  it('a limit far off does not widen what a sandwich could take', async () => {
    expect((await stage.quote({ bound: 1n })).minAmountOut).toBe(2_985_000n);
  });
});

it.each(['zeroex', 'odos', 'oneinch'] as const)(
  '%s is asked once more only where the usual tolerance is too wide',
  async (name) => {
    const stage = await startAggregatorStage(name);
    const quotes = () => stage.server.asked.filter(({ path }) => !/assemble|spender/.test(path)).length;
    await stage.quote({ bound: 2_985_000n });
    expect(quotes()).toBe(1);
    await stage.quote({ bound: 2_985_001n });
    expect(quotes()).toBe(3);
    await stage.close();
  },
);

it('an answer whose price falls between the two questions is beyond the limit', async () => {
  const stage = await startAggregatorStage('zeroex');
  let answers = 0;
  stage.server.tampering = { promise: (amount) => (answers++ === 0 ? amount : amount - 10_000n) };
  expect(await stage.failure({ bound: 2_999_000n })).toMatchObject({ code: 'beyond_limit' });
  await stage.close();
});

const amount = fc.bigInt({ min: 1n, max: 2n ** 128n });

it('tolerances in whole bps never fall below the limit, nor go beyond the usual one', () => {
  fc.assert(
    fc.property(amount, amount, (amountOut, bound) => {
      fc.pre(bound <= amountOut);
      const bps = toleranceBps(amountOut, requestOf({ bound }));
      expect(bps >= 0n && bps <= 50n).toBe(true);
      expect(leastOf(amountOut, bps) >= bound).toBe(true);
      // One bp more would break the limit, unless the usual tolerance is what stops it.
      if (bps < 50n) expect(amountOut * (10_000n - bps - 1n) < bound * 10_000n).toBe(true);
    }),
  );
});

it('bounds are the tighter of the limit and the usual tolerance, on either side', () => {
  fc.assert(
    fc.property(amount, amount, fc.constantFrom('exact_in', 'exact_out'), (moved, bound, side) => {
      const found = boundWithin({ amountIn: moved, amountOut: moved }, requestOf({ side, bound }));
      if (side === 'exact_in') expect(found).toBe([leastOf(moved, 50n), bound].reduce((a, b) => (a > b ? a : b)));
      else expect(found).toBe([(moved * 10_050n) / 10_000n, bound].reduce((a, b) => (a < b ? a : b)));
    }),
  );
});
