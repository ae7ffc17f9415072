import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { contractOf, NO_ID, type Contract } from '../support/contract.ts';
import { AS_OF, EXPIRY } from '../support/fixtures.ts';

const STRIKES = [70_000, 80_000, 90_000, 100_000, 110_000, 120_000, 140_000];
const smile = (strike: number) => 0.6 + 0.2 * Math.log(strike / 101_000) ** 2;
const SNAPSHOT = {
  asOf: AS_OF,
  source: 'test',
  underlyings: [
    {
      underlying: 'BTC',
      spot: { mark: 100_000 },
      forwards: [{ expiry: EXPIRY, price: 101_000 }],
      volatility: {
        type: 'quotes',
        quotes: [
          ...STRIKES.map((strike) => ({
            expiry: EXPIRY,
            strike,
            iv: smile(strike),
            bidIv: smile(strike) - 0.01,
            askIv: smile(strike) + 0.01,
          })),
          { expiry: EXPIRY, strike: 200_000, iv: 0.9 },
        ],
      },
    },
    { underlying: 'ETH', spot: { mark: 4_000 }, carry: { rate: 0.04 } },
  ],
};

let app: TestApp;
let contract: Contract;
let id: string;
beforeAll(async () => {
  app = await startTestApp();
  contract = contractOf(app);
  const { body } = await app.api().post('/v1/market-snapshots').send(SNAPSHOT).expect(201);
  id = body.id;
});
afterAll(() => app.stop());

const get = (path: string) => app.api().get(`/v1/market-snapshots/${path}`);

it('a surface has parameters, quality, the residual of every quote used and the reason of every other', async () => {
  const answer = await get(`${id}/surfaces/BTC`).expect(200);
  contract.expectAnswer('getMarketSurface', answer);
  expect(answer.body).toMatchObject({
    snapshotId: id,
    asOf: AS_OF,
    underlying: 'BTC',
    quote: 'USD',
    source: 'quotes',
    arbitrageFree: true,
    quality: { quotes: 7, twoSided: 7, withinBidAsk: 1 },
    expiries: [{ expiry: EXPIRY, forward: 101_000, method: 'svi', rejected: [{ index: 7, code: 'mark_only' }] }],
  });
  expect(answer.body.expiries[0].residuals.map(({ strike }: { strike: number }) => strike)).toEqual(STRIKES);
});

it('GraphQL answers the same', async () => {
  const query = `query ($id: ID!) { marketSurface(snapshotId: $id, underlying: "BTC") {
    asOf quality { quotes withinBidAsk } expiries { expiry svi { a b rho m sigma } smile { atmVol wings { delta riskReversal } }
    residuals { index fittedVol } rejected { code } } } }`;
  const { body } = await app.api().post('/graphql').send({ query, variables: { id } }).expect(200);
  expect(body.errors).toBeUndefined();
  const rest = (await get(`${id}/surfaces/BTC`)).body;
  const [expiry] = rest.expiries;
  expect(body.data.marketSurface).toMatchObject({
    asOf: rest.asOf,
    quality: { quotes: 7, withinBidAsk: 1 },
    expiries: [
      { expiry: EXPIRY, svi: expiry.svi, smile: { atmVol: expiry.smile.atmVol }, rejected: [{ code: 'mark_only' }] },
    ],
  });
});

it('an underlying without volatility is a conflict', async () => {
  const answer = await get(`${id}/surfaces/ETH`).expect(409);
  contract.expectAnswer('getMarketSurface', answer);
  expect(answer.body).toMatchObject({ code: 'conflict', detail: expect.stringContaining('no volatility for ETH/USD') });
});

it.each(['SOL', 'BTC?quote=EUR'])('the underlying %s is not found where the snapshot lacks it', async (underlying) => {
  const answer = await get(`${id}/surfaces/${underlying}`).expect(404);
  contract.expectAnswer('getMarketSurface', answer);
  expect(answer.body.detail).toContain(id);
});

it('of no snapshot there is no surface', async () => {
  contract.expectAnswer('getMarketSurface', await get(`${NO_ID}/surfaces/BTC`).expect(404));
  const query = `query ($id: ID!) { marketSurface(snapshotId: $id, underlying: "BTC") { asOf } }`;
  const { body } = await app
    .api()
    .post('/graphql')
    .send({ query, variables: { id: NO_ID } })
    .expect(200);
  expect(body).toEqual({ data: { marketSurface: null } });
});

it("another tenant's snapshot is not found", async () => {
  await app
    .api(await app.otherTenant())
    .get(`/v1/market-snapshots/${id}/surfaces/BTC`)
    .expect(404);
});

it('a query that is not known is refused', async () => {
  contract.expectAnswer('getMarketSurface', await get(`${id}/surfaces/BTC?quot=USD`).expect(400));
});
