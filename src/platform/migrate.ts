import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { runMigrations as migrateQueue } from 'bullmq';
import pg from 'pg';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Brings the database up to date. Processes that start together wait for one another. */
export async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'ballast-migrate' });
  await client.connect();
  try {
    await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      migrationsTable: 'schema_migration',
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
    await migrateQueue(client);
  } finally {
    await client.end();
  }
}
