import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Monitor } from '../../../src/monitors/model.ts';
import { startDesk, type Desk } from './desk.ts';
import { marketAt } from './watched.ts';

// As exchanges do, it answers an account 20 requests at once and 20 more each second.
const CREDITS = 20;
const BOOKS = 30;
/** Find, place and look up, at what the account may ask. */
const BY_THEN_MS = (1_000 * (3 * BOOKS)) / CREDITS + 10_000;

let desk: Desk;
let refused = 0;
let credits = CREDITS;
let at = Date.now();

beforeAll(async () => {
  desk = await startDesk(async (path) => {
    const now = Date.now();
    credits = Math.min(CREDITS, credits + ((now - at) / 1_000) * CREDITS);
    at = now;
    if (!path.includes('private/')) return undefined;
    if (credits < 1) {
      refused += 1;
      return { jsonrpc: '2.0', error: { code: 10028, message: 'too_many_requests' } };
    }
    credits -= 1;
    return undefined;
  });
});
afterAll(() => desk.stop());

test('breaches of many books on one account are hedged as fast as the exchange lets', { timeout: 60_000 }, async () => {
  const { app } = desk;
  await desk.watch(BOOKS, { coolDownSeconds: 0 });
  await new Promise((settled) => setTimeout(settled, 1_500));
  const begun = Date.now();
  await app.api().post('/v1/market-snapshots').send(marketAt(100_000, new Date())).expect(201);
  const held = async () => {
    const { body } = await app.api().get('/v1/monitors?limit=200').expect(200);
    return (body.items as Monitor[]).filter(({ decision }) => decision?.verdict === 'held').length;
  };
  let done = 0;
  const marks: string[] = [];
  while (done < BOOKS && Date.now() - begun < 30_000) {
    const now = await held();
    if (now !== done) marks.push(`${now} after ${((Date.now() - begun) / 1_000).toFixed(1)} s`);
    done = now;
    await new Promise((later) => setTimeout(later, 250));
  }
  console.info(`${refused} requests refused; hedged: ${marks.join(', ')}`);
  expect(done).toBe(BOOKS);
  expect(Date.now() - begun).toBeLessThan(BY_THEN_MS);
});
