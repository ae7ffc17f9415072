import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBallast, type Ballast, type Parts } from '../../../src/app.ts';
import type { Execution } from '../../../src/execution/model.ts';
import type { OrderReport, Venue, VenueOrder } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { filled } from '../execution/scripted.ts';
import { marketAt } from './watched.ts';

const BOOKS = 16;
const wait = (ms: number) => new Promise((later) => setTimeout(later, ms));

/** Takes an id any number of times; is slow, loses answers, or takes nothing, each the first time that it is asked. */
const taken = new Map<string, OrderReport[]>();
const tries = new Map<string, number>();
const inside = new Map<string, number>();
let together = 0;
const venue: Venue = {
  async submit(order: VenueOrder) {
    const id = order.clientOrderId;
    const tried = (tries.get(id) ?? 0) + 1;
    tries.set(id, tried);
    inside.set(id, (inside.get(id) ?? 0) + 1);
    if (inside.get(id)! > 1) together += 1;
    try {
      const kind = [...tries.keys()].indexOf(id) % 4;
      if (kind === 0) await wait(6_500);
      if (kind === 1 && tried === 1) {
        await wait(5_500);
        throw new Error('nothing was taken');
      }
      taken.set(id, [...(taken.get(id) ?? []), filled(order)[0]!]);
      if (kind === 2 && tried === 1) throw new Error('the answer is lost');
      return taken.get(id)![0]!;
    } finally {
      inside.set(id, inside.get(id)! - 1);
    }
  },
  lookup: async ({ clientOrderId }) => taken.get(clientOrderId)?.[0],
  cancel: async ({ clientOrderId }) => taken.get(clientOrderId)?.[0],
  openOrders: async () => [],
};

let app: TestApp;
let other: Ballast;
beforeAll(async () => {
  const parts: Parts = { venues: () => ({ paper: venue }) };
  app = await startTestApp(parts);
  other = await startBallast({ ...app.config, roles: ['worker', 'dispatcher'] }, pino({ level: 'silent' }), parts);
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

test(
  'of two processes, with the queue beside it, every order is taken once and every execution ends',
  { timeout: 120_000 },
  async () => {
    const books: string[] = [];
    for (let i = 0; i < BOOKS; i++) {
      const positions = [{ instrument: 'deribit:BTC-PERPETUAL', quantity: '50000' }];
      const { body: book } = await app.api().post('/v1/portfolios').send({ name: 'a book', positions }).expect(201);
      books.push(book.id);
      const policy = { kind: 'delta_tolerance', tolerance: 0.01, rebalanceTo: 'target' };
      const plan = { policy, targets: [{ underlying: 'BTC' }] };
      const more = { execution: { validForSeconds: 3_600 }, maxAgeSeconds: 86_400, coolDownSeconds: 0 };
      await app
        .api()
        .post('/v1/monitors')
        .send({ portfolioId: book.id, plan, ...more })
        .expect(201);
    }
    await wait(800);
    await app.api().post('/v1/market-snapshots').send(marketAt(100_000, new Date())).expect(201);
    const ended: Execution[] = [];
    for (const book of books) {
      await expect
        .poll(async () => (await app.api().get(`/v1/orders?portfolioId=${book}`)).body.items[0]?.status, {
          timeout: 90_000,
        })
        .toBe('filled');
      const { body } = await app.api().get(`/v1/orders?portfolioId=${book}`).expect(200);
      expect(body.items).toHaveLength(1);
      const execution = await app.ended<Execution>(`/v1/executions/${body.items[0].executionId}`);
      expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
      ended.push(execution);
    }
    expect(ended).toHaveLength(BOOKS);
    expect(together).toBe(0);
    expect([...taken.values()].map((reports) => reports.length)).toEqual(Array(BOOKS).fill(1));
  },
);
