import { afterAll, beforeAll, expect, test } from 'vitest';
import { whileNothingIsSent } from './gathered.ts';
import { startNetted, type Netted } from './netted.ts';

let stage: Netted;
beforeAll(async () => {
  stage = await startNetted();
});
afterAll(() => stage.stop());

const moment = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('what is offered to other portfolios does not count towards the window of what is judged with it', async () => {
  const small = await stage.book(10_000);
  const offered = await stage.book(50_000);
  const own = await stage.book(50_000);
  let last: Awaited<ReturnType<typeof stage.begin>>;
  await whileNothingIsSent(stage.app, async () => {
    await stage.begin(small.planId, {}); // its batch waits
    await moment(700);
    await stage.begin(offered.planId); // with netting
    await moment(700);
    last = await stage.begin(own.planId, { limits: { maxWindowNotional: 70_000 } }); // 10,000 and 50,000 reach the market
    await moment(700);
  });
  expect((await stage.ended(last!)).orders).toMatchObject([{ denial: null, status: 'filled' }]);
});
