import { describe, expect, it } from 'vitest';
import { seededUniform } from '../precise-black.ts';
import { maxDrawdown, pnlStatistics } from '../../../../src/quant/simulation/statistics.ts';
import { normalQuantile } from '../../../../src/quant/pricing/normal.ts';

const SAMPLE = Float64Array.of(3.5, -1.25, 0.75, 2, -4, 1.5, 0.25, -0.5);
const TERMS = { cluster: 1, premium: -2, confidence: 0.75, riskAversions: [0.7], probabilities: [0.1, 0.5, 0.9] };

describe('eight profits', () => {
  const got = pnlStatistics([SAMPLE], TERMS);

  it('moments, quantiles and utility are those of numpy and scipy', () => {
    expect(got.count).toBe(8);
    expect(got.mean.value).toBeCloseTo(0.28125, 14);
    expect(got.mean.standardError).toBeCloseTo(0.8051695418180127, 14);
    expect(got.sd.value).toBeCloseTo(2.277363372097529, 14);
    expect(got.sd.standardError).toBeCloseTo(0.539061064197324, 14);
    expect(got.performance!.value).toBeCloseTo(1.1386816860487645, 14);
    expect(got.certaintyEquivalents[0]!.value).toBeCloseTo(-1.4693809205520565, 14);
    expect(got.certaintyEquivalents[0]!.standardError).toBeCloseTo(1.0050527753514393, 13);
    got.quantiles.forEach((quantile, i) => expect(quantile).toBeCloseTo([-2.075, 0.5, 2.45][i]!, 14));
    expect([got.worst, got.best]).toEqual([-4, 3.5]);
  });

  it('of the worst quarter, the better is the value at risk and both make the shortfall', () => {
    // n·c = 6, so that VaR is the sixth loss from below and ES the mean of the two above it.
    expect(got.valueAtRisk).toBe(0.5);
    expect(got.expectedShortfall.value).toBe(2.625);
  });

  it('pairs err as the means of pairs do', () => {
    const paired = pnlStatistics([SAMPLE], { ...TERMS, cluster: 2 });
    expect(paired.mean.standardError).toBeCloseTo(0.6067652449671125, 14);
    expect(paired.mean.value).toBe(got.mean.value);
  });

  it('are the same to the bit however they are cut', () => {
    for (const cuts of [[3], [1, 2], [0, 5, 5]]) {
      const bounds = [0, ...cuts, 8];
      const columns = bounds.slice(1).map((to, i) => SAMPLE.subarray(bounds[i], to));
      expect(pnlStatistics(columns, { ...TERMS, cluster: 2 })).toEqual(
        pnlStatistics([SAMPLE], { ...TERMS, cluster: 2 }),
      );
    }
  });
});

it('standard errors cover the truth of a normal sample as often as they say', () => {
  const [samples, size, aversion] = [300, 400, 0.8];
  const uniform = seededUniform(5);
  let [mean, sd, utility, shortfall] = [0, 0, 0, 0];
  for (let s = 0; s < samples; s++) {
    const column = Float64Array.from({ length: size }, () => 1 + 2 * normalQuantile(uniform()));
    const got = pnlStatistics([column], { ...TERMS, confidence: 0.9, riskAversions: [aversion] });
    const score = ({ value, standardError }: { value: number; standardError: number }, truth: number) =>
      ((value - truth) / standardError) ** 2 / samples;
    mean += score(got.mean, 1);
    sd += score(got.sd, 2);
    // −1 + 2·n(z)/0.1 at z = N⁻¹(0.9), and 1 − ½·0.8·4, whose estimate has a bias of skewness at this size.
    shortfall += score(got.expectedShortfall, -1 + (2 * 0.17549833193248688) / 0.1);
    utility += score(got.certaintyEquivalents[0]!, 1 - 0.5 * aversion * 4);
  }
  // A mean of 300 squared scores errs by √(2/300) = 0.08; tails more.
  expect(mean).toBeGreaterThan(0.75);
  expect(mean).toBeLessThan(1.25);
  expect(sd).toBeGreaterThan(0.75);
  expect(sd).toBeLessThan(1.25);
  expect(shortfall).toBeLessThan(1.35);
  expect(utility).toBeLessThan(2);
});

it('utility never overflows', () => {
  const column = Float64Array.of(-1e6, 5, 1e6);
  const { certaintyEquivalents } = pnlStatistics([column], { ...TERMS, riskAversions: [1e-9, 1, 1e4] });
  expect(certaintyEquivalents.every(({ value }) => Number.isFinite(value))).toBe(true);
  expect(certaintyEquivalents[1]!.value).toBeCloseTo(-1e6 + Math.log(3), 6);
  expect(certaintyEquivalents[0]!.value).toBeCloseTo(5 / 3 - 0.5e-9 * ((2 / 3) * 1e12), -2);
});

it('small differences of large profits are kept', () => {
  const column = Float64Array.of(1e15 + 1, 1e15 + 2, 1e15 + 3, -3e15);
  expect(4 * pnlStatistics([column], TERMS).mean.value).toBe(6);
});

it('one path has no standard error, and no path no statistics', () => {
  const one = pnlStatistics([Float64Array.of(2)], TERMS);
  expect(one.sd.value).toBe(0);
  expect(one.mean).toEqual({ value: 2, standardError: NaN });
  expect([...one.histogram.counts]).toEqual([1]);
  expect(() => pnlStatistics([], TERMS)).toThrow('there is no path');
  expect(() => pnlStatistics([Float64Array.of(1, NaN)], TERMS)).toThrow('a profit is no number');
});

it('a drawdown is the largest fall from an earlier height', () => {
  expect(maxDrawdown([1, 5, 3, 4, 0, 9, 6])).toBe(5);
  expect(maxDrawdown([1, 2, 3])).toBe(0);
  expect(maxDrawdown([])).toBe(0);
});
