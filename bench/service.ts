import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/platform/embeddedPostgres.ts';

export const KEY = 'blst_bench_key_that_lives_for_one_run_00000000';

export interface Service {
  url: string;
  call<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** The service's own metrics, by name with labels, as /metrics prints them. */
  metrics(): Promise<Map<string, number>>;
  stop(): Promise<void>;
}

/** A durable PostgreSQL of this run: the embedded one, as `npm start` has it. */
export async function startPostgres() {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-bench-'));
  const server = await startEmbeddedPostgres({ dataDir: folder });
  return {
    url: server.url(),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Builds once per run: what is measured is what production runs. */
export function build(): void {
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the build failed');
}

/** The service as a process of its own, all roles. */
export async function startService(databaseUrl: string, redisUrl?: string, venuesFile?: string): Promise<Service> {
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl ?? '',
    ...(venuesFile ? { BALLAST_VENUES: venuesFile } : {}),
    BALLAST_BOOTSTRAP_KEY: KEY,
    BALLAST_SECRET_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, startArguments(), { env, stdio: ['ignore', 'inherit', 'ignore'] });
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}/readyz`, child);
  return {
    url,
    async call<T>(method: string, path: string, body?: unknown, contentType = 'application/json') {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${KEY}`,
          'if-match': '*',
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
    async metrics() {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
      return new Map(
        lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
      );
    },
    stop: () => end(child),
  };
}

/** As `npm start` runs it. */
function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').slice(1);
}

export async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode}`);
    if (
      await fetch(url).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await wait(50);
  }
  throw new Error(`${url} does not answer`);
}

export async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
