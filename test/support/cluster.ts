import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/platform/embeddedPostgres.ts';
import { migrate } from '../../src/platform/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection URL of a server; its database `ballast_template` is migrated and is cloned for each test file. */
    postgresUrl: string;
    redisUrl: string | undefined;
  }
}

/** One PostgreSQL for the whole run: embedded, or the server at TEST_DATABASE_URL (with the Redis at TEST_REDIS_URL). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env;
  const folder = await mkdtemp(join(tmpdir(), 'ballast test ')); // with a space: people's folders have them
  const embedded = TEST_DATABASE_URL
    ? undefined
    : await startEmbeddedPostgres({
        dataDir: folder,
        settings: ['fsync=off', 'synchronous_commit=off', 'max_connections=300'],
      });
  const url = TEST_DATABASE_URL ?? embedded!.url('postgres');
  await recreate(url, 'ballast_template');
  await migrate(databaseUrl(url, 'ballast_template'));
  project.provide('postgresUrl', url);
  project.provide('redisUrl', TEST_REDIS_URL);
  return async () => {
    await embedded?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function recreate(server: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${database}`);
  await client.end();
}
