import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { databaseUrl } from './cluster.ts';

export interface TestDatabase {
  url: string;
  db: Database;
  /** Makes a tenant and gives its id. */
  tenant(): Promise<string>;
  drop(): Promise<void>;
}

/** A migrated database of the caller's own, cloned from the template in some 40 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ballast_template STRATEGY wal_log`);
  const url = databaseUrl(server, name);
  const db = openDatabase(url, () => undefined);
  return {
    url,
    db,
    async tenant() {
      const id = randomUUID();
      await db.system((tx) =>
        tx.query('INSERT INTO tenant (id, name, created_at) VALUES ($1, $2, now())', [id, 'test']),
      );
      return id;
    },
    async drop() {
      await db.close();
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Cloning needs the template to itself for a moment; a neighbour that clones at the same time makes it wait. */
async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(4711)');
    await client.query(statement);
  } finally {
    await client.end();
  }
}
