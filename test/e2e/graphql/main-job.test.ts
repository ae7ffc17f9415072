import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import {
  asInput,
  CREATE_ANALYSIS,
  CREATE_MARKET,
  CREATE_PORTFOLIO,
  EXECUTE,
  startGraphqlApp,
  type GraphqlApp,
} from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

const PROGRESS = `subscription ($id: ID!) { analysisProgress(id: $id) {
  status progress portfolio { name positionCount } result { valued unvalued cash { currency value deltaCash }
    underlyings { underlying quote spot delta gammaCash staleness { spot volatility } expiries { expiry vega } } failures { positionId code } }
} }`;
const PLANNED = `subscription ($id: ID) { hedgePlanUpdated(portfolioId: $id) {
  id status analysisId portfolioVersion result { noTrade { code } reasons estimatedCost { currency total }
    orders { leg symbol side quantity quantityUnit limitPrice timeInForce terms { kind settlement strike } costModel { feeBps } }
    underlyings { underlying greeks { before { delta } hedge { delta } after { delta } } residual { value withinTolerance } alternatives { symbol chosen } }
    residuals { underlying value } }
} }`;
const REBALANCED = `subscription ($id: ID) { rebalance(portfolioId: $id) {
  id status result { outcome portfolioVersion } portfolio { version cause } hedgePlan { id }
  orders { symbol side status filledQuantity averagePrice fills { quantity price fee feeCurrency } transitions { sequence from to } }
} }`;

test('a book is valued, hedged and rebalanced over GraphQL alone', async () => {
  const client = app.client();
  const first = (query: string, variables: Record<string, unknown>) => {
    const payloads = client.iterate<Record<string, unknown>>({ query, variables });
    return payloads[Symbol.asyncIterator]();
  };

  await app.data(CREATE_MARKET, { data: MARKET });
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  expect(portfolio.version).toBe(1);

  const { createAnalysis: analysis } = await app.data(CREATE_ANALYSIS, { id: portfolio.id });
  const steps: { status: string; result: { valued: number; underlyings: { underlying: string }[] } | null }[] = [];
  for await (const { data, errors } of client.iterate<{ analysisProgress: (typeof steps)[number] }>({
    query: PROGRESS,
    variables: { id: analysis.id },
  })) {
    expect(errors).toBeUndefined();
    steps.push(data!.analysisProgress);
  }
  expect(steps.at(-1)).toMatchObject({
    status: 'succeeded',
    progress: 1,
    portfolio: { name: 'test book', positionCount: 5 },
    result: { valued: 5, unvalued: 0, failures: [], cash: [{ currency: 'USD' }] },
  });
  expect(steps.at(-1)!.result!.underlyings.map(({ underlying }) => underlying)).toEqual(['BTC', 'ETH']);

  const plans = first(PLANNED, { id: portfolio.id });
  const planned = plans.next();
  await app.subscribers(1);
  const { createHedgePlan: asked } = await app.data(
    'mutation ($id: ID!, $input: HedgePlanInput!) { createHedgePlan(portfolioId: $id, input: $input) { id status } }',
    {
      id: portfolio.id,
      input: {
        analysisId: analysis.id,
        targets: [{ underlying: 'BTC', tolerance: 0.01 }],
        instruments: [{ instrument: { symbol: 'deribit:BTC-PERPETUAL' } }],
      },
    },
  );
  const plan = (await planned).value.data.hedgePlanUpdated;
  expect(plan).toMatchObject({
    id: asked.id,
    status: 'succeeded',
    analysisId: analysis.id,
    result: {
      noTrade: null,
      orders: [
        {
          leg: 0,
          symbol: 'deribit:BTC-PERPETUAL',
          quantityUnit: 'USD',
          timeInForce: 'immediate_or_cancel',
          terms: { kind: 'perpetual', settlement: 'inverse', strike: null },
        },
      ],
      underlyings: [{ residual: { withinTolerance: true } }],
    },
  });
  const { before, hedge, after } = plan.result.underlyings[0].greeks;
  expect(before.delta + hedge.delta).toBeCloseTo(after.delta, 9);
  await plans.return?.();

  const rebalances = first(REBALANCED, { id: portfolio.id });
  const rebalanced = rebalances.next();
  await app.subscribers(1);
  const { executeHedgePlan: execution } = await app.data(EXECUTE, { id: plan.id });
  const rebalance = (await rebalanced).value.data.rebalance;
  expect(rebalance).toMatchObject({
    id: execution.id,
    status: 'succeeded',
    result: { outcome: 'completed', portfolioVersion: 2 },
    portfolio: { version: 2, cause: 'filled' },
    hedgePlan: { id: plan.id },
    orders: [
      {
        status: 'filled',
        transitions: [
          { sequence: 1, from: null, to: 'initialized' },
          { to: 'submitted' },
          { to: 'accepted' },
          { to: 'filled' },
        ],
      },
    ],
  });
  const [order] = rebalance.orders;
  expect(order.fills.reduce((sum: number, { quantity }: { quantity: string }) => sum + Number(quantity), 0)).toBe(
    Number(order.filledQuantity),
  );
  await rebalances.return?.();
  await client.dispose();
});
