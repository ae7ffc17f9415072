import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BookRow } from '../../../src/portfolios/model.ts';
import { bringForward, holdBook, Instruments, type HeldBook } from '../../../src/risk/heldBook.ts';
import { positions } from './books.ts';

const RUNS = { numRuns: 300 };

/** A position as it is stored. */
interface Stored {
  row: BookRow;
  from: number;
  to: number | null;
}

type Step =
  | { kind: 'replace' | 'put'; puts: { id: string; which: number; quantity: number; multiplier: number }[] }
  | { kind: 'delete'; ids: string[] }
  | { kind: 'expire'; which: number };

const ids = fc.integer({ min: 0, max: 19 }).map((n) => `p${n}`);
const puts = fc.array(
  fc.record({
    id: ids,
    which: fc.nat(),
    // Of sizes whose sum depends on the order in which they are added.
    quantity: fc.integer({ min: -9_999, max: 9_999 }).map((n) => n / 7),
    multiplier: fc.constantFrom(1, 1, 1, 100),
  }),
  { maxLength: 8 },
);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), puts }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('delete' as const), ids: fc.array(ids, { maxLength: 3 }) }),
    },
    fc.record({ kind: fc.constant('replace' as const), puts }),
    fc.record({ kind: fc.constant('expire' as const), which: fc.nat() }),
  ),
  { minLength: 2, maxLength: 25 },
);
const instruments = fc.array(positions, { minLength: 1, maxLength: 4 });

/** What a history leaves in the table: step n makes version n + 1. */
function stored(history: readonly Step[], terms: readonly Omit<BookRow, 'positionId'>[]): Stored[] {
  const all: Stored[] = [];
  history.forEach((step, i) => {
    const version = i + 1;
    const end = (isOver: (row: BookRow) => boolean) => {
      for (const each of all) if (each.to === null && isOver(each.row)) each.to = version;
    };
    if (step.kind === 'delete') return end(({ positionId }) => step.ids.includes(positionId));
    if (step.kind === 'expire') {
      const at = terms[step.which % terms.length]!.expiryMs ?? -Infinity;
      return end(({ expiryMs }) => expiryMs !== null && expiryMs <= at);
    }
    const named = new Map(step.puts.map((put) => [put.id, put]));
    end(({ positionId }) => step.kind === 'replace' || named.has(positionId));
    for (const { id: positionId, which, quantity, multiplier } of named.values()) {
      const place = which % terms.length;
      const row = { ...terms[place]!, symbol: `symbol ${place}`, positionId, quantity, multiplier };
      all.push({ row, from: version, to: null });
    }
  });
  return all;
}

function heldAt({ from, to }: Stored, version: number): boolean {
  return from <= version && (to === null || to > version);
}

/** As a book is read: in the order of the ids, in pieces. */
function read(all: readonly Stored[], version: number, known = new Instruments()): Promise<HeldBook> {
  const rows = all.filter((each) => heldAt(each, version)).map(({ row }) => row);
  rows.sort((a, b) => (a.positionId < b.positionId ? -1 : 1));
  return holdBook(
    (async function* () {
      for (let from = 0; from < rows.length; from += 5) yield rows.slice(from, from + 5);
    })(),
    known,
  );
}

function brought(book: HeldBook, all: readonly Stored[], from: number, to: number): HeldBook {
  const pick = (isPicked: (each: Stored) => boolean) => all.filter(isPicked).map(({ row }) => row);
  return bringForward(
    book,
    pick((each) => heldAt(each, from) && !heldAt(each, to)),
    pick((each) => !heldAt(each, from) && heldAt(each, to)).toReversed(),
    new Instruments(),
  );
}

it('through any history it is what would be read, to the last bit, whatever versions are skipped', () =>
  fc.assert(
    fc.asyncProperty(steps, instruments, fc.array(fc.boolean()), async (history, terms, isSkipped) => {
      const all = stored(history, terms);
      let [held, at] = [await read(all, 0), 0];
      for (let version = 1; version <= history.length; version++) {
        if (isSkipped[version] === true && version < history.length) continue;
        held = brought(held, all, at, version);
        at = version;
        expect(held).toStrictEqual(await read(all, version));
      }
    }),
    RUNS,
  ));

it('nothing of the book that it is made from changes', () =>
  fc.assert(
    fc.asyncProperty(steps, instruments, async (history, terms) => {
      const all = stored(history, terms);
      const before = Math.ceil(history.length / 2);
      const held = await read(all, before);
      brought(held, all, before, history.length);
      expect(held).toStrictEqual(await read(all, before));
    }),
    RUNS,
  ));

it('a position that ended and is not in it is refused: the book is of another version', async () => {
  const row = { positionId: 'p1', symbol: 'deribit:BTC-PERPETUAL', multiplier: 1 };
  await expect(async () => bringForward(await read([], 0), [row], [], new Instruments())).rejects.toThrow(
    'p1 is not in the held book',
  );
});

it('books share what they hold, and have positions of their own', () =>
  fc.assert(
    fc.asyncProperty(steps, instruments, async (history, terms) => {
      const all = stored(history, terms);
      const known = new Instruments();
      const [one, other] = [await read(all, history.length, known), await read(all, history.length, known)];
      expect(one).toStrictEqual(await read(all, history.length));
      one.instruments.forEach((instrument, i) => expect(other.instruments[i]).toBe(instrument));
    }),
    RUNS,
  ));
