import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/platform/embeddedPostgres.ts';

const serves = async (url: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ by: string }>(
    `SELECT CASE WHEN inet_server_addr() IS NULL THEN 'socket' ELSE 'port' END AS by`,
  );
  await client.end();
  return rows[0]!.by;
};

test('a folder that can have no socket is served by the port, and any other by a socket too', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'ballast, "sockets" '));
  try {
    const short = await startEmbeddedPostgres({ dataDir: parent });
    expect(await serves(short.url())).toBe('socket');
    expect(await serves(short.url().replace(/\?.*/, ''))).toBe('port');
    await short.stop();
    const long = await startEmbeddedPostgres({
      dataDir: join(parent, 'a path that is too long for a socket '.repeat(3)),
    });
    expect(await serves(long.url())).toBe('port');
    await long.stop();
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});
