import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../../../src/quant/pricing/normal.ts';
import { certaintyEquivalentGain, meanGain, sdGain } from '../../../../src/quant/simulation/pairedGains.ts';
import type { Estimate } from '../../../../src/quant/simulation/statistics.ts';
import { seededUniform } from '../precise-black.ts';

const [COUNT, REPLICATES, AVERSION] = [500, 400, 0.8];
const uniform = seededUniform(42);
const normal = () => normalQuantile((uniform() * 2 ** 32 + 0.5) / 2 ** 32);

interface Pair {
  one: Float64Array;
  other: Float64Array;
  control: Float64Array;
}

/** Normal profits, N(0.1, 0.7²) against N(0, 1), most of which they have in common; the control is the noise of their difference. */
function pairOf(): Pair {
  const shared = Float64Array.from({ length: COUNT }, normal);
  const noise = Float64Array.from({ length: COUNT }, normal);
  const one = shared.map((z, i) => 0.1 + 0.7 * (0.8 * z + 0.6 * noise[i]!));
  return { one, other: shared, control: one.map((x, i) => x - 0.1 - shared[i]!) };
}

const pairs = Array.from({ length: REPLICATES }, pairOf);
// Of a normal profit the certainty equivalent is m − a·s²/2.
const CERTAINTY = 0.1 + 0.5 * AVERSION * (1 - 0.7 ** 2);
const GAINS: [string, (pair: Pair) => Estimate, number][] = [
  ['mean', ({ one, other }) => meanGain(one, other, 1), 0.1],
  ['standard deviation', ({ one, other }) => sdGain(one, other, 1), 0.3],
  ['certainty equivalent', ({ one, other }) => certaintyEquivalentGain(one, other, AVERSION, 1), CERTAINTY],
  [
    'certainty equivalent with a control',
    ({ one, other, control }) => certaintyEquivalentGain(one, other, AVERSION, 1, control),
    CERTAINTY,
  ],
];

describe.each(GAINS)('%s', (_, gain, exact) => {
  const estimates = pairs.map(gain);

  it('lies about the gain that is, as far as its standard errors say', () => {
    const scores = estimates.map(({ value, standardError }) => (value - exact) / standardError);
    const mean = scores.reduce((sum, score) => sum + score, 0) / REPLICATES;
    const square = scores.reduce((sum, score) => sum + score * score, 0) / REPLICATES;
    // Of 400 scores the mean errs by 0.05 and the root mean square by 0.035; at 500 paths a certainty equivalent is off by a tenth of an error of itself.
    expect(Math.abs(mean)).toBeLessThan(0.25);
    expect(Math.abs(Math.sqrt(square) - 1)).toBeLessThan(0.14);
  });
});

it('a control that explains most of the noise leaves a fraction of the error', () => {
  const { one, other, control } = pairs[0]!;
  const plain = certaintyEquivalentGain(one, other, AVERSION, 1);
  expect(certaintyEquivalentGain(one, other, AVERSION, 1, control).standardError).toBeLessThan(
    0.7 * plain.standardError,
  );
});

it('pairs of paths count as one', () => {
  const twice = (column: Float64Array) => Float64Array.from({ length: 2 * COUNT }, (_, i) => column[i >> 1]!);
  const { one, other } = pairs[0]!;
  const [single, double] = [sdGain(one, other, 1), sdGain(twice(one), twice(other), 2)];
  expect(double.value).toBeCloseTo(single.value, 12);
  expect(double.standardError).toBeCloseTo(single.standardError, 12);
});
