import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderReport } from '../../../src/execution/ports.ts';
import { startLateVenue, type LateVenue } from './lateVenue.ts';
import { reporter } from './scripted.ts';

let stage: LateVenue;
beforeAll(async () => {
  stage = await startLateVenue();
});
afterAll(() => stage.app.stop());

test('a fill that the venue tells of after the end goes into book and ledger, and looking again adds nothing', async () => {
  const { app } = stage;
  let late: OrderReport | undefined;
  stage.first = (order) => {
    const { report, fill } = reporter(order);
    late = report('canceled', [fill('t1', 0.25), fill('t2', 0.5)]);
    return report('canceled', [fill('t1', 0.25)]);
  };
  const { portfolioId, orderId } = await stage.ended();
  const versions = async () => (await app.api().get(`/v1/portfolios/${portfolioId}`)).body.version as number;
  expect(await versions()).toBe(2);
  stage.told = late;
  await stage.startAgain();
  expect(await versions()).toBe(3);
  await stage.startAgain();
  expect(await versions()).toBe(3);
  const { body: order } = await app.api().get(`/v1/orders/${orderId}`);
  expect(order).toMatchObject({ status: 'canceled', fills: [{ tradeId: 't1' }, { tradeId: 't2' }] });
  const { filled, held } = await stage.bookOf(portfolioId, orderId);
  expect(held).toBe(filled);
  const { body: events } = await app.api().get('/v1/events?limit=200');
  const types = events.items.map(({ type }: { type: string }) => type);
  expect(types.filter((type: string) => type === 'order.filled_late')).toHaveLength(1);
});
