import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backtest } from '../../src/simulation/resultModel.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

// A worker process is killed with SIGKILL while it runs shards of a backtest; another one runs them again. The numbers are
// those of a backtest that nothing happened to, to the bit.

let app: TestApp;
let worker: ChildProcess | undefined;
const secretKey = randomBytes(32);

beforeAll(async () => {
  app = await startTestApp({}, { roles: ['api', 'dispatcher'], secretKey });
});
afterAll(async () => {
  worker?.kill('SIGKILL');
  await app.stop();
});

function startWorker(): ChildProcess {
  const env = {
    PATH: process.env['PATH'],
    BALLAST_ROLES: 'worker',
    DATABASE_URL: app.config.databaseUrl,
    BALLAST_SECRET_KEY: secretKey.toString('base64'),
    LOG_LEVEL: 'error',
    REDIS_URL: app.config.redisUrl,
  };
  return spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { env, stdio: 'ignore' });
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

const REQUEST = {
  paths: {
    model: 'heston',
    spot: 100,
    drift: 0.05,
    v0: 0.04,
    kappa: 2,
    theta: 0.04,
    sigma: 0.4,
    rho: -0.7,
    count: 60_000,
  },
  market: { rate: 0.02, vol: 0.2 },
  ...{ monitoringSteps: 60, horizonYears: 0.25 },
  book: [{ type: 'call', strike: 100, expiryYears: 0.25, quantity: '-1' }],
  strategies: [
    { name: 'always', policy: { kind: 'delta_tolerance', tolerance: 0 }, costs: { proportional: 0.001 } },
    { name: 'ww', policy: { kind: 'whalley_wilmott', riskAversion: 1 }, costs: { proportional: 0.001 } },
  ],
};

const submit = async (): Promise<string> => (await app.api().post('/v1/backtests').send(REQUEST).expect(202)).body.id;

async function until(id: string, isSo: (backtest: Backtest) => boolean): Promise<Backtest> {
  for (let i = 0; i < 6_000; i++) {
    const backtest = (await app.api().get(`/v1/backtests/${id}`).expect(200)).body as Backtest;
    if (isSo(backtest)) return backtest;
    await new Promise((wait) => setTimeout(wait, 20));
  }
  throw new Error('it did not come to that');
}

const hasEnded = ({ status }: Backtest) => status === 'succeeded' || status === 'failed';

test(
  'after kill -9 of the worker another one finishes the backtest, with the same result to the bit',
  { timeout: 180_000 },
  async () => {
    worker = startWorker();
    const struck = await submit();
    const before = await until(struck, ({ shardsDone }) => shardsDone > 0);
    await kill(worker);
    expect(before.shards).toBeGreaterThan(before.shardsDone);
    expect(before.status).toBe('running');

    worker = startWorker();
    const finished = await until(struck, hasEnded);
    expect(finished).toMatchObject({ status: 'succeeded', progress: 1, problem: null, shardsDone: before.shards });
    const undisturbed = await until(await submit(), hasEnded);
    expect(finished.result).toEqual(undisturbed.result);
    expect(undisturbed.result!.paths).toBe(60_000);
  },
);
