import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockSending } from '../../../src/execution/controlStore.ts';
import { openDatabase, type Database } from '../../../src/platform/database.ts';
import { startNetted, type Netted } from './netted.ts';

let stage: Netted;
let database: Database;
beforeAll(async () => {
  stage = await startNetted();
  database = openDatabase(stage.app.config.databaseUrl!, () => undefined);
});
afterAll(async () => {
  await database.close();
  await stage.stop();
});

const moment = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** While nobody of the tenant may send, what is to be judged gathers. */
async function whileNothingIsSent(work: () => Promise<void>): Promise<void> {
  await database.system(async (tx) => {
    const [tenant] = await tx.query<{ id: string }>('SELECT id FROM tenant');
    await lockSending(tx, tenant!.id);
    await work();
  });
}

test('what is offered to other portfolios does not count towards the window of what is judged with it', async () => {
  const small = await stage.book(10_000);
  const offered = await stage.book(50_000);
  const own = await stage.book(50_000);
  let last: Awaited<ReturnType<typeof stage.begin>>;
  await whileNothingIsSent(async () => {
    await stage.begin(small.planId, {}); // its batch waits
    await moment(700);
    await stage.begin(offered.planId); // with netting
    await moment(700);
    last = await stage.begin(own.planId, { limits: { maxWindowNotional: 70_000 } }); // 10,000 and 50,000 reach the market
    await moment(700);
  });
  expect((await stage.ended(last!)).orders).toMatchObject([{ denial: null, status: 'filled' }]);
});
