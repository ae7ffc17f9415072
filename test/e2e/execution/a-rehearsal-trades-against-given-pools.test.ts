import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution, OrderDetail } from '../../../src/execution/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

const AS_OF = '2030-11-01T08:00:00.000Z';
const MARKET = { asOf: AS_OF, source: 'test', underlyings: [{ underlying: 'ETH', spot: { mark: 3_000 } }] };
const BOOK = { name: 'ether', asOf: AS_OF, positions: [{ instrument: 'spot:ETH/USD', quantity: '20' }] };
const PLAN = { targets: [{ underlying: 'ETH' }], instruments: [{ instrument: 'spot:ETH/USD' }], collarBps: 500 };
const POOLS = [
  { type: 'constant_product', reserveIn: 1_000, reserveOut: 3_000_000, fee: 0.003, fixedCost: 4 },
  { type: 'order_book', levels: [[2_995, 5]], fee: 0 },
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
});
afterAll(() => app.stop());

async function execute(paper: object) {
  const { body: portfolio } = await app.api().post('/v1/portfolios').send(BOOK).expect(201);
  const { body: plan } = await app.api().post(`/v1/portfolios/${portfolio.id}/hedge-plans`).send(PLAN).expect(202);
  await app.ended(`/v1/hedge-plans/${plan.id}`);
  return app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({ venue: 'paper', paper });
}

test('a spot order is split over the pools and the order book that come with the execution', async () => {
  const { body } = await execute({ liquidity: [{ symbol: 'spot:ETH/USD', pools: POOLS }] });
  const { orders, result } = await app.ended<Execution>(`/v1/executions/${body.id}`);
  expect(result).toMatchObject({ outcome: 'completed' });
  const { body: order } = await app.api().get(`/v1/orders/${orders[0]!.id}`).expect(200);
  const { fills } = order as OrderDetail;
  expect(fills.map(({ quantity, fee }) => [quantity, fee])).toEqual([
    ['15', '4'],
    ['5', '0'],
  ]);
  expect(Number(fills[0]!.price)).toBeCloseTo((0.997 * 3_000_000) / (1_000 + 0.997 * 15), 6);
  expect(fills[1]!.price).toBe('2995');
});

test('what pools cannot trade is told where it stands', async () => {
  const { status, body } = await execute({ liquidity: [{ symbol: 'deribit:ETH-PERPETUAL', pools: POOLS }] });
  expect(status).toBe(422);
  expect(body.errors).toMatchObject([{ pointer: '/paper/liquidity/0/symbol', code: 'not_spot' }]);
});
