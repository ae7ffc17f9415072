import fc from 'fast-check';
import { expect, it } from 'vitest';
import { timeline, type VersionMark } from '../../../src/ledger/timeline.ts';

const marks = fc
  .uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 })
  .map((times) => times.sort((a, b) => a - b).map((at) => ({ id: `m${at}`, asOf: new Date(at), underlyings: [] })));
/** As clients state them: in the order that they were made, as of any instant. */
const versions = fc
  .array(fc.integer({ min: 0, max: 100 }), { maxLength: 8 })
  .map((times) => times.map((at, i): VersionMark => ({ version: i + 1, asOf: new Date(at), cause: 'replaced' })));

it('from the inception every version up to the end is booked once, in its order, and the last is what is held', () => {
  fc.assert(
    fc.property(marks, versions, fc.integer({ min: 0, max: 5 }), (given, made, most) => {
      const stops = timeline(given, made, most, true);
      const booked = stops.flatMap((stop) => stop.made.map(({ version }) => version));
      const end = given.at(-1)!.asOf;
      let latest = 0;
      const due = made.filter(({ asOf }) => (latest = Math.max(latest, asOf.getTime())) <= end.getTime());
      expect(booked).toEqual(due.map(({ version }) => version));
      expect(stops.at(-1)!.held).toBe(due.at(-1)?.version);
    }),
  );
});

it('from a mark, what was made by then is the opening book and the rest is booked', () => {
  fc.assert(
    fc.property(marks, versions, (given, made) => {
      const [first] = timeline(given, made, 0, false);
      const all = timeline(given, made, 0, true).flatMap((stop) => stop.made);
      const booked = timeline(given, made, 0, false).flatMap((stop) => stop.made);
      const opening = first!.made[0] ? first!.made[0].version - 1 : (first!.held ?? 0);
      expect(booked.map(({ version }) => version)).toEqual(
        all.map(({ version }) => version).filter((version) => version > opening),
      );
    }),
  );
});
