import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDesk, type Desk } from './desk.ts';
import { marketAt } from './watched.ts';

const BOOKS = 12;
/** An exchange far away. */
const SLOW_MS = 400;

let desk: Desk;
const placed: number[] = [];
let asked!: () => void;
const isAsked = new Promise<void>((resolve) => (asked = resolve));

beforeAll(async () => {
  desk = await startDesk(async (path) => {
    if (/private\/(buy|sell)/.test(path)) placed.push(Date.now());
    if (path.includes('get_order_state_by_label')) asked();
    await new Promise((later) => setTimeout(later, SLOW_MS));
    return undefined;
  });
});
afterAll(() => desk.stop());

test('once a halt has been answered nothing more is placed at an exchange', { timeout: 60_000 }, async () => {
  const { app } = desk;
  await desk.watch(BOOKS);
  await new Promise((settled) => setTimeout(settled, 1_000));
  await app.api().post('/v1/market-snapshots').send(marketAt(100_000, new Date())).expect(201);
  await isAsked; // the first order is looked up before it is placed
  await app.api().post('/v1/trading-state').send({ state: 'halted', reason: 'a test' }).expect(200);
  const answered = Date.now();
  await new Promise((later) => setTimeout(later, 3_000));
  const late = placed.filter((at) => at > answered).map((at) => at - answered);
  console.info(`${late.length} of ${BOOKS} orders were placed after the halt, up to ${Math.max(0, ...late)} ms`);
  expect(late).toEqual([]);
});
