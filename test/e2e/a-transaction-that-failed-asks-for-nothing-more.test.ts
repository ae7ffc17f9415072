import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '../../src/platform/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const TENANT = '018f0000-0000-7000-8000-000000000001';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const xid = async (tx: Tx): Promise<string> =>
  (await tx.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid'))[0]!.xid;

test('what one branch of a transaction asks for after another has failed runs in nobody else’s transaction', async () => {
  const { db } = database;
  let goOn!: () => void;
  const later = new Promise<void>((resolve) => (goOn = resolve));
  let slow: Promise<string> | undefined;
  const failing = db.tenant(TENANT, async (tx) => {
    slow = later.then(() => xid(tx));
    await Promise.all([slow, Promise.reject(new Error('the other branch'))]);
  });
  await expect(failing).rejects.toThrow('the other branch');
  const own = await db.tenant(TENANT, async (tx) => {
    const before = await xid(tx);
    goOn();
    await expect(slow).rejects.toThrow('the transaction has ended');
    return [before, await xid(tx)];
  });
  expect(own[0]).toBe(own[1]);
}, 30_000);
