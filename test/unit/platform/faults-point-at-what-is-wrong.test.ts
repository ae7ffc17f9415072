import { expect, test } from 'vitest';
import { z } from 'zod';
import { faultsOf, pointer, Problem, rejectFaults } from '../../../src/platform/problem.ts';

const schema = z.strictObject({
  name: z.string(),
  legs: z.array(
    z.strictObject({
      size: z.number(),
      what: z.union([z.string().min(3), z.strictObject({ kind: z.literal('spot') })]),
    }),
  ),
});

function faults(value: unknown) {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : faultsOf(parsed.error).map((fault) => fault.pointer);
}

test('pointers follow RFC 6901', () => {
  expect(pointer([])).toBe('');
  expect(pointer(['a/b', 0, 'm~n'])).toBe('/a~1b/0/m~0n');
});

test('every fault has its own pointer, unknown fields by name', () => {
  expect(
    faults({
      legs: [
        { size: 'x', what: 'abc' },
        { size: 1, what: 'abc', extra: 1 },
      ],
      more: true,
    }),
  ).toEqual(['/name', '/legs/0/size', '/legs/1/extra', '/more']);
});

test('of a union, the branch that came closest tells what is wrong', () => {
  expect(faults({ name: 'a', legs: [{ size: 1, what: { kind: 'perpetual' } }] })).toEqual(['/legs/0/what/kind']);
  expect(faults({ name: 'a', legs: [{ size: 1, what: 'ab' }] })).toEqual(['/legs/0/what']);
});

test('a problem lists a hundred faults at most', () => {
  const many = Array.from({ length: 250 }, (_, i) => ({ pointer: `/${i}`, code: 'x', detail: 'x' }));
  expect(new Problem('validation_failed', 'many', { faults: many }).details().errors).toHaveLength(100);
  expect(() => rejectFaults([])).not.toThrow();
  expect(() => rejectFaults(many)).toThrow(Problem);
});
