import { Redis } from 'ioredis';
import { inject } from 'vitest';

/** Suites run side by side, and some start several services: so many databases for each. */
const OWN = 4;
const SUITES = 4;
let taken = 0;

/** An empty database of the run's Redis that nobody else uses, undefined where jobs go through PostgreSQL. A queue knows its jobs by numbers of one PostgreSQL. */
export async function freshRedis(): Promise<string | undefined> {
  const url = inject('redisUrl');
  if (!url) return undefined;
  const suite = Number(process.env['VITEST_POOL_ID'] ?? 0) % SUITES;
  const own = `${url.replace(/\/\d*$/, '')}/${suite * OWN + (taken++ % OWN)}`;
  const redis = new Redis(own);
  await redis.flushdb();
  redis.disconnect();
  return own;
}
