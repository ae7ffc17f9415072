import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReceiver } from '../../support/app.ts';
import { MINUTE, startWatching, type Watching } from './watched.ts';

let watching: Watching;
let hooks: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  [watching, hooks] = await Promise.all([startWatching(), startReceiver()]);
  const endpoint = await watching.app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
  hooks.use(endpoint.body.secret);
});
afterAll(async () => {
  hooks.close();
  await watching.app.stop();
});

test('a breach is hedged once, and a market that moves inside the band moves nothing', async () => {
  const { app } = watching;
  const first = await watching.price(100_000);
  const portfolioId = await watching.book();
  const id = await watching.monitor(portfolioId);
  const settled = await watching.settled(id, first);
  expect(settled.decision!.verdict).toBe('held');
  const delta = settled.decision!.underlyings[0]!.greeks.delta;
  expect(Math.abs(delta)).toBeLessThanOrEqual(0.5);
  const { body: orders } = await app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200);
  expect(orders.items).toHaveLength(1);
  expect(orders.items[0]).toMatchObject({ status: 'filled' });
  expect((await watching.decisions(id)).map(({ verdict }) => verdict)).toEqual(['triggered', 'rebalanced', 'held']);

  watching.pass(MINUTE);
  await watching.settled(id, await watching.price(100_100));
  expect((await watching.decisions(id)).length).toBe(3); // the same verdict is no news
  watching.pass(MINUTE);
  const far = await watching.settled(id, await watching.price(115_000));
  expect(Math.abs(far.decision!.underlyings[0]!.greeks.delta)).toBeLessThanOrEqual(0.5);
  const again = await app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200);
  expect(again.body.items).toHaveLength(2);
});

test('the client is told by webhook: what was triggered, and the greeks before and after', async () => {
  const triggered = await hooks.wait('rebalance.triggered');
  const { data } = await hooks.wait('rebalance.completed');
  expect(data['hedgePlanId']).toBe(triggered.data['hedgePlanId']);
  const [btc] = data['greeks'] as { before: { delta: number }; after: { delta: number } }[];
  expect(Math.abs(btc!.before.delta)).toBeGreaterThan(0.5);
  expect(Math.abs(btc!.after.delta)).toBeLessThanOrEqual(0.5);
});
