import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';

const KEY = 'blst_test_key_for_the_process_that_is_killed_0';
const READY_MS = 30_000;
/** Lost jobs are taken up again after their lock has run out, and an order is looked for until it can no longer arrive. */
export const RECOVERY_MS = 120_000;

/** The real service as a process of its own, to be killed and started anew over the same database. */
export interface ServiceProcess {
  /** Answers once it is ready. */
  start(): Promise<void>;
  /** By SIGKILL. */
  kill(): Promise<void>;
  call<T>(method: string, path: string, body?: object): Promise<T>;
  /** Asks for a slow resource until it has ended. */
  until<T extends { status: string }>(path: string): Promise<T>;
}

export function serviceProcess(databaseUrl: string, environment: Record<string, string | undefined>): ServiceProcess {
  const env = {
    ...{ PATH: process.env['PATH'], PORT: '0', DATABASE_URL: databaseUrl, LOG_LEVEL: 'error' },
    ...{ BALLAST_BOOTSTRAP_KEY: KEY, BALLAST_SECRET_KEY: randomBytes(32).toString('base64') },
    ...environment,
  };
  let child: ChildProcess | undefined;
  let url = '';
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    call,
    async start() {
      child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      url = await announcedAddress(child);
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child!.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
    async until<T extends { status: string }>(path: string) {
      for (let waited = 0; waited < RECOVERY_MS; waited += 50) {
        const resource = await call<T>('GET', path);
        if (resource.status === 'succeeded' || resource.status === 'failed') return resource;
        await wait(50);
      }
      throw new Error(`${path} did not end`);
    },
  };
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The process takes a port of its own and tells it: one chosen for it could be another test's by the time it listens. */
function announcedAddress(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let said = '';
    const fail = () => failed(new Error(`the process did not become ready: ${said}`));
    const patience = setTimeout(fail, READY_MS);
    child.once('exit', fail);
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /listens on (http:\S+)/.exec(said)?.[1];
      if (!address) return;
      clearTimeout(patience);
      child.off('exit', fail);
      found(address);
    });
  });
}
