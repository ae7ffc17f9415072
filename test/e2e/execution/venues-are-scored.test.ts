import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, reporter, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('orders are counted by what became of them, and their costs are those that the executions told', async () => {
  const done = [];
  for (const script of [
    filled,
    (order: Parameters<typeof filled>[0]) => [reporter(order).report('rejected', [], 'no')],
    (order: Parameters<typeof filled>[0]) => {
      const { report, fill } = reporter(order);
      return [report('canceled', [fill('t1', 0.5, '100050')])];
    },
  ])
    done.push((await stage.run(script)).execution);
  const { plan } = await plannedHedge(stage.app);
  await execute(stage.app, plan.id, { limits: { maxOrderNotional: 1 } });
  await execute(stage.app, plan.id, { mode: 'dry_run' });
  const { body } = await stage.app.api().get('/v1/venue-scorecards').expect(200);
  expect(body.items).toMatchObject([
    {
      ...{ venue: 'paper', quote: 'USD', currency: 'BTC', orders: 4 },
      ...{ filled: 1, partiallyFilled: 1, unfilled: 0, rejected: 1, denied: 1, open: 0 },
    },
  ]);
  const [{ cost, fillRatio, secondsToSettle }] = body.items;
  const legs = done.flatMap(({ result }) => result!.shortfall);
  const sum = (part: (leg: (typeof legs)[number]) => number) => legs.reduce((total, leg) => total + part(leg), 0);
  const notional = sum((leg) => Number(leg.filledNotional));
  expect(cost.legs).toBe(2);
  expect(cost.meanBps).toBeCloseTo(sum(({ bps }) => bps) / 2, 9);
  expect(cost.weightedBps).toBeCloseTo((sum(({ total }) => Number(total)) / notional) * 1e4, 6);
  expect(cost.spreadBps + cost.impactBps + cost.feeBps).toBeCloseTo(cost.weightedBps, 9);
  const expected = sum((leg) => leg.expectedBps! * Number(leg.filledNotional)) / notional;
  expect(cost.expectedBps).toBeCloseTo(expected, 6);
  expect(cost.beyondExpectedBps).toBeCloseTo(cost.weightedBps - expected, 6);
  expect(fillRatio).toBeCloseTo(0.5, 2); // all, none and half of three alike
  expect(secondsToSettle.orders).toBe(3);
  expect(secondsToSettle.p90).toBeGreaterThanOrEqual(secondsToSettle.median);
});

test('a period without orders has no lines, one that ends before it begins is refused, and others see nothing', async () => {
  const ask = (query: string, key?: string) => stage.app.api(key).get(`/v1/venue-scorecards${query}`);
  expect((await ask('?from=2001-01-01T00:00:00Z&to=2001-02-01T00:00:00Z').expect(200)).body.items).toEqual([]);
  const { body } = await ask('?from=2001-02-01T00:00:00Z&to=2001-01-01T00:00:00Z').expect(400);
  expect(body.errors).toMatchObject([{ pointer: '/from' }]);
  const other = await stage.app.otherTenant();
  expect((await ask('', other).expect(200)).body.items).toEqual([]);
});

test('GraphQL tells the same', async () => {
  const query = '{ venueScorecards { items { venue currency orders cost { weightedBps } secondsToSettle { p90 } } } }';
  const { body } = await stage.app.api().post('/graphql').send({ query }).expect(200);
  const rest = await stage.app.api().get('/v1/venue-scorecards').expect(200);
  const [{ orders, cost }] = rest.body.items;
  expect(body.data.venueScorecards.items).toMatchObject([{ orders, cost: { weightedBps: cost.weightedBps } }]);
});
