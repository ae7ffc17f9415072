import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOrderId } from '../../src/execution/clientOrderId.ts';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import type { Venue, VenueOrder } from '../../src/execution/ports.ts';
import { mishapsOf } from '../../src/execution/rehearsal.ts';
import { RehearsalSchema } from '../../src/execution/rehearsalModel.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { plannedHedge } from '../support/hedge.ts';

// Latency, rejections and outages as a client asks for them: what the books hold in the end is what the venue's own book has traded.

const BOOKS = 12;
const RATES = { latencyMs: 100, rejectRate: 0.25, outageRate: 0.7, outageMs: 600 };

let app: TestApp;
const submitted: VenueOrder[] = [];
let paper: Venue;

beforeAll(async () => {
  app = await startTestApp({
    venues: (real) => {
      paper = real.paper!;
      return { ...real, paper: { ...paper, submit: (order) => (submitted.push(order), paper.submit(order)) } };
    },
  });
});
afterAll(() => app.stop());

test('every order has one fate, whatever was lost on the way to it', { timeout: 60_000 }, async () => {
  const books = await Promise.all(Array.from({ length: BOOKS }, () => plannedHedge(app)));
  const rehearsal = { ...RATES, seed: seedOfAll(books.map(({ plan }) => clientOrderId(plan.id, 0))) };
  const begun = await Promise.all(
    books.map(({ plan }) =>
      app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({ paper: rehearsal }).expect(202),
    ),
  );
  const ended = await Promise.all(begun.map(({ body }) => app.ended<Execution>(`/v1/executions/${body.id}`)));
  for (const [i, execution] of ended.entries()) await expectOneFate(books[i]!, execution);
  const times = ended.map((execution) => submissionsOf(execution).length);
  console.info(`seed ${rehearsal.seed}: ${BOOKS} orders, sent ${times.join(' ')} times: 0 lost, 0 doubled`);
  expect(Math.max(...times), 'one was lost on the way').toBe(2);
});

/** The first under which an order is rejected, one lost on its way, and one answer lost on the way back. */
function seedOfAll(ids: readonly string[]): number {
  for (let seed = 0; ; seed++) {
    const mishaps = ids.map((id) => mishapsOf(RehearsalSchema.parse({ ...RATES, seed }), id));
    const isMet = [true, false].every((reaches) =>
      mishaps.some(({ outage, isRejected }) => !isRejected && outage?.reaches === reaches),
    );
    if (isMet && mishaps.some(({ isRejected }) => isRejected)) return seed;
  }
}

function submissionsOf({ orders }: Execution): VenueOrder[] {
  return submitted.filter((order) => order.clientOrderId === orders[0]!.clientOrderId);
}

async function expectOneFate({ portfolioId, plan }: { portfolioId: string; plan: HedgePlan }, execution: Execution) {
  const planned = plan.result!.orders[0]!;
  const [order] = execution.orders;
  const known = await paper.lookup(submissionsOf(execution)[0]!);
  expect(order!.status).toBe(known!.status);
  expect(['filled', 'rejected']).toContain(order!.status);
  const held = order!.status === 'filled' ? planned.quantity : '0';
  expect(order!.filledQuantity).toBe(held);
  const { body } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  const hedge = body.items.find(({ id }: { id: string }) => id === 'hedge:deribit:BTC-PERPETUAL');
  expect(Math.abs(Number(hedge?.quantity ?? 0))).toBe(Number(held));
}
