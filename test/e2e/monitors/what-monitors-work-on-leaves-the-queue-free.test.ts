import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Venue, VenueOrder } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { fakeVenue } from '../../support/fakeVenue.ts';
import { makePlan } from '../../support/hedge.ts';
import { filled } from '../execution/scripted.ts';
import { marketAt } from './watched.ts';

const BOOKS = 8;
const SLOW_MS = 9_500;
const SYMBOL = 'deribit:BTC-PERPETUAL';
const wait = (ms: number) => new Promise((later) => setTimeout(later, ms));

const sent: string[] = [];
const real = fakeVenue(filled);
const venue: Venue = {
  ...real,
  async submit(order: VenueOrder) {
    sent.push(order.clientOrderId);
    if (sent.length <= BOOKS) await wait(SLOW_MS);
    return real.submit(order);
  },
};

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ venues: () => ({ paper: venue }) });
});
afterAll(() => app.stop());

const openBook = async (): Promise<string> => {
  const positions = [{ instrument: SYMBOL, quantity: '50000' }];
  return (await app.api().post('/v1/portfolios').send({ name: 'a book', positions }).expect(201)).body.id;
};

test('what a client asks for is sent while monitors wait for a slow venue', { timeout: 90_000 }, async () => {
  const policy = { kind: 'delta_tolerance', tolerance: 0.01, rebalanceTo: 'target' };
  const plan = { policy, targets: [{ underlying: 'BTC' }] };
  for (let i = 0; i < BOOKS; i++)
    await app
      .api()
      .post('/v1/monitors')
      .send({ portfolioId: await openBook(), plan, maxAgeSeconds: 86_400 })
      .expect(201);
  await wait(800);
  await app.api().post('/v1/market-snapshots').send(marketAt(100_000, new Date())).expect(201);
  await expect.poll(() => sent.length, { timeout: 10_000 }).toBe(BOOKS);
  await wait(6_000);
  const { id } = await makePlan(app, await openBook(), { targets: [{ underlying: 'BTC' }] });
  await app.api().post(`/v1/hedge-plans/${id}/execution`).send({}).expect(202);
  const asked = Date.now();
  await expect.poll(() => sent.length, { timeout: 60_000 }).toBe(BOOKS + 1);
  const waited = Date.now() - asked;
  console.info(`sent ${waited} ms after it was asked for`);
  expect(waited).toBeLessThan(2_000);
});
