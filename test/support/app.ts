import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import supertest from 'supertest';
import { startBallast, type Ballast, type Parts } from '../../src/app.ts';
import type { Config } from '../../src/platform/config.ts';
import { freshRedis } from './redis.ts';
import { createTestDatabase } from './database.ts';

export interface TestApp {
  ballast: Ballast;
  config: Config;
  /** The key of the first tenant: admin and operator. */
  key: string;
  /** A request with the key of the first tenant, or with another one. */
  api(key?: string): Api;
  /** Another tenant, by its admin key. */
  otherTenant(): Promise<string>;
  /** A key of the first tenant with these scopes only. */
  keyWith(scopes: string[]): Promise<string>;
  /** Polls a slow resource until it has ended. */
  ended<T extends { status: string }>(path: string, key?: string): Promise<T>;
  stop(): Promise<void>;
}

type Method = 'get' | 'post' | 'put' | 'delete' | 'patch';
export type Api = Record<Method, (path: string) => supertest.Test>;

const KEY = 'blst_test_key_of_the_first_tenant_00000000000';

/** The real service over a database of its own, with the Redis of the run if there is one. */
export async function startTestApp(parts: Parts = {}, overrides: Partial<Config> = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-app-'));
  const config: Config = {
    port: 0,
    host: '127.0.0.1',
    dataDir,
    bootstrapKey: KEY,
    databaseUrl: database.url,
    redisUrl: await freshRedis(),
    roles: ['api', 'worker', 'dispatcher'],
    secretKey: randomBytes(32),
    venuesFile: undefined,
    recordings: undefined,
    deribitUrl: 'http://127.0.0.1:1', // nobody is there
    webhookAllowPrivate: true,
    logLevel: 'silent',
    ...overrides,
  };
  const ballast = await startBallast(config, pino({ level: config.logLevel }), parts);
  const api = (key = KEY): Api => {
    const call = (method: Method) => (path: string) =>
      supertest(ballast.http.server)[method](path).set('authorization', `Bearer ${key}`);
    return { get: call('get'), post: call('post'), put: call('put'), delete: call('delete'), patch: call('patch') };
  };
  return {
    ballast,
    config,
    key: KEY,
    api,
    async otherTenant() {
      const answer = await api().post('/v1/tenants').send({ name: 'another' }).expect(201);
      return answer.body.adminKey.key as string;
    },
    async keyWith(scopes) {
      const answer = await api()
        .post('/v1/api-keys')
        .send({ name: scopes.join().slice(0, 100), scopes })
        .expect(201);
      return answer.body.key as string;
    },
    async ended<T extends { status: string }>(path: string, key?: string) {
      for (let i = 0; i < 1_000; i++) {
        const { body } = await api(key).get(path).expect(200);
        if (['succeeded', 'failed', 'cancelled'].includes(body.status)) return body as T;
        await new Promise((wait) => setTimeout(wait, 15));
      }
      throw new Error(`${path} did not end`);
    },
    async stop() {
      await ballast.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Received {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
  headers: IncomingHttpHeaders;
}

/** A webhook receiver that takes only what the published library verifies. */
export async function startReceiver() {
  const received: Received[] = [];
  const refused: string[] = [];
  let secret = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      try {
        const event = new Webhook(secret).verify(body, request.headers as Record<string, string>) as Omit<
          Received,
          'headers'
        >;
        received.push({ ...event, headers: request.headers });
        response.writeHead(204).end();
      } catch (error) {
        refused.push(String(error));
        response.writeHead(401).end();
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/hooks`,
    received,
    refused,
    use: (given: string) => void (secret = given),
    async wait(type: string): Promise<Received> {
      for (let i = 0; i < 1_400; i++) {
        const found = received.find((event) => event.type === type);
        if (found) return found;
        await new Promise((wait) => setTimeout(wait, 15));
      }
      throw new Error(`no ${type} came; got ${received.map((event) => event.type).join()}`);
    },
    close: () => server.close(),
  };
}
