import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

const URL = 'http://127.0.0.1:9/';
/** Read past every tenant filter: a delivery to the wrong endpoint would not show in anybody's list. */
const typesOf = async (endpointId: string) => {
  const rows = await stage.db.system((tx) =>
    tx.query<{ event_type: string }>(
      'SELECT event_type FROM webhook_delivery WHERE endpoint_id = $1 ORDER BY event_type',
      [endpointId],
    ),
  );
  return rows.map((row) => row.event_type);
};

test('types, tenant and time decide', async () => {
  const [mine, other] = [await stage.tenant(), await stage.tenant()];
  await stage.publish(mine, 'execution.completed');
  stage.pass(1);
  const all = await stage.create(mine, URL);
  const some = await stage.create(mine, URL, ['execution.completed', 'rebalance.completed', 'execution.completed']);
  const theirs = await stage.create(other, URL);
  for (const type of ['analysis.progress', 'analysis.completed', 'execution.completed', 'unheard.of'])
    await stage.publish(mine, type);
  await stage.publish(other, 'hedge_plan.failed');
  stage.pass(1);
  const late = await stage.create(mine, URL);
  await stage.fanOutAll();

  expect(some.eventTypes).toEqual(['execution.completed', 'rebalance.completed']);
  expect(await typesOf(all.id)).toEqual(['analysis.completed', 'execution.completed']);
  expect(await typesOf(some.id)).toEqual(['execution.completed']);
  expect(await typesOf(theirs.id)).toEqual(['hedge_plan.failed']);
  expect(await typesOf(late.id)).toEqual([]);
});
