import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/platform/embeddedPostgres.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ballast twice '));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('a second start over one folder in one process is refused, and the first goes on', async () => {
  const first = await startEmbeddedPostgres({ dataDir });
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow('in use');
  const client = new pg.Client({ connectionString: first.url() });
  await client.connect();
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
  await first.stop();
});

test('of starts at the same moment one wins', async () => {
  const starts = await Promise.allSettled(Array.from({ length: 4 }, () => startEmbeddedPostgres({ dataDir })));
  const won = starts.filter((start) => start.status === 'fulfilled');
  expect(won).toHaveLength(1);
  await won[0]!.value.stop();
});
