import { describe, expect, it } from 'vitest';
import { OLDER, performance, WEEKS } from './hull.ts';
import { ALWAYS } from './setups.ts';

// The older tables cannot be reproduced to their digits: a thousand paths leave an error of 0.003 to 0.026. Each of their numbers
// lies within three such errors and half a digit of ours: delta hedging with interest, which the newer measure (without) misses
// by 12 of them every quarter of a week; stop-loss without it.
const COUNT = 1 << 14;
const SAMPLE = 1000;

function standardErrorsAway(published: number, { value, standardError }: { value: number; standardError: number }) {
  const error = standardError * Math.sqrt(COUNT / SAMPLE);
  return Math.max(Math.abs(published - value) - 0.005, 0) / error;
}

describe.each(WEEKS.map((weeks, i) => [weeks, i] as const))('every %d weeks', (weeks, i) => {
  const independent = { sampling: { kind: 'independent' }, count: COUNT } as const;

  it('delta hedging with interest', () => {
    const measure = performance(ALWAYS, weeks, { financing: true, ...independent });
    expect(standardErrorsAway(OLDER.delta[i]!, measure)).toBeLessThan(3);
  });

  it('stop-loss', () => {
    const measure = performance({ kind: 'stop_loss' }, weeks, { financing: false, ...independent });
    expect(standardErrorsAway(OLDER.stopLoss[i]!, measure)).toBeLessThan(3);
  });
});

it('without interest the older table of delta hedging is out of reach', () => {
  const measure = performance(ALWAYS, 0.25, { financing: false, sampling: { kind: 'independent' }, count: COUNT });
  expect(standardErrorsAway(0.09, measure)).toBeGreaterThan(8);
});
