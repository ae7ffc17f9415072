import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import type { HedgePlan } from '../../../src/hedging/model.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { whileNothingIsSent } from './gathered.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

/** As many as are worked at a time: while nobody may send, all but the first are judged together. */
const BOOKS = 4;
const FIT = 2;

test('of executions that are judged together as many are sent as the window has room for', async () => {
  const plans: HedgePlan[] = [];
  for (let i = 0; i < BOOKS; i++) plans.push((await plannedHedge(stage.app)).plan);
  const each = Number(plans[0]!.result!.orders[0]!.quantity);
  const limits = { maxWindowNotional: (FIT + 0.5) * each };
  stage.follow(filled);
  const { api, ended } = stage.app;
  const asked: string[] = [];
  await whileNothingIsSent(stage.app, async () => {
    for (const { id } of plans) {
      const { body } = await api().post(`/v1/hedge-plans/${id}/execution`).send({ limits }).expect(202);
      asked.push(body.id);
    }
    await new Promise((gathered) => setTimeout(gathered, 1_000));
  });
  const executions = await Promise.all(asked.map((id) => ended<Execution>(`/v1/executions/${id}`)));
  expect(stage.calls.submit).toBe(FIT);
  const denials = executions.flatMap(({ orders }) => orders.map(({ denial }) => denial)).filter(Boolean);
  expect(denials).toEqual(Array(BOOKS - FIT).fill('notional_exceeds_max_per_window'));
});
