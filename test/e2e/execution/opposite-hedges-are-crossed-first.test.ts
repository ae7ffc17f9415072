import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectCrossed, startNetted, SYMBOL, type Netted } from './netted.ts';

let stage: Netted;
beforeAll(async () => {
  stage = await startNetted();
});
afterAll(() => stage.stop());

test('two portfolios that hedge opposite ways trade with each other at mid, and nothing reaches the venue', async () => {
  const [seller, buyer] = await stage.run([50_000, -50_000]);
  expect(stage.sent).toEqual([]);
  expect([seller!.hedge, buyer!.hedge]).toEqual([-50_000, 50_000]);
  for (const { execution } of [seller!, buyer!]) {
    expect(execution.orders).toHaveLength(1);
    expectCrossed(execution, 50_000);
    expect(execution.result).toMatchObject({ outcome: 'completed', scheduleEnd: 'finished', portfolioVersion: 2 });
    expect(execution.result!.shortfall).toMatchObject([{ total: '0', fee: '0', unfilled: '0' }]);
  }
});

test('the report says what was saved: what the plan had estimated for it', async () => {
  const [seller] = await stage.run([40_000, -40_000]);
  const { execution } = seller!;
  const { body: plan } = await stage.app.api().get(`/v1/hedge-plans/${execution.hedgePlanId}`).expect(200);
  const { fee, spread, impact, fixed, currency } = plan.result.orders[0].estimatedCost;
  const [netted] = execution.result!.netting!;
  expect(netted).toMatchObject({ leg: 0, symbol: SYMBOL, crossed: '40000', price: '100000', currency });
  expect(Number(netted!.saved)).toBeCloseTo(Number(fee) + Number(spread) + Number(impact) + Number(fixed), 9);
  expect(Number(netted!.saved)).toBeGreaterThan(0);
});

test('what finds no opposite goes on to the venue, under an id of its own', async () => {
  const [seller, buyer] = await stage.run([50_000, -20_000]);
  expect(buyer!.execution.orders).toHaveLength(1);
  expectCrossed(buyer!.execution, 20_000);
  expectCrossed(seller!.execution, 20_000);
  expect(
    seller!.execution.orders.map(({ slice, venue, status, quantity }) => [slice, venue, status, quantity]),
  ).toEqual([
    [0, 'internal', 'canceled', '50000'],
    [1, 'paper', 'filled', '30000'],
  ]);
  expect(stage.sent).toMatchObject([{ clientOrderId: seller!.execution.orders[1]!.clientOrderId, quantity: '30000' }]);
  expect([seller!.hedge, buyer!.hedge]).toEqual([-50_000, 20_000]);
  expect(seller!.execution.result).toMatchObject({ outcome: 'completed', netting: [{ crossed: '20000' }] });
});

test('alone it waits for the window, and then trades at the venue as it would have', async () => {
  const [alone] = await stage.run([50_000]);
  const { execution, hedge } = alone!;
  expect(execution.orders.map(({ venue, status }) => [venue, status])).toEqual([
    ['internal', 'canceled'],
    ['paper', 'filled'],
  ]);
  expect(Date.parse(execution.orders[1]!.createdAt) - Date.parse(execution.createdAt)).toBeGreaterThanOrEqual(2_000);
  expect(execution.result).toMatchObject({ outcome: 'completed', netting: [] });
  expect(hedge).toBe(-50_000);
});

test('the larger side has of it pro rata', async () => {
  const ended = await stage.run([30_000, 50_000, -40_000]);
  const [small, large, buyer] = ended.map(({ execution }) => execution);
  expectCrossed(buyer!, 40_000);
  expectCrossed(small!, 15_000);
  expectCrossed(large!, 25_000);
  expect(ended.map(({ hedge }) => hedge)).toEqual([-30_000, -50_000, 40_000]);
  const sent = stage.sent.map(({ quantity }) => Number(quantity)).sort((a, b) => a - b);
  expect(sent).toEqual([15_000, 25_000]);
});

test('every crossing is told, by event and in the audit, with the snapshot and what each had of it', async () => {
  const [seller, buyer] = await stage.run([10_000, -20_000]);
  const [crossing] = await stage.crossings();
  const share = ({ execution, portfolioId }: typeof seller & object, side: string, open: string) => ({
    ...{ portfolioId, executionId: execution.id, orderId: execution.orders[0]!.id, side, open, quantity: '10000' },
  });
  expect(crossing).toMatchObject({
    venue: 'paper',
    accountId: null,
    symbol: SYMBOL,
    price: '100000',
    quantity: '10000',
  });
  expect(crossing!.shares).toHaveLength(2);
  expect(crossing!.shares).toEqual(
    expect.arrayContaining([share(seller!, 'sell', '10000'), share(buyer!, 'buy', '20000')]),
  );
  const { body: snapshots } = await stage.app.api().get('/v1/market-snapshots').expect(200);
  expect(crossing!.marketSnapshotId).toBe(snapshots.items[0].id);
  // Events may be read once every transaction of the server that is older has ended, those of other tests too.
  await expect
    .poll(() => stage.told(crossing!.id), { timeout: 10_000 })
    .toMatchObject([{ type: 'netting.crossed', data: crossing }]);
  const { body: order } = await stage.app.api().get(`/v1/orders/${seller!.execution.orders[0]!.id}`).expect(200);
  expect(order.fills).toMatchObject([{ tradeId: crossing!.id, quantity: '10000', price: '100000', fee: '0' }]);
});

test('pages of the audit follow one another, and nobody else sees any', async () => {
  const all = await stage.crossings();
  expect(all.length).toBeGreaterThan(2);
  const first = await stage.app.api().get('/v1/crossings?limit=1').expect(200);
  const next = await stage.app.api().get(`/v1/crossings?limit=200&cursor=${first.body.nextCursor}`).expect(200);
  expect([...first.body.items, ...next.body.items]).toEqual(all);
  const node =
    'id venue accountId symbol price quantity marketSnapshotId at shares { portfolioId executionId orderId side open quantity }';
  const query = `{ crossings(first: 200) { edges { node { ${node} } } } }`;
  const asked = await stage.app.api().post('/graphql').send({ query }).expect(200);
  expect(asked.body.data.crossings.edges.map((edge: { node: object }) => edge.node)).toEqual(all);
  const stranger = await stage.app.otherTenant();
  expect((await stage.app.api(stranger).get('/v1/crossings').expect(200)).body.items).toEqual([]);
});

test('an execution without netting takes no part, and tells nothing of it', async () => {
  const { planId } = await stage.book(-50_000);
  stage.sent.length = 0;
  const [[netted], plain] = await Promise.all([
    stage.run([50_000]),
    stage.begin(planId, {}).then((execution) => stage.ended(execution)),
  ]);
  expect(netted!.execution.result!.netting).toEqual([]);
  expect(plain).toMatchObject({ schedule: null, result: { netting: null, scheduleEnd: null } });
  expect(plain.orders).toMatchObject([{ venue: 'paper', slice: 0, quantity: '50000' }]);
});

test('nobody can ask for the internal venue', async () => {
  const { planId } = await stage.book(50_000);
  const ask = (body: object) => stage.app.api().post(`/v1/hedge-plans/${planId}/execution`).send(body).expect(422);
  expect((await ask({ venue: 'internal' })).body.errors).toMatchObject([{ pointer: '/venue' }]);
  expect((await ask({ netting: { windowSeconds: 6 } })).body.errors).toMatchObject([
    { pointer: '/netting/windowSeconds' },
  ]);
});
