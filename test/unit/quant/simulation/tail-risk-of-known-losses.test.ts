import { describe, expect, it } from 'vitest';
import { tailRisk } from '../../../../src/quant/simulation/tailRisk.ts';

/** Losses 1 … n. */
const upTo = (n: number) => Array.from({ length: n }, (_, i) => -(i + 1));

describe('of losses 1 … n', () => {
  it.each([
    { n: 100, confidence: 0.95, valueAtRisk: 95, expectedShortfall: 98 },
    { n: 100, confidence: 0.99, valueAtRisk: 99, expectedShortfall: 100 },
    // Two and a half of 50: 50, 49 and half of 48.
    { n: 50, confidence: 0.95, valueAtRisk: 48, expectedShortfall: (50 + 49 + 0.5 * 48) / 2.5 },
    { n: 10, confidence: 0.99, valueAtRisk: 10, expectedShortfall: 10 },
    { n: 2, confidence: 0.5, valueAtRisk: 1, expectedShortfall: 2 },
    { n: 1, confidence: 0.5, valueAtRisk: 1, expectedShortfall: 1 },
    // 0.57 × 100 is 56.99999999999999 in doubles, and 0.55 × 100 is 55.00000000000001.
    { n: 100, confidence: 0.57, valueAtRisk: 57, expectedShortfall: 79 },
    { n: 100, confidence: 0.55, valueAtRisk: 55, expectedShortfall: 78 },
  ])('$n scenarios at $confidence', ({ n, confidence, valueAtRisk, expectedShortfall }) => {
    const got = tailRisk(upTo(n), confidence);
    expect(got.valueAtRisk).toBe(valueAtRisk);
    expect(got.expectedShortfall).toBeCloseTo(expectedShortfall, 11);
  });
});

it('a gain in every scenario is a loss below zero', () => {
  expect(tailRisk([3, 2, 1], 0.5)).toEqual({ valueAtRisk: -2, expectedShortfall: expect.closeTo(-4 / 3, 14) });
});
