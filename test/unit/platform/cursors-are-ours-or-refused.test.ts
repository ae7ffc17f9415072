import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, idPageRequest, pageOf } from '../../../src/platform/pagination.ts';
import { Problem } from '../../../src/platform/problem.ts';

test('a cursor gives its key back', () => {
  fc.assert(
    fc.property(fc.string(), (key) => {
      expect(decodeCursor(encodeCursor(key))).toBe(key);
    }),
  );
});

test('anything else is a 400, never an error of ours', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        decodeCursor(text);
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
        expect((error as Problem).code).toBe('invalid_request');
      }
    }),
  );
  expect(() => idPageRequest({ limit: 1, cursor: encodeCursor('not an id') })).toThrow(Problem);
});

test('a page ends where no row is left over', () => {
  const key = (row: string) => row;
  expect(pageOf(['a', 'b', 'c'], 2, key)).toEqual({ items: ['a', 'b'], nextCursor: encodeCursor('b') });
  expect(pageOf(['a', 'b'], 2, key)).toEqual({ items: ['a', 'b'], nextCursor: null });
  expect(pageOf([], 2, key)).toEqual({ items: [], nextCursor: null });
});
