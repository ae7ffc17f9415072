import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;
const open = new Set<Socket>();
/** Passes everything on, until a connection is forgotten, as by a router that has seen nothing of it for a while. */
const router = createServer((client) => {
  const { hostname, port } = new URL(database.url);
  const server = connect(Number(port || 5432), hostname);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    open.add(from);
    from.pipe(to);
    from.on('error', () => to.destroy()).on('close', () => (open.delete(from), to.destroy()));
  }
});
beforeAll(async () => {
  database = await createTestDatabase();
  await new Promise<void>((listening) => router.listen(0, '127.0.0.1', listening));
  const url = new URL(database.url);
  url.host = `127.0.0.1:${(router.address() as AddressInfo).port}`;
  url.search = ''; // which may name a socket
  db = openDatabase(url.href, () => undefined);
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  router.close();
  await db.close().catch(() => undefined);
  await database.drop();
});

test(
  'a connection that nobody answers any more keeps no execution from being worked',
  { timeout: 60_000 },
  async () => {
    expect(await db.exclusive('a key', async () => 'done')).toBe('done');
    for (const socket of open) socket.unpipe().pause();
    const late = new Promise((resolve) => setTimeout(resolve, 30_000, 'nobody works it'));
    const work = () => db.exclusive('another key', async () => 'done');
    const tried = work().catch(() => new Promise((later) => setTimeout(later, 500)).then(work)); // as a job that fails is
    expect(await Promise.race([tried, late])).toBe('done');
  },
);
