import { expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { startLoop } from '../../../src/platform/loop.ts';

const HOUR = 3_600_000;
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((wait) => setTimeout(wait, 1));
};

test('a step runs at once, again while there is more, and after a kick', async () => {
  let steps = 0;
  const loop = startLoop(
    systemClock,
    HOUR,
    async () => ++steps < 3,
    (error) => expect.unreachable(String(error)),
  );
  await until(() => steps === 3);
  loop.kick();
  await until(() => steps === 4);
  await loop.stop();
});

test('a kick during a step is not lost', async () => {
  let steps = 0;
  const loop = startLoop(
    systemClock,
    HOUR,
    async () => {
      await Promise.resolve();
      if (++steps === 1) loop.kick();
      return false;
    },
    (error) => expect.unreachable(String(error)),
  );
  await until(() => steps >= 2);
  await loop.stop();
});

test('an error is reported and the loop goes on; stopping waits for the step in hand', async () => {
  const errors: unknown[] = [];
  let steps = 0;
  let inHand = false;
  const loop = startLoop(
    systemClock,
    1,
    async () => {
      if (++steps === 1) throw new Error('no luck');
      inHand = true;
      await new Promise((wait) => setTimeout(wait, 20));
      inHand = false;
      return false;
    },
    (error) => void errors.push(error),
  );
  await until(() => inHand);
  await loop.stop();
  expect(inHand).toBe(false);
  expect(errors).toMatchObject([{ message: 'no luck' }]);
});

test('of kicks that come close together one more is answered at once, and those after it wait', async () => {
  const waited: number[] = [];
  const clock: Clock = {
    ...systemClock,
    monotonic: () => 0,
    sleep: async (ms, signal) => (ms === HOUR ? systemClock.sleep(ms, signal) : void waited.push(ms)),
  };
  let steps = 0;
  const loop = startLoop(
    clock,
    HOUR,
    async () => {
      await Promise.resolve();
      if (++steps < 5) loop.kick();
      return false;
    },
    (error) => expect.unreachable(String(error)),
  );
  await until(() => steps === 5);
  await loop.stop();
  expect(waited.slice(0, 3)).toEqual([-Infinity, 15, 15]);
});
