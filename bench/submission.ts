import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import type { Portfolio } from '../src/portfolios/model.ts';
import { MARKET } from './books.ts';
import { end, freePort, KEY, quantile, ready, startPostgres, startService } from './service.ts';

const CONNECTIONS = 40;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;
const ROUNDS = 3;
const WORKED_OFF = 'ballast_operation_seconds_count{kind="analysis",outcome="succeeded"}';

/** Accepted submissions per second against the bare route on one machine; the median of rounds, each on a fresh database. `redisUrl` names a
 * server whose databases 0, 1 and 2 are empty. */
export async function benchSubmission(redisUrl?: string) {
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(redisUrl && `${redisUrl}/${i}`));
  const median = (name: keyof Round) =>
    quantile(
      rounds.map((each) => each[name]),
      0.5,
    );
  return {
    name: `submission: accepted per second, ${CONNECTIONS} connections, ${redisUrl ? 'Redis' : 'embedded'} mode`,
    metrics: {
      ballastPerSecond: median('ours'),
      barePerSecond: median('theirs'),
      ratio: median('ratio'),
      workedOffPerSecond: median('workedOff'),
    },
  };
}

interface Round {
  ours: number;
  theirs: number;
  ratio: number;
  /** Analyses that were finished meanwhile, per second. */
  workedOff: number;
}

/** First the bare route, alone, then the service with every role, which works off what it accepts while it accepts more. */
async function round(redisUrl: string | undefined): Promise<Round> {
  const postgres = await startPostgres();
  try {
    const bare = await startBare(postgres.url);
    const theirs = await load(`${bare.url}/portfolios/${randomUUID()}/analyses`).finally(() => bare.stop());
    const service = await startService(postgres.url, redisUrl);
    await service.call('POST', '/v1/market-snapshots', MARKET);
    const { id } = await service.call<Portfolio>('POST', '/v1/portfolios', {
      name: 'bench',
      asOf: MARKET.asOf,
      positions: [],
    });
    const ours = await load(`${service.url}/v1/portfolios/${id}/analyses`);
    const workedOff = (await service.metrics()).get(WORKED_OFF) ?? 0;
    await service.stop();
    return { ours, theirs, ratio: ours / theirs, workedOff: workedOff / (WARM_UP_SECONDS + SECONDS) };
  } finally {
    await postgres.stop();
  }
}

/** Warms up, then counts. */
async function load(url: string): Promise<number> {
  await shoot(url, WARM_UP_SECONDS);
  return shoot(url, SECONDS);
}

async function shoot(url: string, duration: number): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration,
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: '{"deltaConvention":"black_scholes"}',
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} errors`);
  return result['2xx'] / result.duration;
}

async function startBare(databaseUrl: string) {
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    BALLAST_SECRET_KEY: randomBytes(32).toString('base64'),
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/bareServer.ts'], { env, stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}/readyz`, child);
  return { url, stop: () => end(child) };
}
