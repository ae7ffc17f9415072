import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXPIRY, MARKET, TWO_PERPETUALS } from '../../support/fixtures.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

/** Makes the order one of 10 inverse options at 0.05 coin: 50,000 USD. */
async function becomeOption(orderId: string): Promise<void> {
  const terms = {
    kind: 'option',
    underlying: 'BTC',
    quote: 'USD',
    settlement: 'inverse',
    optionType: 'call',
    strike: '100000',
    expiry: EXPIRY,
  };
  const more = {
    terms,
    symbol: 'deribit:BTC-27DEC30-100000-C',
    quantity: '10',
    quantityUnit: 'BTC',
    limitPrice: '0.05',
    referencePrice: '0.05',
    priceUnit: 'BTC',
  };
  const client = new pg.Client({ connectionString: stage.app.config.databaseUrl! });
  await client.connect();
  await client.query('UPDATE hedge_order SET terms = terms || $2::jsonb, quantity = 10, symbol = $3 WHERE id = $1', [
    ...[orderId, JSON.stringify(more), more.symbol],
  ]);
  await client.end();
}

test('coin-priced options that were sent on bitcoin count at the price of bitcoin, whatever is sent next', async () => {
  stage.follow(filled);
  const { plan } = await plannedHedge(stage.app, { targets: [{ underlying: 'BTC' }] }, TWO_PERPETUALS);
  const first = await execute(stage.app, plan.id);
  await becomeOption(first.orders[0]!.id); // 10 × 0.05 × 100,000 = 50,000 USD sent within the window
  const next = await plannedHedge(stage.app, { targets: [{ underlying: 'ETH' }] }, TWO_PERPETUALS);
  const eth = Number(next.plan.result!.orders[0]!.quantity);
  const ended = await execute(stage.app, next.plan.id, { limits: { maxWindowNotional: eth + 10_000 } });
  expect(ended.orders[0]!.denial).toBe('notional_exceeds_max_per_window');
});

test('an option whose coin the latest snapshot does not price is not sent within a notional that nobody knows', async () => {
  stage.follow(filled);
  const { plan } = await plannedHedge(stage.app, { targets: [{ underlying: 'BTC' }] }, TWO_PERPETUALS);
  const { body } = await stage.app
    .api()
    .post(`/v1/hedge-plans/${plan.id}/execution`)
    .send({ mode: 'approve', limits: { maxOrderNotional: 1_000 } })
    .expect(202);
  await becomeOption(body.orders[0].id);
  await stage.app
    .api()
    .post('/v1/market-snapshots')
    .send({ ...MARKET, asOf: '2030-11-01T09:00:00.000Z', underlyings: [MARKET.underlyings[1]] })
    .expect(201);
  await stage.app.api().post(`/v1/executions/${body.id}/approval`).send({}).expect(200);
  await new Promise((wait) => setTimeout(wait, 1_500));
  expect(stage.calls.submit, '50,000 USD against a limit of 1,000').toBe(0);
});
