import { describe, expect, it } from 'vitest';
import { parityForward, type ParityPair } from '../../../../src/quant/surface/forwards.ts';

const [FORWARD, DISCOUNT] = [77_000, 0.97];
const exact: ParityPair[] = [60_000, 70_000, 75_000, 80_000, 90_000].map((strike) => ({
  strike,
  difference: DISCOUNT * (FORWARD - strike),
  uncertainty: 20 + Math.abs(strike - FORWARD) / 1000,
}));

describe('put-call parity', () => {
  it('gives forward and discount of prices on one line', () => {
    const found = parityForward(exact);
    expect(found).toMatchObject({ pairs: 5 });
    if (typeof found === 'string') throw new Error(found);
    expect(found.forward).toBeCloseTo(FORWARD, 6);
    expect(found.discount).toBeCloseTo(DISCOUNT, 12);
    expect(found.standardError).toBeLessThan(1e-6);
  });

  it('is not pulled by one stale pair', () => {
    const stale = exact.map((pair, i) => (i === 2 ? { ...pair, difference: pair.difference + 4000 } : pair));
    const found = parityForward(stale);
    if (typeof found === 'string') throw new Error(found);
    expect(Math.abs(found.forward - FORWARD)).toBeLessThan(1);
  });

  it('needs one strike only where the discount is given', () => {
    expect(parityForward(exact.slice(0, 1))).toBe('too_few_pairs');
    expect(parityForward(exact.slice(0, 1), DISCOUNT)).toMatchObject({ discount: DISCOUNT, standardError: 0 });
  });

  it('has the standard error of a straight line at the forward', () => {
    // Equal misses leave equal weights; by hand, s² = Σe²/(n − 1), and s²/n of a mean.
    const noisy = [90, 95, 105, 110].map((strike, i) => ({
      strike,
      difference: 100 - strike + (i % 2 === 0 ? 1 : -1) * 0.01,
      uncertainty: 1,
    }));
    const found = parityForward(noisy, 1);
    if (typeof found === 'string') throw new Error(found);
    expect(found.forward).toBeCloseTo(100, 12);
    expect(found.standardError).toBeCloseTo(0.01 * Math.sqrt(4 / 3 / 4), 12);
  });

  it('refuses what are no prices of options', () => {
    expect(parityForward(exact.map((pair) => ({ ...pair, difference: -pair.difference })))).toBe('no_forward');
    expect(parityForward([])).toBe('too_few_pairs');
    expect(parityForward(exact.map((pair) => ({ ...pair, difference: NaN })))).toBe('too_few_pairs');
  });
});
