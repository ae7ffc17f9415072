import { buildSchema, isListType, isNonNullType, isObjectType, type GraphQLOutputType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSchema } from '../../../src/platform/graphql.ts';
import { execute, makePlan, plannedHedge } from '../../support/hedge.ts';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

const schema = buildSchema((await readSchema()).join('\n'));

/** Every field of a type that REST has too: the links to other resources are left out. */
function everythingOf(type: GraphQLOutputType): string {
  if (isNonNullType(type) || isListType(type)) return everythingOf(type.ofType);
  if (!isObjectType(type)) return '';
  const links = [
    'portfolio',
    'analysis',
    'execution',
    'hedgePlan',
    'positions',
    'analyses',
    'hedgePlans',
    'positionGreeks',
  ];
  const isLink = (name: string) => links.includes(name) || (type.name === 'Portfolio' && name === 'orders');
  const fields = Object.values(type.getFields()).filter(({ name }) => !isLink(name));
  return `{ ${fields.map((field) => `${field.name} ${everythingOf(field.type)}`).join(' ')} }`;
}

let app: GraphqlApp;
let portfolioId: string;
let planId: string;
let executionId: string;
beforeAll(async () => {
  app = await startGraphqlApp();
  const { portfolioId: id, plan } = await plannedHedge(app);
  portfolioId = id;
  planId = plan.id;
  executionId = (await execute(app, plan.id)).id;
});
afterAll(() => app.stop());

async function both(field: string, id: string, path: string) {
  const type = schema.getQueryType()!.getFields()[field]!.type;
  const { [field]: ours } = await app.data(`query ($id: ID!) { ${field}(id: $id) ${everythingOf(type)} }`, { id });
  const { body } = await app.api().get(path).expect(200);
  return { ours, rest: body };
}

/** GraphQL has one shape for the terms and the targets of all kinds: what a kind does not have is null. */
function withoutNullTerms(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullTerms);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [
    name,
    ['terms', 'target', 'tenorDays'].includes(name) && typeof each === 'object'
      ? Object.fromEntries(Object.entries(each as object).filter(([, term]) => term !== null))
      : withoutNullTerms(each),
  ]);
  return Object.fromEntries(entries);
}

test('a portfolio', async () => {
  const { ours, rest } = await both('portfolio', portfolioId, `/v1/portfolios/${portfolioId}`);
  expect(ours).toEqual(rest);
  const { portfolio } = await app.data(
    'query ($id: ID!) { portfolio(id: $id, version: 1) { version positionCount positions { edges { node { id symbol } } } } }',
    { id: portfolioId },
  );
  expect(portfolio).toMatchObject({ version: 1, positionCount: 5 });
  expect(portfolio.positions.edges).toHaveLength(5);
});

test('the positions of a portfolio', async () => {
  const { portfolio } = await app.data(
    'query ($id: ID!) { portfolio(id: $id) { positions { edges { node { id symbol quantity multiplier averagePrice terms { kind underlying quote settlement optionType strike expiry } } } } } }',
    { id: portfolioId },
  );
  const { body } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  expect(withoutNullTerms(portfolio.positions.edges.map(({ node }: { node: object }) => node))).toEqual(body.items);
});

test('an analysis', async () => {
  const submitted = await app.api().post(`/v1/portfolios/${portfolioId}/analyses`).send({}).expect(202);
  await app.ended(`/v1/analyses/${submitted.body.id}`);
  const { ours, rest } = await both('analysis', submitted.body.id, `/v1/analyses/${submitted.body.id}`);
  expect(ours).toEqual(rest);
});

test('a hedge plan', async () => {
  const { ours, rest } = await both('hedgePlan', planId, `/v1/hedge-plans/${planId}`);
  expect(withoutNullTerms(ours)).toEqual(rest);
});

