import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { openDatabase, type Database } from '../../../src/platform/database.ts';
import { hedgeOf, startNetted, type Netted } from './netted.ts';

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

const say = (text: string, execution: Execution) => database.system((tx) => tx.query(text, [execution.id]));

/** Two opposite executions that wait for their crossing. */
async function waiting() {
  stage.sent.length = 0;
  const books = [await stage.book(50_000), await stage.book(-50_000)];
  const begun: Execution[] = [];
  for (const { planId } of books) begun.push(await stage.begin(planId, { netting: { windowSeconds: 3 } }));
  for (const { id } of begun)
    await expect.poll(async () => (await stage.app.api().get(`/v1/executions/${id}`)).body.waitingFor).toBe('netting');
  return { books, first: begun[0]!, second: begun[1]! };
}

/** The second one has found nobody and gone on to the venue by itself. */
async function expectUncrossed({ books, first, second }: Awaited<ReturnType<typeof waiting>>): Promise<void> {
  expect((await stage.ended(first)).orders).toMatchObject([{ venue: 'internal', filledQuantity: '0' }]);
  expect((await stage.ended(second)).orders).toMatchObject([
    { venue: 'internal', status: 'canceled', filledQuantity: '0' },
    { venue: 'paper', status: 'filled' },
  ]);
  expect(await hedgeOf(stage.app, books[0]!.portfolioId)).toBe(0);
  expect(await stage.crossings()).toEqual([]);
}

test('one that is called off as its window closes is not crossed by the look that closes it', async () => {
  const both = await waiting();
  await say(
    `UPDATE crossing_order SET closes_at = now() - interval '1 second'
     WHERE client_order_id IN (SELECT client_order_id FROM hedge_order WHERE execution_id = $1)`,
    both.first,
  );
  await stage.app.api().post(`/v1/executions/${both.first.id}/cancellation`).expect(200);
  await expectUncrossed(both);
});

test('one of a portfolio that was quarantined while it waited is not crossed', async () => {
  const both = await waiting();
  await say('UPDATE hedge_order SET overfilled = true WHERE execution_id = $1', both.first);
  await expectUncrossed(both);
});

test('one that nobody follows any more is not crossed: its side would be in no book', async () => {
  const { first, second } = await waiting();
  await say(`UPDATE hedge_order SET status = 'canceled', venue_order_id = '' WHERE execution_id = $1`, first);
  for (const { id, orders } of [await stage.ended(first), await stage.ended(second)])
    expect([id, orders.map(({ venue, filledQuantity }) => [venue, filledQuantity])]).toEqual([
      id,
      [
        ['internal', '0'],
        ['paper', '50000'],
      ],
    ]);
});
