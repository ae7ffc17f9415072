import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderReport, Venue } from '../../../src/execution/ports.ts';
import { held, startSliced, type Sliced } from './sliced.ts';
import { filled, reporter } from './scripted.ts';

let stage: Sliced;
/** What the venue knows better by now of an order. */
const corrected = new Map<string, OrderReport>();
const correct = (real: Venue): Venue => ({
  ...real,
  lookup: async (order) => corrected.get(order.clientOrderId) ?? real.lookup(order),
});
beforeAll(async () => {
  stage = await startSliced(correct);
});
afterAll(() => stage.stop());

test('a fill told while the next slice is waited for is booked with it, and taken off what is left', async () => {
  let late: OrderReport | undefined;
  stage.follow((order) => {
    if (stage.sent.length > 1) return filled(order);
    const { report, fill, rest } = reporter(order);
    late = report('filled', [fill('t1', 0.5), rest('t2', 0.5)]);
    return [report('canceled', [fill('t1', 0.5)])];
  });
  const run = await stage.begin({ schedule: { kind: 'twap', horizonSeconds: 1_200, slices: 2 } });
  const first = await run.waits(0);
  const [order] = first.orders;
  expect(await held(stage.app, run.portfolioId)).toBe(Number(order!.filledQuantity));
  corrected.set(order!.clientOrderId, late!);
  stage.pass(120);
  const second = await stage.again(); // the first thing that a process does is to look at what ended short
  await expect.poll(async () => (await run.now()).orders[0]!.status).toBe('filled');
  expect((await run.now()).orders).toHaveLength(1);
  stage.pass(480);
  const ended = await run.ended();
  await second.stop();
  expect(Number(ended.orders[1]!.quantity)).toBe(run.quantity - Number(order!.quantity));
  expect(ended.result).toMatchObject({ outcome: 'completed', portfolioVersion: 3 });
  expect(await held(stage.app, run.portfolioId)).toBe(run.quantity);
});