test.each<[string, object]>([
  ['by a policy, weighed', { policy: { kind: 'whalley_wilmott', riskAversion: 0.001 }, worthIt: {} }],
  [
    'by the optimiser',
    {
      targets: [
        { underlying: 'BTC', greek: 'delta', tolerance: 0.1 },
        { underlying: 'BTC', greek: 'vega', tolerance: 1, tenorDays: { from: 0, to: 90 }, priority: 2 },
      ],
      instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }],
      optimise: { existing: false },
    },
  ],
])('a hedge plan %s', async (_how, request) => {
  const plan = await makePlan(app, portfolioId, request);
  expect(plan.problem).toBeNull();
  const { ours, rest } = await both('hedgePlan', plan.id, `/v1/hedge-plans/${plan.id}`);
  expect(withoutNullTerms(ours)).toEqual(rest);
  const { underlyings, worth, frontier, constraintsRelaxed } = ours.result;
  const byPolicy = 'policy' in request;
  expect([underlyings[0].decision === null, worth[0].income === null]).toEqual([!byPolicy, !byPolicy]);
  expect([frontier.length > 0, constraintsRelaxed.length]).toEqual(byPolicy ? [false, 0] : [true, 1]);
});

test('a hedge policy and its versions', async () => {
  const policy = { kind: 'delta_tolerance', tolerance: 0.1 };
  const { id } = (await app.api().post('/v1/hedge-policies').send({ name: 'one', policy }).expect(201)).body;
  await app.api().put(`/v1/hedge-policies/${id}`).set('if-match', '*').send({ name: 'two', policy }).expect(200);
  const { ours, rest } = await both('hedgePolicy', id, `/v1/hedge-policies/${id}`);
  expect(ours).toEqual(rest);
  const { hedgePolicy } = await app.data('query ($id: ID!) { hedgePolicy(id: $id, version: 1) { name version } }', {
    id,
  });
  expect(hedgePolicy).toEqual({ name: 'one', version: 1 });
});

test('a ledger', async () => {
  const fields = everythingOf(schema.getQueryType()!.getFields()['ledger']!.type);
  const { ledger } = await app.data(`query ($id: ID!) { ledger(portfolioId: $id, resolution: snapshots) ${fields} }`, {
    id: portfolioId,
  });
  expect(ledger).toEqual((await app.api().get(`/v1/portfolios/${portfolioId}/ledger?resolution=snapshots`)).body);
  expect(ledger.trades).toBeGreaterThan(0);
});

test.each<[string, object]>([
  ['simulated', { paths: { model: 'gbm', spot: 49, drift: 0.13, vol: 0.2, count: 64 } }],
  ['of one path of the past', { history: { source: 'series', prices: [49, 50, 48, 51, 52] } }],
])('a backtest, %s', async (_how, source) => {
  const request = {
    ...{ ...source, market: { vol: 0.2 }, monitoringSteps: 4, horizonYears: 0.1 },
    book: [{ type: 'call', strike: 50, expiryYears: 0.1, quantity: '-1' }],
    strategies: [{ name: 'ww', policy: { kind: 'whalley_wilmott', riskAversion: 1 }, costs: { proportional: 0.01 } }],
  };
  const { id } = (await app.api().post('/v1/backtests').send(request).expect(202)).body;
  await app.ended(`/v1/backtests/${id}`);
  const { ours, rest } = await both('backtest', id, `/v1/backtests/${id}`);
  expect(ours).toEqual(rest);
  expect(ours.status).toBe('succeeded');
});

test('an execution and its orders', async () => {
  const { ours, rest } = await both('execution', executionId, `/v1/executions/${executionId}`);
  const orders = ours.orders.map(
    ({ fills: _fills, transitions: _transitions, ...order }: Record<string, unknown>) => order,
  );
  expect(withoutNullTerms({ ...ours, orders })).toEqual(rest);
  for (const order of rest.orders) {
    const one = await both('order', order.id, `/v1/orders/${order.id}`);
    expect(withoutNullTerms(one.ours)).toEqual(one.rest);
  }
});

test('a market snapshot, without its quotes', async () => {
  const { body } = await app.api().get('/v1/market-snapshots').expect(200);
  const { ours, rest } = await both('marketSnapshot', body.items[0].id, `/v1/market-snapshots/${body.items[0].id}`);
  const { data: _data, ...summary } = rest;
  expect(ours).toEqual(summary);
});
