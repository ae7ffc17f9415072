import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let processes: Database[];
beforeAll(async () => {
  database = await createTestDatabase();
  processes = [database.db, openDatabase(database.url, () => undefined)];
});
afterAll(async () => {
  await processes[1]!.close();
  await database.drop();
});

const moment = () => new Promise((resolve) => setTimeout(resolve, 30));

test('in one process and in several, one at a time', async () => {
  let inside = 0;
  const seen: number[] = [];
  const work = async () => {
    seen.push(++inside);
    await moment();
    inside -= 1;
  };
  await Promise.all([...processes, ...processes].map((db) => db.exclusive('a key', work)));
  expect(seen).toEqual([1, 1, 1, 1]);
});

test('under other keys, as many as there are', async () => {
  let inside = 0;
  let most = 0;
  const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
  const work = async () => {
    most = Math.max(most, ++inside);
    await moment();
    inside -= 1;
  };
  await Promise.all(keys.map((key) => database.db.exclusive(key, work)));
  expect(most).toBe(keys.length);
});

test('what fails lets go, and its error is told', async () => {
  const fail = () => Promise.reject(new Error('no luck'));
  await expect(database.db.exclusive('failing', fail)).rejects.toThrow('no luck');
  expect(await processes[1]!.exclusive('failing', async () => 'done')).toBe('done');
});

test('a session that is lost is replaced', async () => {
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ballast-locks' AND datname = current_database()`;
  await database.db.exclusive('lost', () => database.db.system((tx) => tx.query(end)));
  expect(await database.db.exclusive('lost', async () => 'done')).toBe('done');
});
