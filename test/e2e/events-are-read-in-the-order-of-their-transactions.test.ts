import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents, readTenantEvents } from '../../src/platform/events.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

// Numbers of transactions and events grow a digit now and then: 10 comes after 9, though "10" does not.

let database: TestDatabase;
let tenantId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  tenantId = await database.tenant();
  const rows = [9, 10, 99, 100].flatMap((xid) => [9, 10, 11].map((id) => [xid, xid * 100 + id]));
  await database.db.system(async (tx) => {
    for (const [xid, id] of rows.toReversed())
      await tx.query(
        `INSERT INTO event (xid, id, tenant_id, type, subject, data, created_at) OVERRIDING SYSTEM VALUE
         VALUES ($1::text::xid8, $2, $3, 'ping', $4, '{}', now())`,
        [String(xid), id, tenantId, randomUUID()],
      );
  });
});
afterAll(() => database.drop());

const ORDER = ['9-909', '9-910', '9-911', '10-1009', '10-1010', '10-1011'].concat(
  ...['99-9909', '99-9910', '99-9911', '100-10009', '100-10010', '100-10011'],
);

test.each([1, 2, 5, 100])('by pages of %i every event is read once, in order', async (limit) => {
  const read = [];
  const readAll = [];
  let after = { xid: '0', id: '0' };
  for (;;) {
    const page = await database.db.tenant(tenantId, (tx) => readTenantEvents(tx, tenantId, after, limit));
    readAll.push(...(await database.db.system((tx) => readEvents(tx, after, limit))).map(({ id }) => id));
    if (page.length === 0) break;
    read.push(...page.map(({ id }) => id));
    const [xid, id] = page.at(-1)!.id.split('-');
    after = { xid: xid!, id: id! };
  }
  expect(read).toEqual(ORDER);
  expect(readAll).toEqual(ORDER);
});
