import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKET } from '../../support/fixtures.ts';
import { reporter, startScripted, type Scripted } from './scripted.ts';
import type { VenueOrder } from '../../../src/execution/ports.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

/** Filled whole, the fee paid in a currency of its own. */
const paidIn = (feeCurrency: string) => (order: VenueOrder) => {
  const { report, fill } = reporter(order);
  return [report('filled', [{ ...fill('t1', 1), quantity: order.quantity, fee: '0.5', feeCurrency }])];
};

async function ledgerOf(portfolioId: string) {
  const [latest] = (await stage.app.api().get('/v1/market-snapshots')).body.items;
  const { body } = await stage.app.api().get(`/v1/portfolios/${portfolioId}/ledger?to=${latest.id}`).expect(200);
  return body;
}

test('a fee that no market prices is told as it is: it is not nothing', async () => {
  const { execution } = await stage.run(paidIn('XYZ'));
  const unknown = [{ amount: '0.5', currency: 'XYZ' }];
  expect(execution.result!.shortfall).toMatchObject([{ fee: '0', unpricedFees: unknown }]);
  expect(await ledgerOf(execution.portfolioId)).toMatchObject({ unpricedFees: unknown, cash: [{ fees: '0' }] });
  const query = `query ($id: ID!, $portfolio: ID!) {
    execution(id: $id) { result { shortfall { unpricedFees { amount currency } } } }
    ledger(portfolioId: $portfolio) { unpricedFees { amount currency } } }`;
  const variables = { id: execution.id, portfolio: execution.portfolioId };
  const { body } = await stage.app.api().post('/graphql').send({ query, variables }).expect(200);
  expect(body.data).toEqual({
    execution: { result: { shortfall: [{ unpricedFees: unknown }] } },
    ledger: { unpricedFees: unknown },
  });
  const { body: cards } = await stage.app.api().get('/v1/venue-scorecards').expect(200);
  expect(cards.items, 'its cost is not known either').toMatchObject([{ filled: 1, cost: null }]);
});

test('one that the market prices is told in the quote currency', async () => {
  const { execution } = await stage.run(paidIn('ETH'));
  const { mark } = MARKET.underlyings[1]!.spot;
  const [told] = execution.result!.shortfall;
  expect(told).toMatchObject({ currency: 'BTC', unpricedFees: [] });
  expect(Number(told!.fee)).toBeCloseTo((0.5 * mark) / Number(told!.averagePrice), 11);
  expect(await ledgerOf(execution.portfolioId)).toMatchObject({
    unpricedFees: [],
    cash: [{ fees: String(0.5 * mark) }],
  });
});
