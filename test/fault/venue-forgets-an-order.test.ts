import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Venue } from '../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { execute, plannedHedge } from '../support/hedge.ts';

// The venue accepts an order, and then for a while answers that it has never seen it.

let app: TestApp;
let submits = 0;
let forgetful = 2;

function forget(real: Venue): Venue {
  return {
    ...real,
    async submit(order) {
      submits += 1;
      const report = await real.submit(order);
      return { ...report, status: 'accepted', fills: [] };
    },
    lookup: async (order) => (forgetful-- > 0 ? undefined : real.lookup(order)),
  };
}

beforeAll(async () => {
  app = await startTestApp({ venues: ({ paper }) => ({ paper: forget(paper!) }) });
});
afterAll(() => app.stop());

test('an order that was accepted is never sent again: it is looked up until the venue remembers', async () => {
  const { plan } = await plannedHedge(app);
  const execution = await execute(app, plan.id);
  expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  expect(submits).toBe(1);
  expect(forgetful).toBeLessThanOrEqual(0);
});
