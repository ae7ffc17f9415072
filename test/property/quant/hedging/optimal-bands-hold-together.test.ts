import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BandProblem, solveBand } from '../../../../src/quant/hedging/optimalBand.ts';
import { bandEdges } from '../../../../src/quant/hedging/optimalBandTable.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { bookOf, type Option } from './books.ts';
import { between, positive } from './states.ts';

const problem = {
  spot: 100,
  rate: 0.03,
  carry: 0.03,
  vol: 0.4,
  stepYears: 1 / 365,
  steps: 8,
  costRate: 1e-3,
  riskAversion: 0.1,
  terminal: 'recentre',
} as const;
const options: fc.Arbitrary<Option> = fc.record({
  strike: between(90, 110),
  years: between(0.05, 0.3),
  vol: fc.constant(0.4),
  quantity: positive(0.5, 2),
  sign: fc.constantFrom(1, -1),
});
const sides = fc.constantFrom(1, -1);
const times = (factor: number, list: readonly Option[]) =>
  list.map((option) => ({ ...option, quantity: factor * option.quantity }));

function bandNow(
  list: readonly Option[],
  more: Partial<BandProblem> = {},
): { lower: number; upper: number; half: number } {
  const edges = new Float64Array(2);
  bandEdges(solveBand({ ...problem, ...more, book: bookOf(list) }), 0, problem.spot, edges);
  const [lower, upper] = [edges[0]!, edges[1]!];
  return { lower, upper, half: 0.5 * (upper - lower) };
}

const RUNS = { numRuns: 15 };

describe('the optimal band of one option', () => {
  it('has its delta in it', () => {
    fc.assert(
      fc.property(options, sides, (option, side) => {
        const { lower, upper } = bandNow(times(side, [option]));
        const { delta } = blackGreeks({ ...problem, ...option, time: option.years });
        const hedge = -side * option.quantity * delta;
        expect(lower <= hedge && hedge <= upper).toBe(true);
      }),
      RUNS,
    );
  });

  it('widens with the cost and narrows with the risk aversion', () => {
    fc.assert(
      fc.property(options, sides, (option, side) => {
        const list = times(side, [option]);
        const halves = [1e-4, 1e-3, 5e-3].map((costRate) => bandNow(list, { costRate }).half);
        expect(halves[0]! < halves[1]! && halves[1]! < halves[2]!).toBe(true);
        const tight = [0.01, 0.1, 1].map((riskAversion) => bandNow(list, { riskAversion }).half);
        expect(tight[0]! > tight[1]! && tight[1]! > tight[2]!).toBe(true);
      }),
      RUNS,
    );
  });

  it('costs nothing to reach where trading is free: a point', () => {
    fc.assert(
      fc.property(options, (option) => {
        expect(bandNow([option], { costRate: 0 }).half).toBeLessThan(1e-8);
      }),
      RUNS,
    );
  });
});

describe('the optimal band of a book', () => {
  it('is that of the same options in two halves', () => {
    fc.assert(
      fc.property(fc.array(options, { minLength: 1, maxLength: 3 }), sides, (list, side) => {
        const whole = bandNow(times(side, list));
        const halves = bandNow([...times(side * 0.25, list), ...times(side * 0.75, list)]);
        expect(halves.lower).toBeCloseTo(whole.lower, 7);
        expect(halves.upper).toBeCloseTo(whole.upper, 7);
      }),
      RUNS,
    );
  });

  it('is n times as wide for n times the book at an nth of the risk aversion', () => {
    fc.assert(
      fc.property(options, sides, positive(0.1, 10), (option, side, n) => {
        const one = bandNow(times(side, [option]));
        const many = bandNow(times(n * side, [option]), { riskAversion: problem.riskAversion / n });
        expect(many.lower / n).toBeCloseTo(one.lower, 6);
        expect(many.upper / n).toBeCloseTo(one.upper, 6);
      }),
      RUNS,
    );
  });

  it('is moved by one where a call is exchanged for a put: they differ by the underlying', () => {
    fc.assert(
      fc.property(options, sides, (option, side) => {
        const call = bandNow(times(side, [{ ...option, sign: 1 }]));
        const put = bandNow(times(side, [{ ...option, sign: -1 }]));
        expect(put.lower - call.lower).toBeCloseTo(side * option.quantity, 6);
        expect(put.upper - call.upper).toBeCloseTo(side * option.quantity, 6);
      }),
      RUNS,
    );
  });

  it('does not depend on the volatilities of the marks where all of it expires', () => {
    fc.assert(
      fc.property(options, sides, between(0.2, 0.8), (option, side, vol) => {
        const list = times(side, [{ ...option, years: 8 / 365 }]);
        const one = bandNow(list, { terminal: 'liquidate' });
        const other = bandNow(
          list.map((each) => ({ ...each, vol })),
          { terminal: 'liquidate' },
        );
        expect(Math.abs(other.lower - one.lower)).toBeLessThan(1e-3 * (one.half + 0.01));
        expect(Math.abs(other.upper - one.upper)).toBeLessThan(1e-3 * (one.half + 0.01));
      }),
      RUNS,
    );
  });
});

it('where nothing is held there is nothing to hedge', () => {
  for (const list of [[], [{ strike: 100, years: 1, vol: 0.4, quantity: 0, sign: 1 }]])
    expect(bandNow(list)).toEqual({ lower: 0, upper: 0, half: 0 });
});
