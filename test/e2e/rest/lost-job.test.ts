import { afterAll, beforeAll, expect, test } from 'vitest';
import { pino } from 'pino';
import { startBallast } from '../../../src/app.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { openDatabase, type Database } from '../../../src/platform/database.ts';
import { sweepOperations } from '../../../src/platform/outbox.ts';
import { ANALYSES } from '../../../src/risk/service.ts';
import type { Analysis } from '../../../src/risk/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { EXPIRY, MARKET } from '../../support/fixtures.ts';

// Work that was accepted is done, whatever becomes of its job or of the process.

/** Options enough that an analysis takes a while. */
const BIG_BOOK = {
  name: 'big',
  positions: Array.from({ length: 20_000 }, (_, i) => ({
    id: `p${i}`,
    quantity: 1,
    instrument: {
      ...{ kind: 'option', underlying: 'BTC', settlement: 'inverse', optionType: i % 2 ? 'call' : 'put' },
      ...{ strike: 50_000 + i, expiry: EXPIRY },
    },
  })),
};

let app: TestApp;
let database: Database;
beforeAll(async () => {
  // Work is taken in here, and handed on and done by whom the tests start.
  app = await startTestApp({}, { roles: ['api'] });
  database = openDatabase(app.config.databaseUrl!, () => undefined);
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
});
afterAll(async () => {
  await database.close();
  await app.stop();
});

async function queued(book: object = { name: 'small', positions: [] }): Promise<string> {
  const { body } = await app.api().post('/v1/portfolios').send(book).expect(201);
  return (await app.api().post(`/v1/portfolios/${body.id}/analyses`).send({}).expect(202)).body.id;
}

const startWorker = () => startBallast({ ...app.config, roles: ['worker', 'dispatcher'] }, pino({ level: 'silent' }));
const status = async (id: string) => (await app.api().get(`/v1/analyses/${id}`).expect(200)).body.status as string;

/** As when the queue has lost what it was given: there is no job, and nothing in the outbox. */
const loseJobs = () => database.system((tx) => tx.query('DELETE FROM outbox'));

test('a queued analysis whose job was lost is queued again, and done', async () => {
  const id = await queued();
  await loseJobs();
  const worker = await startWorker();
  try {
    await new Promise((wait) => setTimeout(wait, 300));
    expect(await status(id)).toBe('queued');
    expect(await sweepOperations(database, systemClock, ANALYSES, 0)).toBe(1);
    expect(await app.ended<Analysis>(`/v1/analyses/${id}`)).toMatchObject({ status: 'succeeded', progress: 1 });
    expect(await sweepOperations(database, systemClock, ANALYSES, 0)).toBe(0);
  } finally {
    await worker.stop();
  }
});

test('one that shows life is left alone', async () => {
  await queued();
  await loseJobs();
  expect(await sweepOperations(database, systemClock, ANALYSES, 60_000)).toBe(0);
});

test('a running analysis whose worker died is begun again, and its numbers are the same', async () => {
  const id = await queued(BIG_BOOK);
  await loseJobs();
  await database.system((tx) =>
    tx.query(
      "UPDATE analysis SET status = 'running', attempt = 1, heartbeat_at = now() - interval '1 hour' WHERE id = $1",
      [id],
    ),
  );
  expect(await sweepOperations(database, systemClock, ANALYSES, 45_000)).toBe(1);
  const worker = await startWorker();
  try {
    const analysis = await app.ended<Analysis>(`/v1/analyses/${id}`);
    expect(analysis.result).toMatchObject({ valued: 20_000, unvalued: 0 });
  } finally {
    await worker.stop();
  }
});

test('a stop finishes the analysis in hand, or leaves it to the next worker', { timeout: 60_000 }, async () => {
  for (const patience of [0, 60]) {
    const id = await queued(BIG_BOOK);
    const worker = await startWorker();
    for (let i = 0; i < 2_000 && (await status(id)) === 'queued'; i++) await new Promise((wait) => setTimeout(wait, 2));
    await new Promise((wait) => setTimeout(wait, patience));
    await worker.stop();
    expect(['queued', 'running', 'succeeded']).toContain(await status(id));
    if ((await status(id)) !== 'succeeded') await sweepOperations(database, systemClock, ANALYSES, 0);
    const next = await startWorker();
    try {
      const analysis = await app.ended<Analysis>(`/v1/analyses/${id}`);
      expect(analysis).toMatchObject({ status: 'succeeded', result: { valued: 20_000 } });
    } finally {
      await next.stop();
    }
  }
});

test('a job that comes twice, at once, gives one result and is told once', async () => {
  const id = await queued(BIG_BOOK);
  await sweepOperations(database, systemClock, ANALYSES, 0);
  const workers = await Promise.all([startWorker(), startWorker()]);
  try {
    await app.ended<Analysis>(`/v1/analyses/${id}`);
    await new Promise((wait) => setTimeout(wait, 300));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  const told = await database.system((tx) =>
    tx.query("SELECT FROM event WHERE subject = $1 AND type IN ('analysis.completed', 'analysis.failed')", [id]),
  );
  expect(told).toHaveLength(1);
  const { body } = await app.api().get(`/v1/analyses/${id}/positions?limit=1`).expect(200);
  expect(body.items).toHaveLength(1);
});
