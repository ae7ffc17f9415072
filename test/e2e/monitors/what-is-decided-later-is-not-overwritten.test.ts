import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatching, type Watching } from './watched.ts';

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

test('a decision that says what the last one said is written soon, and never over a newer one', async () => {
  const first = await watching.price(100_000);
  const id = await watching.monitor(await watching.book(), { coolDownSeconds: 0 });
  await watching.settled(id, first);
  for (const spot of [130_000, 90_000, 120_000]) {
    watching.pass(1_000);
    const same = await watching.price((await spotOf(id)) + 1);
    if (spot === 90_000) await watching.settled(id, same);
    watching.pass(1_000);
    const breach = await watching.price(spot);
    await watching.settled(id, breach);
    await new Promise((wait) => setTimeout(wait, 400));
    expect(await watching.get(id)).toMatchObject({ decision: { verdict: 'held', marketSnapshotId: breach } });
  }
  const verdicts = (await watching.decisions(id)).map(({ verdict }) => verdict);
  expect(verdicts.filter((verdict) => verdict === 'triggered')).toHaveLength(4);
}, 30_000);

/** Where bitcoin stood when the monitor last looked. */
async function spotOf(id: string): Promise<number> {
  const { decision } = await watching.get(id);
  const { body } = await watching.app.api().get(`/v1/market-snapshots/${decision!.marketSnapshotId}`).expect(200);
  return body.data.underlyings[0].spot.mark;
}
