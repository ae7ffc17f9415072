import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatching, type Watching } from './watched.ts';

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

test('a breach whose rebalance came to nothing is hedged after the cool-down, while prices are young', async () => {
  const { app } = watching;
  await app.api().put('/v1/trading-limits').send({ maxOrderNotional: 1 }).expect(200);
  await watching.price(100_000);
  const portfolioId = await watching.book();
  const id = await watching.monitor(portfolioId, { maxAgeSeconds: 3_600, coolDownSeconds: 10 });
  const count = async (verdict: string) =>
    (await watching.decisions(id)).filter((each) => each.verdict === verdict).length;
  await expect.poll(() => count('rebalanced'), { timeout: 10_000 }).toBe(1); // denied by the limit
  await app.api().put('/v1/trading-limits').send({}).expect(200);
  watching.pass(60_000);
  await expect.poll(() => count('triggered'), { timeout: 10_000 }).toBe(2);
  await watching.until(id, 'held');
});

test('a refused rebalance is asked for again once trading goes on', async () => {
  const { app } = watching;
  await app.api().post('/v1/trading-state').send({ state: 'halted', reason: 'a test' }).expect(200);
  await watching.price(100_000);
  const id = await watching.monitor(await watching.book(), { maxAgeSeconds: 3_600, coolDownSeconds: 10 });
  await watching.until(id, 'refused');
  await app.api().post('/v1/trading-state').send({ state: 'active', reason: 'a test' }).expect(200);
  watching.pass(60_000);
  await watching.until(id, 'held');
});
