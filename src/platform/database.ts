import type { Duplex } from 'node:stream';
import pg from 'pg';
import { openExclusive, type Exclusive } from './exclusive.ts';
import { isUuid } from './ids.ts';

/** One open transaction. Statements that are not awaited one by one travel together in one round trip. */
export interface Tx {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Sends what was asked so far: it is worked on while the caller computes what comes next. */
  flush(): void;
}

/**
 * `relaxed` answers before the commit is on disk: for what a crash may take back, because it is done again or because a
 * durable transaction that follows brings it to disk with itself. `urgent` is durable, and what orders wait for: it has connections of
 * its own, so that no other work is before it, and keeps them, so that they know its statements.
 */
export type Manner = 'durable' | 'relaxed' | 'urgent';

export interface Database {
  /** Runs `work` in a transaction that sees and writes this tenant's rows only (row-level security). */
  tenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>, manner?: Manner): Promise<T>;
  /** Runs `work` in a transaction that sees every tenant's rows: for the dispatcher and for looking up keys. */
  system<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** A process that dies lets go with its connection. */
  exclusive: Exclusive;
  /** A connection of its own, for LISTEN. */
  listener(): Promise<pg.Client>;
  close(): Promise<void>;
}

const TIMEOUTS = '-c statement_timeout=60000 -c idle_in_transaction_session_timeout=30000';

/** A connection that is not used is closed then: opening it, and preparing its statements anew, takes longer than most that is asked of it. */
const IDLE_MS = 300_000;
const FOR_EVER = 0;
/** Unused for so long, it is asked whether it is still there: what lies between may have forgotten it. */
const KEEP_ALIVE_MS = 30_000;

/** A session that says nothing for so long is lost, whatever TCP still hopes for. */
const SILENT_MS = 5_000;

/** Instants as RFC 3339 text, bigint and numeric as decimal text, everything else as `pg` has it. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.TIMESTAMPTZ) return (text: string) => new Date(text).toISOString();
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

export function openDatabase(url: string, onError: (error: Error) => void): Database {
  let closing = false;
  const report = (error: Error) => (closing ? undefined : onError(error));
  const named = (name: string) => ({
    connectionString: url,
    application_name: `ballast-${name}`, // a person sees in pg_stat_activity whose connections these are
    ...{ pipeline: true, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS },
  });
  const pool = (name: string, max: number, options: string, idleTimeoutMillis = IDLE_MS) =>
    new pg.Pool({ ...named(name), max, options, types, idleTimeoutMillis } as pg.PoolConfig)
      .on('error', report) // an idle connection broke: the pool replaces it
      .on('connect', (client) => client.on('error', () => undefined)); // one in use broke: its next statement tells
  const asTenant = `${TIMEOUTS} -c role=ballast_tenant`;
  const tenants = pool('tenant', 12, asTenant);
  const urgent = pool('urgent', 8, asTenant, FOR_EVER);
  const system = pool('system', 4, TIMEOUTS);
  const connected = async (name: string, more: pg.ClientConfig = {}): Promise<pg.Client> => {
    const client = new pg.Client({ ...named(name), ...more });
    await client.connect();
    return client;
  };
  const locks = openExclusive(() =>
    connected('locks', { query_timeout: SILENT_MS, connectionTimeoutMillis: SILENT_MS }),
  );
  return {
    tenant(tenantId, work, manner = 'durable') {
      if (!isUuid(tenantId)) throw new Error('a tenant id is a UUID'); // it becomes part of a statement
      const relaxed = manner === 'relaxed' ? '; SET LOCAL synchronous_commit = off' : '';
      return transaction(
        manner === 'urgent' ? urgent : tenants,
        `BEGIN; SET LOCAL ballast.tenant = '${tenantId}'${relaxed}`,
        work,
      );
    },
    system: (work) => transaction(system, 'BEGIN', work),
    exclusive: locks.exclusive,
    listener: () => connected('listen'),
    async close() {
      closing = true; // the pool lets go of its connections before they are gone
      await Promise.all([tenants.end(), urgent.end(), system.end(), locks.close()]);
    },
  };
}

async function transaction<T>(pool: pg.Pool, begin: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const { tx, end } = transactionOf(client);
  let broken: Error | undefined;
  try {
    // Not awaited: the first statement follows in the same packet, and its failure tells of this one's.
    together(client);
    const begun = client.query(begin);
    begun.catch(() => undefined);
    const result = await work(tx).finally(end);
    await begun;
    const commit = await client.query('COMMIT');
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
    if (commit.command !== 'COMMIT') throw new Error('the transaction had failed and was rolled back');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: Error) => void (broken = cause));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** After its end it refuses: where one branch of the work failed, another may go on, and the connection is somebody else's by then. */
function transactionOf(client: pg.PoolClient): { tx: Tx; end(): void } {
  let hasEnded = false;
  const tx: Tx = {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      if (hasEnded) throw new Error('the transaction has ended');
      together(client);
      const answer = await client.query<Row>({ name: statementName(text), text, values: values as unknown[] });
      return answer.rows;
    },
    flush() {
      const stream = streamOf(client);
      while (stream.writableCorked > 0) stream.uncork();
    },
  };
  return { tx, end: () => void (hasEnded = true) };
}

/** What is asked of a connection in one turn leaves in one write. */
function together(client: pg.PoolClient): void {
  const stream = streamOf(client);
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function streamOf(client: pg.PoolClient): Duplex {
  return (client as unknown as { connection: pg.Connection }).connection.stream;
}

/** Statements are constant texts, so each is prepared once per connection under a name of its own. */
const names = new Map<string, string>();
function statementName(text: string): string {
  let name = names.get(text);
  if (!name) {
    name = `s${names.size}`;
    names.set(text, name);
  }
  return name;
}

/** The PostgreSQL error code (SQLSTATE) of an error, if it is one. */
export function sqlState(error: unknown): { code: string; constraint: string | undefined } | undefined {
  return error instanceof pg.DatabaseError && error.code
    ? { code: error.code, constraint: error.constraint }
    : undefined;
}
