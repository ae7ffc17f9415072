import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import type { Venue } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { fakeVenue } from '../../support/fakeVenue.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { filled } from './scripted.ts';

// A venue that thinks for a while before it writes the order down, as the on-chain one does while it quotes and simulates.
let app: TestApp;
let open!: () => void;
let submits = 0;
const gate = new Promise<void>((resolve) => (open = resolve));
beforeAll(async () => {
  const fake = fakeVenue(filled);
  const paper: Venue = {
    ...fake,
    submit: async (order) => {
      submits++;
      await gate;
      return fake.submit(order);
    },
  };
  app = await startTestApp({ venues: () => ({ paper }) });
});
afterAll(() => app.stop());

test('called off while the venue takes the order: the execution does not end before that is known, and the fill is booked', async () => {
  const { plan, portfolioId } = await plannedHedge(app);
  const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(202);
  await expect.poll(() => submits, { timeout: 5_000 }).toBe(1);
  await app.api().post(`/v1/executions/${body.id}/cancellation`).expect(200);
  await Promise.race([
    app.ended<Execution>(`/v1/executions/${body.id}`).catch(() => undefined),
    new Promise<undefined>((wait) => setTimeout(() => wait(undefined), 4_000)),
  ]);
  open();
  await new Promise((wait) => setTimeout(wait, 3_000));
  const { body: order } = await app.api().get(`/v1/orders/${body.orders[0].id}`).expect(200);
  const { body: positions } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  const hedge = positions.items.find(({ id }: { id: string }) => id.startsWith('hedge:'));
  expect(order.filledQuantity).toBe(order.quantity); // it traded
  expect(hedge, 'what traded is in the book').toBeDefined();
});
