import { describe, expect, it } from 'vitest';
import { timeline, type VersionMark } from '../../../src/ledger/timeline.ts';
import type { MarketMark } from '../../../src/market/service.ts';

const day = (days: number) => new Date(Date.UTC(2030, 0, 1) + days * 86_400_000);
const marksAt = (...days: number[]): MarketMark[] =>
  days.map((at) => ({ id: `day ${at}`, asOf: day(at), underlyings: ['BTC/USD'] }));
const versionsAt = (...days: number[]): VersionMark[] =>
  days.map((at, i) => ({ version: i + 1, asOf: day(at), cause: i === 0 ? 'created' : 'changed' }));

/** Of each stop its snapshot, what is held from there on, and what was made there. */
const stops = (...given: Parameters<typeof timeline>) =>
  timeline(...given).map(({ mark, held, made }) => [mark.id, held, made.map(({ version }) => version)]);

describe('a version takes effect', () => {
  it('at the last mark up to its asOf; other marks between are not stopped at', () => {
    expect(stops(marksAt(0, 1, 2, 3, 4), versionsAt(0, 2.5), 0, true)).toEqual([
      ['day 0', 1, [1]],
      ['day 2', 2, [2]],
      ['day 4', 2, []],
    ]);
  });

  it('at the mark itself where it is of the same instant', () => {
    expect(stops(marksAt(0, 1, 2), versionsAt(0, 1), 0, true)[1]).toEqual(['day 1', 2, [2]]);
  });

  it('together with others of the same mark, in their order', () => {
    expect(stops(marksAt(0, 2), versionsAt(0.1, 0.2, 0.3), 0, true)).toEqual([
      ['day 0', 3, [1, 2, 3]],
      ['day 2', 3, []],
    ]);
  });

  it('not at all where it was made after the last mark', () => {
    expect(stops(marksAt(0, 2), versionsAt(0, 3), 0, true).at(-1)).toEqual(['day 2', 1, []]);
  });

  it('at the first mark where there was none before it', () => {
    expect(stops(marksAt(1, 2), versionsAt(0.5), 0, true)[0]).toEqual(['day 1', 1, [1]]);
  });
});

describe('the book at the start', () => {
  it('is empty from the inception on: the first version is a trade', () => {
    expect(stops(marksAt(0, 1), versionsAt(0), 0, true)[0]).toEqual(['day 0', 1, [1]]);
  });

  it('is what was held at the snapshot that was asked for: what was made up to it is no trade', () => {
    expect(stops(marksAt(2, 4), versionsAt(0, 1, 3), 0, false)).toEqual([
      ['day 2', 3, [3]],
      ['day 4', 3, []],
    ]);
  });

  it('is nothing where that is before the first version', () => {
    expect(stops(marksAt(0, 2, 4), versionsAt(2, 3), 0, false)).toEqual([
      ['day 0', undefined, []],
      ['day 2', 2, [1, 2]],
      ['day 4', 2, []],
    ]);
  });
});

describe('more marks', () => {
  it('are all stopped at where there are few', () => {
    expect(stops(marksAt(0, 1, 2, 3), versionsAt(0), 10, true).map(([id]) => id)).toEqual([
      'day 0',
      'day 1',
      'day 2',
      'day 3',
    ]);
  });

  it('are thinned evenly where there are many, and changes of the book are kept', () => {
    const days = Array.from({ length: 101 }, (_, i) => i);
    const found = stops(marksAt(...days), versionsAt(0, 33), 5, true).map(([id]) => id);
    expect(found).toEqual([0, 25, 33, 50, 75, 100].map((at) => `day ${at}`));
  });
});

it('one mark is both ends', () => {
  expect(stops(marksAt(0), versionsAt(0), 0, true)).toEqual([['day 0', 1, [1]]]);
});

it('is marked on both sides of an expiry, so that it settles at the nearest price there is, wherever the period ends', () => {
  const expiries = [day(10), day(40)];
  const marked = (...days: number[]) =>
    timeline(marksAt(...days), versionsAt(0), 0, false, expiries).map(({ mark }) => mark.id);
  expect(marked(0, 5, 9, 12, 13, 14)).toEqual(['day 0', 'day 9', 'day 12', 'day 14']);
  expect(marked(0, 5, 9, 12)).toEqual(['day 0', 'day 9', 'day 12']);
  expect(marked(12, 14)).toEqual(['day 12', 'day 14']);
});
