import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { AS_OF, MARKET } from '../../support/fixtures.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const TERMS = {
  kind: 'liquidity',
  pool: 'concentrated',
  underlying: 'ETH',
  quote: 'USD',
  liquidity: '100',
  lowerPrice: '3000',
  upperPrice: '5000',
  feesBase: '0.5',
  feesQuote: '120',
};

it('a share of a pool is held, valued and hedged like anything else', async () => {
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  const positions = [{ id: 'lp', instrument: TERMS, quantity: '1' }];
  const { body: portfolio } = await app
    .api()
    .post('/v1/portfolios')
    .send({ name: 'pool', asOf: AS_OF, positions })
    .expect(201);
  const held = await app.api().get(`/v1/portfolios/${portfolio.id}/positions`).expect(200);
  expect(held.body.items[0]).toMatchObject({ terms: TERMS, symbol: 'lp:ETH/USD:concentrated:100:3000:5000:0.5:120' });

  const { body: queued } = await app.api().post(`/v1/portfolios/${portfolio.id}/analyses`).send({}).expect(202);
  const analysis = await app.ended<{ status: string; result: { underlyings: Record<string, number>[] } }>(
    `/v1/analyses/${queued.id}`,
  );
  const delta = 100 * (1 / Math.sqrt(4000) - 1 / Math.sqrt(5000)) + 0.5;
  expect(analysis.result.underlyings[0]!['delta']).toBeCloseTo(delta, 10);
  expect(analysis.result.underlyings[0]!['gamma']).toBeCloseTo(-100 / (2 * 4000 ** 1.5), 10);

  const bySymbol = [{ instrument: held.body.items[0].symbol, quantity: '1' }];
  await app
    .api()
    .post('/v1/portfolios')
    .send({ name: 'the same by name', asOf: AS_OF, positions: bySymbol })
    .expect(201);
});

it('a range upside down is refused at its place', async () => {
  const positions = [{ instrument: { ...TERMS, lowerPrice: '6000' }, quantity: '1' }];
  const { body } = await app.api().post('/v1/portfolios').send({ name: 'pool', asOf: AS_OF, positions }).expect(422);
  expect(body.errors[0].pointer).toBe('/positions/0/instrument/upperPrice');
});
