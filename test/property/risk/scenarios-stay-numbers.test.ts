import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scenariosOf } from '../../support/scenarios.ts';
import { books, market } from './books.ts';

const spot = fc.oneof(fc.constantFrom(-1 + 2 ** -53, -0.5, 0, 100), fc.double({ min: -0.99, max: 5, noNaN: true }));
const vols = fc.record({
  volMoves: fc.constantFrom('points', 'relative'),
  size: fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -0.2, max: 0.2, noNaN: true })),
});
const days = fc.oneof(fc.constantFrom(0, 36_500), fc.double({ min: 0, max: 400, noNaN: true }));

function numbers(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];
}

it('whatever moves, every answer is a number, and a tail is no better than where it begins', () =>
  fc.assert(
    fc.asyncProperty(
      books,
      fc.array(spot, { minLength: 1, maxLength: 4 }),
      vols,
      days,
      async (book, spots, { volMoves, size }, passed) => {
        // The largest that may be asked for in either unit.
        const vol = volMoves === 'points' ? 1_000 * size : size < 0 ? size : 100 * size;
        const answer = await scenariosOf(market, book, {
          volMoves,
          ladders: { spot: spots, vol: [vol], time: [passed] },
          matrix: { spot: spots, vol: [vol, 0], days: passed },
          stress: {},
          vegaBuckets: {},
          valueAtRisk: { history: { moves: [...spots, 0].map((each) => ({ spot: each, vol })) } },
        });
        expect(numbers(answer).every(Number.isFinite)).toBe(true);
        for (const { measures } of answer.valueAtRisk!.cash) {
          const [first, second] = measures as [(typeof measures)[number], (typeof measures)[number]];
          const most = 4 * 2 ** -52 * Math.abs(first.valueAtRisk);
          expect(first.expectedShortfall).toBeGreaterThanOrEqual(first.valueAtRisk - most);
          expect(second.valueAtRisk).toBeGreaterThanOrEqual(first.valueAtRisk);
        }
      },
    ),
    { numRuns: 150 },
  ));
