import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { feedWorker, instantsOf } from '../support/feeds.ts';

// A process that replays recorded chains, killed with SIGKILL again and again at moments of its own: no chain is lost, none comes twice.

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit_history');
const PROCESS = join(import.meta.dirname, '../support/feedProcess.ts');
const KILLS = 8;

let database: TestDatabase;

beforeAll(async () => void (database = await createTestDatabase()));
afterAll(() => database.drop());

test.skipIf(!existsSync(FOLDER))(
  'after kill -9 in the middle of a replay every chain is there once',
  { timeout: 120_000 },
  async () => {
    const tenantId = await database.tenant();
    const feeds = feedWorker(database, { recordings: FOLDER });
    const id = crypto.randomUUID();
    const recording = 'chain6h_20260515_20260626_btc';
    const speed = 1e6; // about 20 ms between two chains
    await feeds.create(tenantId, id, { kind: 'replay', recording, speed, perpetualAtIndex: false });

    const seen: number[] = [];
    for (let kill = 0; kill <= KILLS; kill++) {
      const before = (await feeds.get(tenantId, id)).snapshots;
      const args = ['--import', 'tsx', PROCESS, database.url, FOLDER];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      const exited = new Promise((exit) => child.once('exit', exit));
      // The last of them is let run.
      const wanted = kill < KILLS ? before + 3 + 2 * kill : Infinity;
      for (let i = 0; i < 3_000; i++) {
        const { snapshots, status } = await feeds.get(tenantId, id);
        if (snapshots >= wanted || status === 'finished') break;
        await new Promise((wait) => setTimeout(wait, 5));
      }
      await new Promise((wait) => setTimeout(wait, 3 * kill)); // at another point of the next one
      child.kill('SIGKILL');
      await exited;
      // As it would by itself after a quarter of a minute.
      await database.db.system((tx) => tx.query('UPDATE market_feed SET lease_until = now()'));
      seen.push((await feeds.get(tenantId, id)).snapshots);
    }

    const instants = await instantsOf(database);
    expect(await feeds.get(tenantId, id)).toMatchObject({ status: 'finished', snapshots: 166, lastError: null });
    expect(instants).toHaveLength(166);
    expect(instants).toEqual([...new Set(instants)].sort());
    expect(seen.slice(0, KILLS).every((count, i) => count > (seen[i - 1] ?? 0) && count < 166)).toBe(true);
  },
);
