import { afterAll, beforeAll, expect, test } from 'vitest';
import { reporter, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('a fill told again and again is one fill, and the average is of all of them', async () => {
  const { order, hedge } = await stage.run((asked) => {
    const { report, fill, rest } = reporter(asked);
    const first = fill('t1', 0.5, '100000');
    const second = { ...rest('t2', 0.5), price: '100200' };
    return [
      report('partially_filled', [first, first]),
      report('partially_filled', [first]),
      report('filled', [first, second, second]),
    ];
  });
  expect(order.fills.map(({ tradeId }: { tradeId: string }) => tradeId)).toEqual(['t1', 't2']);
  expect(order.filledQuantity).toBe(order.quantity);
  expect(order.fee).toBe('0.00002');
  expect(Number(order.averagePrice)).toBeCloseTo(2 / (1 / 100_000 + 1 / 100_200), 0);
  expect(hedge.averagePrice).toBe(order.averagePrice);
});

test('fills that a later report leaves out stay in the book', async () => {
  const { execution, order, hedge } = await stage.run((asked) => {
    const { report, fill } = reporter(asked);
    return [report('partially_filled', [fill('t1', 0.5)]), report('canceled', [], 'the rest was not there')];
  });
  expect(execution.result).toMatchObject({ outcome: 'partial', portfolioVersion: 2 });
  expect(Number(order.filledQuantity)).toBeGreaterThan(0);
  expect(Math.abs(Number(hedge.quantity))).toBe(Number(order.filledQuantity));
});

test('more than was asked for is held, so it is in the book, and the order says that it was too much', async () => {
  const { execution, order, hedge } = await stage.run((asked) => {
    const { report, fill } = reporter(asked);
    return [report('filled', [fill('t1', 1), fill('t2', 0.5)])];
  });
  const filled = Number(order.filledQuantity);
  expect(filled).toBeGreaterThan(Number(order.quantity));
  expect(order).toMatchObject({
    status: 'filled',
    reason: `Overfilled: the venue traded ${order.filledQuantity} of ${order.quantity}`,
  });
  expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  expect(Math.abs(Number(hedge.quantity))).toBe(filled);
  const reasons = () => JSON.stringify(stage.hooks.received.map(({ data }) => data));
  await expect.poll(reasons, { timeout: 8_000 }).toContain('Overfilled');
});
