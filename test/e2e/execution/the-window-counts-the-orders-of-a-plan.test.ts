import { afterAll, beforeAll, expect, test } from 'vitest';
import { TWO_PERPETUALS } from '../../support/fixtures.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('a plan whose orders together exceed the window is not sent in part', async () => {
  const targets = [{ underlying: 'BTC' }, { underlying: 'ETH' }];
  const { plan } = await plannedHedge(stage.app, { targets }, TWO_PERPETUALS);
  const total = plan.result!.orders.reduce((sum, { quantity }) => sum + Number(quantity), 0);
  stage.follow(filled);
  await execute(stage.app, plan.id, { limits: { maxWindowNotional: total - 10 } });
  expect(stage.calls.submit, 'a hedge in part may be worse than none').toBe(0);
});
