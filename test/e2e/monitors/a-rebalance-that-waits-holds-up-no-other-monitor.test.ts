import { afterAll, beforeAll, expect, test } from 'vitest';
import { whileNothingIsSent } from '../execution/gathered.ts';
import { startWatching, type Watching } from './watched.ts';

/** Leases are renewed within that. */
const RENEWED_MS = 6_000;

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

test('while a rebalance waits for who else sends for its tenant, leases are renewed and other books are looked at', async () => {
  const first = await watching.price(100_000);
  const flat = await watching.book([{ instrument: 'deribit:BTC-PERPETUAL', quantity: '10' }]);
  const other = await watching.monitor(flat);
  await watching.settled(other, first);
  let waiting!: string;
  await whileNothingIsSent(watching.app, async () => {
    waiting = await watching.monitor(await watching.book());
    await new Promise((later) => setTimeout(later, RENEWED_MS));
    const second = await watching.price(100_000);
    await watching.settled(other, second);
    expect(await watching.get(waiting)).toMatchObject({ decision: null });
  });
  await watching.until(waiting, 'held');
}, 40_000);
