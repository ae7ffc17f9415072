import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Venue } from '../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { execute, plannedHedge } from '../support/hedge.ts';

// The venue does as it is asked, and the answer is lost; then even asking what became of it fails for a while.

let app: TestApp;
const calls: string[] = [];
let lookupsThatFail = 2;

function loseAnswers(real: Venue): Venue {
  return {
    ...real,
    async submit(order) {
      calls.push(`submit ${order.clientOrderId}`);
      await real.submit(order);
      throw new Error('socket hang up');
    },
    async lookup(order) {
      calls.push(`lookup ${order.clientOrderId}`);
      if (lookupsThatFail-- > 0) throw new Error('gateway timeout');
      return real.lookup(order);
    },
  };
}

beforeAll(async () => {
  app = await startTestApp({ venues: ({ paper }) => ({ paper: loseAnswers(paper!) }) });
});
afterAll(() => app.stop());

test('an order whose answer was lost is looked up, never sent twice, and its fills count once', async () => {
  const { portfolioId, plan } = await plannedHedge(app);
  const execution = await execute(app, plan.id);
  expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  const [order] = execution.orders;
  expect(order!.filledQuantity).toBe(plan.result!.orders[0]!.quantity);
  expect(calls.filter((call) => call.startsWith('submit'))).toHaveLength(1);
  const positions = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  const hedge = positions.body.items.find(({ id }: { id: string }) => id === 'hedge:deribit:BTC-PERPETUAL');
  expect(Math.abs(Number(hedge.quantity))).toBe(Number(order!.filledQuantity));
});
