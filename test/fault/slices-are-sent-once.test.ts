import { expect, test } from 'vitest';
import type { Venue } from '../../src/execution/ports.ts';
import { eventsOf, held, SCHEDULE, startSliced, type Sliced } from '../e2e/execution/sliced.ts';
import { filled } from '../e2e/execution/scripted.ts';

function expectOnce({ sent }: Sliced, slices: number): void {
  expect(sent).toHaveLength(slices);
  expect(new Set(sent.map(({ clientOrderId }) => clientOrderId)).size).toBe(slices);
}

test('a process that ends between slices is followed by another, which goes on with the next one', async () => {
  const stage = await startSliced();
  stage.follow(filled);
  const run = await stage.begin({ schedule: SCHEDULE });
  await run.waits(0);
  await stage.app.ballast.stop();
  const second = await stage.again();
  const get = async () => {
    const headers = { authorization: `Bearer ${stage.app.key}` };
    return (await second.http.inject({ url: run.path, headers })).json();
  };
  stage.pass(60);
  await expect.poll(async () => (await get()).orders.length, { timeout: 10_000 }).toBe(2);
  stage.pass(60);
  await expect.poll(async () => (await get()).status, { timeout: 10_000 }).toBe('succeeded');
  expect((await get()).result).toMatchObject({ outcome: 'completed', portfolioVersion: 4 });
  expectOnce(stage, 3);
  await second.stop();
  await stage.stop();
});

test('two processes side by side send every slice once', async () => {
  const stage = await startSliced();
  const second = await stage.again();
  stage.follow(filled);
  const runs = await Promise.all([1, 2, 3].map(() => stage.begin({ schedule: SCHEDULE })));
  for (const slice of [0, 1]) {
    for (const run of runs) await run.waits(slice);
    stage.pass(60);
  }
  for (const run of runs) {
    expect((await run.ended()).result).toMatchObject({ outcome: 'completed', portfolioVersion: 4 });
    expect(await held(stage.app, run.portfolioId)).toBe(run.quantity);
    const types = (await eventsOf(stage.app, run)).map(({ type }) => type);
    expect(types.filter((type) => type === 'execution.slice_completed')).toHaveLength(3);
  }
  expectOnce(stage, 9);
  await second.stop();
  await stage.stop();
});

test('a slice whose answer is lost is looked up, and the next one planned from what it traded', async () => {
  let lookupsThatFail = 0;
  const loseAnswers = (real: Venue): Venue => ({
    ...real,
    async submit(order) {
      await real.submit(order);
      lookupsThatFail = 2;
      throw new Error('socket hang up');
    },
    async lookup(order) {
      if (lookupsThatFail-- > 0) throw new Error('gateway timeout');
      return real.lookup(order);
    },
  });
  const stage = await startSliced(loseAnswers);
  stage.follow(filled);
  const run = await stage.begin({ schedule: SCHEDULE });
  for (const slice of [0, 1]) {
    await run.waits(slice);
    stage.pass(60);
  }
  expect((await run.ended()).result).toMatchObject({ outcome: 'completed', portfolioVersion: 4 });
  expect(await held(stage.app, run.portfolioId)).toBe(run.quantity);
  expectOnce(stage, 3);
  await stage.stop();
});
