import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import type { Portfolio } from '../src/portfolios/model.ts';
import { MARKET } from './books.ts';
import { end, freePort, KEY, quantile, ready, startPostgres, startService } from './service.ts';

const CONNECTIONS = 40;
const SECONDS = 5;
const ROUNDS = 3;

/** Accepted submissions per second against the bare route, in turn on one machine; the median ratio of the rounds. */
export async function benchSubmission(redisUrl?: string) {
  const postgres = await startPostgres();
  const service = await startService(postgres.url, redisUrl);
  const bare = await startBare(postgres.url);
  try {
    await service.call('POST', '/v1/market-snapshots', MARKET);
    const { id } = await service.call<Portfolio>('POST', '/v1/portfolios', {
      name: 'bench',
      asOf: MARKET.asOf,
      positions: [],
    });
    const rounds: { ours: number; theirs: number; ratio: number }[] = [];
    for (let i = 0; i <= ROUNDS; i++) {
      const theirs = await load(`${bare.url}/portfolios/${randomUUID()}/analyses`);
      const ours = await load(`${service.url}/v1/portfolios/${id}/analyses`);
      if (i > 0) rounds.push({ ours, theirs, ratio: ours / theirs }); // the first round warms both up
      await drained(service);
    }
    const median = (name: 'ours' | 'theirs' | 'ratio') =>
      quantile(
        rounds.map((round) => round[name]),
        0.5,
      );
    return {
      name: `submission: accepted per second, ${CONNECTIONS} connections, ${redisUrl ? 'Redis' : 'embedded'} mode`,
      metrics: { ballastPerSecond: median('ours'), barePerSecond: median('theirs'), ratio: median('ratio') },
    };
  } finally {
    await bare.stop();
    await service.stop();
    await postgres.stop();
  }
}

/** Waits until the jobs of the last round are gone: they must not be paid for by the next. */
async function drained(service: Awaited<ReturnType<typeof startService>>): Promise<void> {
  for (;;) {
    const metrics = await service.metrics();
    const left = [...metrics]
      .filter(([name]) => name.startsWith('ballast_queue_jobs'))
      .reduce((sum, [, value]) => sum + value, 0);
    if (left === 0) return;
    await new Promise((wait) => setTimeout(wait, 200));
  }
}

async function load(url: string): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
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
