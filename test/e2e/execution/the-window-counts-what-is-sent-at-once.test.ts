import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

const BOOKS = 12;
const FIT = 5;

test('of executions that are asked for at once as many are sent as the window has room for', async () => {
  const plans = [];
  for (let i = 0; i < BOOKS; i++) plans.push((await plannedHedge(stage.app)).plan);
  const each = Number(plans[0]!.result!.orders[0]!.quantity);
  stage.follow(filled);
  const limits = { maxWindowNotional: (FIT + 0.5) * each };
  const ended = await Promise.all(plans.map(({ id }) => execute(stage.app, id, { limits })));
  expect(stage.calls.submit).toBe(FIT);
  const denials = ended.flatMap(({ orders }) => orders.map(({ denial }) => denial)).filter(Boolean);
  expect(denials).toEqual(Array(BOOKS - FIT).fill('notional_exceeds_max_per_window'));
});
