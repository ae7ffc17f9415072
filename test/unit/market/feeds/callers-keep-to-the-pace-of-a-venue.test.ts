import { expect, it } from 'vitest';
import { createPace } from '../../../../src/market/feeds/pace.ts';
import type { Clock } from '../../../../src/platform/clock.ts';

/** Tells when each of `count` calls was let through, in ms, on a clock that only sleeping moves. */
async function paced(count: number, perSecond: number, burst: number, pauseMs = 0): Promise<number[]> {
  const sleeps: number[] = [];
  const clock: Clock = { now: () => new Date(0), monotonic: () => 0, sleep: async (ms) => void sleeps.push(ms) };
  const pace = createPace(clock, perSecond, burst);
  if (pauseMs > 0) pace.pause(pauseMs);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const before = sleeps.length;
    await pace.turn();
    times.push(sleeps[before] ?? 0);
  }
  return times;
}

it('a burst goes at once, the others one after another', async () => {
  expect(await paced(6, 4, 3)).toEqual([0, 0, 0, 250, 500, 750]);
});

it('after a pause nobody comes before its end, and then one by one', async () => {
  expect(await paced(3, 4, 3, 10_000)).toEqual([10_000, 10_250, 10_500]);
});

it('who waited long enough may burst again', async () => {
  let now = 0;
  const sleeps: number[] = [];
  const clock: Clock = { now: () => new Date(0), monotonic: () => now, sleep: async (ms) => void sleeps.push(ms) };
  const pace = createPace(clock, 1, 2);
  for (const at of [0, 0, 0, 10_000, 10_000, 10_000]) {
    now = at;
    await pace.turn();
  }
  expect(sleeps).toEqual([1_000, 1_000]);
});
