import { afterAll, beforeAll, expect, test } from 'vitest';
import { TWO_PERPETUALS } from '../../support/fixtures.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted, reporter } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('nothing more of the same execution is sent after an order was overfilled', async () => {
  const targets = [{ underlying: 'BTC' }, { underlying: 'ETH' }];
  const { plan } = await plannedHedge(stage.app, { targets }, TWO_PERPETUALS);
  expect(plan.result!.orders).toHaveLength(2);
  stage.follow((asked) => {
    const { report, fill } = reporter(asked);
    return asked.symbol.includes('BTC') ? [report('filled', [fill('t1', 1), fill('t2', 0.5)])] : filled(asked);
  });
  await execute(stage.app, plan.id);
  expect(stage.calls.submit).toBe(1);
});
