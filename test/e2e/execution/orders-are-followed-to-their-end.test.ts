import { afterAll, beforeAll, expect, test } from 'vitest';
import { reporter, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('accepted, and filled later: nothing is settled before', async () => {
  const { execution, order, path, hedge } = await stage.run((asked) => {
    const { report, fill, rest } = reporter(asked);
    return [
      report('accepted'),
      report('accepted'),
      report('partially_filled', [fill('t1', 0.5)]),
      report('filled', [fill('t1', 0.5), rest('t2', 0.5)]),
    ];
  });
  expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  expect(path).toEqual(['initialized', 'submitted', 'accepted', 'partially_filled', 'filled']);
  expect(order.filledQuantity).toBe(order.quantity);
  expect(Math.abs(Number(hedge.quantity))).toBe(Number(order.quantity));
  expect(stage.calls).toEqual({ submit: 1, lookup: 3 });
});

test('rejected: the execution fails, with the reason of the venue, and the book stays', async () => {
  const { execution, order, path, hedge } = await stage.run((asked) => [
    reporter(asked).report('rejected', [], 'price out of band'),
  ]);
  expect(execution).toMatchObject({ status: 'succeeded', result: { outcome: 'failed', portfolioVersion: null } });
  expect(order).toMatchObject({
    status: 'rejected',
    reason: 'price out of band',
    filledQuantity: '0',
    averagePrice: null,
  });
  expect(path).toEqual(['initialized', 'submitted', 'rejected']);
  expect(hedge).toBeUndefined();
  const told = await stage.hooks.wait('execution.failed');
  expect(told.data).toMatchObject({
    ...{ id: execution.id, outcome: 'failed', portfolioVersion: null },
    orders: [{ status: 'rejected', reason: 'price out of band' }],
  });
});

test('a fill that crosses the cancellation is in the book', async () => {
  const { execution, order, path, hedge } = await stage.run((asked) => {
    const { report, fill } = reporter(asked);
    return [report('canceled', [], 'no liquidity'), report('canceled', [fill('late', 0.5)], 'no liquidity')];
  });
  expect(execution.result).toMatchObject({ outcome: 'partial', portfolioVersion: 2 });
  expect(path).toEqual(['initialized', 'submitted', 'accepted', 'canceled', 'partially_filled', 'canceled']);
  expect(order.fills).toHaveLength(1);
  expect(Math.abs(Number(hedge.quantity))).toBe(Number(order.filledQuantity));
});

test('a late fill of all of it makes the order filled', async () => {
  const { execution, order, path } = await stage.run((asked) => {
    const { report, rest } = reporter(asked);
    return [report('canceled', [], 'no liquidity'), report('filled', [rest('late', 0)])];
  });
  expect(execution.result).toMatchObject({ outcome: 'completed' });
  expect(path).toEqual(['initialized', 'submitted', 'accepted', 'canceled', 'filled']);
  expect(order).toMatchObject({ status: 'filled', reason: null, filledQuantity: order.quantity });
});

test('filled, with fills still to be told: they are waited for', async () => {
  const { execution, order, path } = await stage.run((asked) => {
    const { report, fill, rest } = reporter(asked);
    return [
      report('filled'),
      report('filled', [fill('t1', 0.3)]),
      report('filled', [fill('t1', 0.3), rest('t2', 0.3)]),
    ];
  });
  expect(execution.result).toMatchObject({ outcome: 'completed' });
  expect(order.filledQuantity).toBe(order.quantity);
  expect(path).toEqual(['initialized', 'submitted', 'accepted', 'partially_filled', 'filled']);
});
