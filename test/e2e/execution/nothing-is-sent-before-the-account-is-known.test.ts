import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenOrder, Venue } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { fakeVenue } from '../../support/fakeVenue.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { filled } from './scripted.ts';

const FOREIGN: OpenOrder = {
  ...{ clientOrderId: null, venueOrderId: 'v-1', instrument: 'BTC-PERPETUAL' },
  ...{ side: 'buy', quantity: '100', filledQuantity: '10' },
};

let app: TestApp;
let open: () => Promise<OpenOrder[]>;
const sent: string[] = [];
beforeAll(async () => {
  const fake = fakeVenue(filled);
  const deribit: Venue = {
    ...fake,
    submit: (order) => (sent.push(order.clientOrderId), fake.submit(order)),
    openOrders: () => open(),
  };
  app = await startTestApp({ venues: (real) => ({ ...real, deribit }) });
});
afterAll(() => app.stop());

async function account(): Promise<string> {
  const credentials = { venue: 'deribit', apiKey: 'id', apiSecret: 'secret' };
  const { body } = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
  return body.id;
}

test('no order goes out while the venue does not say what is open there, and the orders of others are told', async () => {
  let asked = 0;
  open = async () => (asked++, Promise.reject(new Error('no answer')));
  const accountId = await account();
  const { plan } = await plannedHedge(app);
  const request = { venue: 'deribit', accountId };
  const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
  await expect.poll(() => asked, { timeout: 5_000 }).toBeGreaterThan(0);
  expect(sent).toEqual([]);
  open = async () => [FOREIGN];
  const ended = await app.ended<{ status: string; orders: { clientOrderId: string }[] }>(`/v1/executions/${body.id}`);
  expect(ended).toMatchObject({ status: 'succeeded', result: { outcome: 'completed' } });
  expect(sent).toEqual(ended.orders.map(({ clientOrderId }) => clientOrderId));
  const found = await app.api().get(`/v1/venue-accounts/${accountId}`).expect(200);
  expect(found.body).toMatchObject({ externalOrders: 1 });
  const { body: external } = await app.api().get(`/v1/venue-accounts/${accountId}/external-orders`).expect(200);
  const { clientOrderId, venueOrderId, quantity } = FOREIGN;
  expect(external.items).toMatchObject([{ clientOrderId, venueOrderId, quantity, filledQuantity: '10' }]);
});

test('an execution is refused where venue and account do not go together', async () => {
  const { plan } = await plannedHedge(app);
  const path = `/v1/hedge-plans/${plan.id}/execution`;
  const refuse = async (request: object, pointer: string, code: string) => {
    const { body } = await app.api().post(path).send(request).expect(422);
    expect(body.errors).toMatchObject([{ pointer, code }]);
  };
  const accountId = await account();
  await refuse({ venue: 'binance', accountId }, '/venue', 'unknown_venue');
  await refuse({ venue: 'deribit', accountId: plan.id }, '/accountId', 'unknown_account');
  await refuse({ venue: 'deribit' }, '/accountId', 'custom');
  await refuse({ venue: 'paper', accountId }, '/accountId', 'custom');
  await refuse({ venue: 'moon' }, '/venue', 'invalid_value');
  const other = await app.otherTenant();
  await app.api(other).post(path).send({}).expect(404);
});
