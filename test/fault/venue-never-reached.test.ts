import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Venue } from '../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { execute, plannedHedge } from '../support/hedge.ts';

let app: TestApp;
let submits = 0;

function refuseTwice(real: Venue): Venue {
  return {
    ...real,
    async submit(order) {
      submits += 1;
      if (submits <= 2) throw new Error('connect ECONNREFUSED');
      return real.submit(order);
    },
  };
}

beforeAll(async () => {
  app = await startTestApp({ venues: ({ paper }) => ({ paper: refuseTwice(paper!) }) });
});
afterAll(() => app.stop());

test('an order that never reached the venue is sent again under the same id', async () => {
  const { plan } = await plannedHedge(app);
  const execution = await execute(app, plan.id);
  expect(execution.result).toMatchObject({ outcome: 'completed' });
  expect(submits).toBe(3);
  const detail = await app.api().get(`/v1/orders/${execution.orders[0]!.id}`).expect(200);
  expect(detail.body.transitions.map(({ to }: { to: string }) => to)).toEqual([
    'initialized',
    'submitted',
    'accepted',
    'filled',
  ]);
});
