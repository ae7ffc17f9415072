import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatchingWithin, type WatchingWithin } from './watched.ts';

let watching: WatchingWithin;
beforeAll(async () => {
  watching = await startWatchingWithin();
});
afterAll(() => watching.stop());

test('a rebalance of a book that an upload has locked is refused at once, goes out soon after it, and those of other books meanwhile', async () => {
  const [changing, other] = [await watching.book(), await watching.book()];
  await watching.database.query('BEGIN');
  await watching.database.query('SELECT 1 FROM portfolio WHERE id = $1 FOR NO KEY UPDATE', [changing]);
  const [locked, free] = [
    await watching.monitor(changing, { coolDownSeconds: 3_600 }), // no rebalance was begun that it would cool down from
    await watching.monitor(other, { coolDownSeconds: 0 }),
  ];
  const snapshot = await watching.price(100_000);
  expect(await watching.settled(free, snapshot)).toMatchObject({ decision: { verdict: 'held' } });
  await watching.until(locked, 'refused');
  const [refused] = (await watching.decisions(locked)).filter(({ verdict }) => verdict === 'refused');
  expect(refused!.reasons).toEqual(['The portfolio is being changed']);
  const orders = async () =>
    (await watching.app.api().get(`/v1/orders?portfolioId=${changing}`).expect(200)).body.items;
  expect(await orders()).toEqual([]);

  await watching.database.query('COMMIT');
  watching.pass(2_000);
  await watching.until(locked, 'held');
  expect(await orders()).toHaveLength(1);
}, 30_000);
