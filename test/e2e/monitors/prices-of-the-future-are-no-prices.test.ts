import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKET } from '../../support/fixtures.ts';
import { startWatching, type Watching } from './watched.ts';

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

test('a snapshot from the future does not hide the prices of now, nor expire what has not expired', async () => {
  const now = watching.now().getTime();
  const option = { kind: 'option', underlying: 'BTC', settlement: 'linear', optionType: 'call', strike: '90000' };
  const expiry = new Date(now + 86_400_000).toISOString();
  const portfolioId = await watching.book([{ id: 'call', quantity: '10', instrument: { ...option, expiry } }]);
  await watching.price(100_000, new Date(now + 2 * 86_400_000)); // one wrong digit of the feed
  const id = await watching.monitor(portfolioId, { maxAgeSeconds: 30 });
  await new Promise((wait) => setTimeout(wait, 1_500));
  watching.pass(60_000);
  const real = await watching.price(100_000); // the feed is right again
  await new Promise((wait) => setTimeout(wait, 1_500));
  const { body } = await watching.app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  const { decision } = await watching.get(id);
  expect(MARKET).toBeDefined();
  expect.soft(decision?.marketSnapshotId).toBe(real);
  expect(body.items.map(({ id: each }: { id: string }) => each)).toContain('call');
});
