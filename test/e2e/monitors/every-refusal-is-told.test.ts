import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatching, type Watching } from './watched.ts';

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

test('a rebalance that is refused again is told to be refused again: none is left as if it were under way', async () => {
  const { app } = watching;
  await app.api().post('/v1/trading-state').send({ state: 'halted', reason: 'a test' }).expect(200);
  await watching.price(100_000);
  const id = await watching.monitor(await watching.book(), { maxAgeSeconds: 3_600, coolDownSeconds: 10 });
  await watching.until(id, 'refused');
  watching.pass(60_000);
  const verdicts = async () => (await watching.decisions(id)).map(({ verdict }) => verdict);
  await expect.poll(verdicts, { timeout: 5_000 }).toEqual(['triggered', 'refused', 'triggered', 'refused']);
}, 20_000);
