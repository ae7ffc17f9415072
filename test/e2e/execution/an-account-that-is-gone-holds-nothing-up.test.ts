import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Venue } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { fakeVenue } from '../../support/fakeVenue.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { filled } from './scripted.ts';

let app: TestApp;
beforeAll(async () => {
  const deribit: Venue = { ...fakeVenue(filled), openOrders: () => Promise.reject(new Error('invalid api key')) };
  app = await startTestApp({ venues: (real) => ({ ...real, deribit }) });
});
afterAll(() => app.stop());

test('an execution of which nothing was sent can be called off, and expires, though the account cannot be compared', async () => {
  const credentials = { venue: 'deribit', apiKey: 'id', apiSecret: 'revoked' };
  const { body: account } = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
  const { plan } = await plannedHedge(app);
  const request = { venue: 'deribit', accountId: account.id, validForSeconds: 1 };
  const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
  await new Promise((wait) => setTimeout(wait, 1_500));
  await app.api().post(`/v1/executions/${body.id}/cancellation`).expect(200);
  await new Promise((wait) => setTimeout(wait, 12_000)); // all attempts of both jobs are over by then
  const { body: now } = await app.api().get(`/v1/executions/${body.id}`);
  expect(now.orders[0].status).toBe('denied');
  expect(now.status).toBe('succeeded');
});
