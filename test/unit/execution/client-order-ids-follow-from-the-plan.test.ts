import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { clientOrderId } from '../../../src/execution/clientOrderId.ts';

/** Plan ids without randomness. */
function planId(n: number): string {
  return createHash('md5')
    .update(`plan ${n}`)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

it('the same plan and leg have the same id, for ever', () => {
  const id = '0199c2a4-7c11-7d3e-8a55-000000000001';
  expect(clientOrderId(id, 0)).toBe(clientOrderId(id, 0));
  expect(clientOrderId(id, 0)).toBe('b80pof7ao12bxzlddwj6zkf4l0');
});

it('the first slice has the id of an order that is sent whole, and every other one its own', () => {
  const id = planId(1);
  expect(clientOrderId(id, 0, 0)).toBe(clientOrderId(id, 0));
  const ids = [0, 1, 2].flatMap((leg) => Array.from({ length: 100 }, (_, slice) => clientOrderId(id, leg, slice)));
  expect(new Set(ids).size).toBe(300);
});

it('any venue takes it: at most 32 of a-z and 0-9, a letter first', () => {
  for (let n = 0; n < 2_000; n++) expect(clientOrderId(planId(n), n % 7)).toMatch(/^b[a-z0-9]{25}$/);
});

it('no two of 100,000 plans and legs share one', () => {
  const ids = new Set<string>();
  for (let n = 0; n < 20_000; n++) for (let leg = 0; leg < 5; leg++) ids.add(clientOrderId(planId(n), leg));
  expect(ids.size).toBe(100_000);
});
