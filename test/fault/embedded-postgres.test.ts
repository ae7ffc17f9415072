import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/platform/embeddedPostgres.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ballast embedded '));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function query(url: string, text: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A process of its own that starts the server, writes a row, says so and stays. */
async function startElsewhere() {
  const script = `
    import { startEmbeddedPostgres } from './src/platform/embeddedPostgres.ts';
    import pg from 'pg';
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1] });
    const client = new pg.Client({ connectionString: server.url() });
    await client.connect();
    await client.query('CREATE TABLE kept (n int)');
    await client.query('INSERT INTO kept VALUES (42)');
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((ready) => child.stdout.on('data', (text: Buffer) => text.includes('ready') && ready()));
  return child;
}

test('what was written is there at the next start', async () => {
  const first = await startEmbeddedPostgres({ dataDir });
  await query(first.url(), 'CREATE TABLE kept AS SELECT 42 AS n');
  await first.stop();
  const second = await startEmbeddedPostgres({ dataDir });
  expect(await query(second.url(), 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  await second.stop();
});

test('a folder in use is refused with the process that holds it; after its kill it is taken over, data and all', async () => {
  const holder = await startElsewhere();
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(`in use by process ${holder.pid}`);
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL'); // the server itself outlives it
  await ended;
  const heir = await startEmbeddedPostgres({ dataDir });
  expect(await query(heir.url(), 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
  await heir.stop();
});

test('a lock that a dead process left behind is taken over', async () => {
  await writeFile(join(dataDir, 'ballast.lock'), '999999999');
  const server = await startEmbeddedPostgres({ dataDir });
  await server.stop();
});

test('a cluster whose making was cut short is made anew', async () => {
  await writeFile(join(dataDir, 'postgres.new'), 'the remains of something');
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await query(server.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.stop();
});

test('it listens on this machine only, and asks for its password', async () => {
  const server = await startEmbeddedPostgres({ dataDir });
  const password = (await readFile(join(dataDir, 'postgres.password'), 'utf8')).trim();
  expect(await query(server.url(), 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  await expect(query(server.url().replace(password, 'guess'), 'SELECT 1')).rejects.toThrow('password');
  await server.stop();
});
