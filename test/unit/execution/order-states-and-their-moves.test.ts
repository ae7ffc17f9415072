import { describe, expect, it } from 'vitest';
import { assertMove, canMove, IllegalMove, isSettled, ORDER_STATUSES } from '../../../src/execution/orderState.ts';

const movesFrom = (from: (typeof ORDER_STATUSES)[number]) => ORDER_STATUSES.filter((to) => canMove(from, to));

// After FIX's order state changes, as nautilus_trader words them.

it.each(['denied', 'rejected', 'filled'] as const)('%s is the end', (status) => {
  expect(movesFrom(status)).toEqual([]);
  expect(isSettled(status)).toBe(true);
});

it.each(['canceled', 'expired'] as const)('%s is the end but for a late fill', (status) => {
  expect(movesFrom(status)).toEqual(['partially_filled', 'filled']);
  expect(isSettled(status)).toBe(true);
});

it.each(['initialized', 'submitted', 'accepted', 'partially_filled'] as const)('%s is not the end', (status) => {
  expect(movesFrom(status).length).toBeGreaterThan(0);
  expect(isSettled(status)).toBe(false);
});

describe('of every order', () => {
  it('nothing leads back to its beginning', () => {
    for (const from of ORDER_STATUSES) expect(canMove(from, 'initialized')).toBe(false);
    expect(ORDER_STATUSES.filter((from) => canMove(from, 'submitted'))).toEqual(['initialized']);
  });

  it('what was never sent cannot be answered by the venue', () => {
    expect(movesFrom('initialized')).toEqual(['denied', 'submitted']);
    expect(ORDER_STATUSES.filter((from) => canMove(from, 'denied'))).toEqual(['initialized']);
  });

  it('what has traded cannot be rejected', () => {
    expect(canMove('partially_filled', 'rejected')).toBe(false);
    expect(canMove('canceled', 'rejected')).toBe(false);
  });

  it('no state leads to itself', () => {
    for (const status of ORDER_STATUSES) expect(canMove(status, status)).toBe(false);
  });

  it('every state can be reached', () => {
    const reached = new Set(['initialized']);
    for (const from of reached) for (const to of movesFrom(from as 'initialized')) reached.add(to);
    expect([...reached].sort()).toEqual([...ORDER_STATUSES].sort());
  });
});

it('an illegal move throws', () => {
  expect(() => assertMove('filled', 'canceled')).toThrow(IllegalMove);
  expect(() => assertMove('submitted', 'submitted')).toThrow('cannot go from submitted to submitted');
  expect(() => assertMove('submitted', 'filled')).not.toThrow();
});
