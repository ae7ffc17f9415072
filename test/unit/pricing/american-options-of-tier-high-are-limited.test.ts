import { expect, it } from 'vitest';
import { Problem } from '../../../src/platform/problem.ts';
import { batchOfColumns } from '../../../src/pricing/batch.ts';
import { MAX_HIGH_ROWS } from '../../../src/pricing/model.ts';

const american = (tier: string | string[]) => {
  const strike = new Array<number>(MAX_HIGH_ROWS + 1).fill(95);
  const terms = { type: 'put', spot: 100, strike, expiryYears: 0.5, vol: 0.3, rate: 0.02, dividendYield: 0, tier };
  return () => batchOfColumns('american', terms);
};

it('one more than the limit is refused, and the refusal says how many there may be', () => {
  expect(american('high')).toThrow(Problem);
  expect(american('high')).toThrow(`at most ${MAX_HIGH_ROWS} American options of tier "high"`);
});

it('other tiers are not counted', () => {
  const tiers = new Array<string>(MAX_HIGH_ROWS).fill('high');
  expect(american('accurate')().count).toBe(MAX_HIGH_ROWS + 1);
  expect(american([...tiers, 'fast'])().failures.list()).toEqual([]);
});
