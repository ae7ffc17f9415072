import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatching, type Watching } from './watched.ts';

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

test('the key that set the monitor up cannot approve alone where a second key was asked for', async () => {
  await watching.price(100_000);
  const execution = { mode: 'approve', approval: { secondKey: true } };
  const id = await watching.monitor(await watching.book(), { execution });
  const { executionId } = await watching.until(id, 'triggered');
  await expect.poll(async () => (await watching.app.api().get(`/v1/executions/${executionId}`)).status).toBe(200);
  await watching.app.api().post(`/v1/executions/${executionId}/approval`).send({}).expect(403);
});
