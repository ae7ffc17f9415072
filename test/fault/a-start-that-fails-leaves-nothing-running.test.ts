import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startBallast } from '../../src/app.ts';
import { readConfig } from '../../src/platform/config.ts';
import { startEmbeddedPostgres } from '../../src/platform/embeddedPostgres.ts';

test('what was started before the failure is stopped: the data folder is free again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-failing-'));
  const venues = () => {
    throw new Error('the venue is misconfigured');
  };
  const starting = startBallast(readConfig({ BALLAST_DATA_DIR: dataDir }), pino({ level: 'silent' }), { venues });
  await expect(starting).rejects.toThrow('the venue is misconfigured');
  const server = await startEmbeddedPostgres({ dataDir });
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});
