import { buildSchema, isListType, isNonNullType, isObjectType, type GraphQLOutputType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSchema } from '../../../src/platform/graphql.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
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

/** GraphQL has one shape for the terms of all kinds: what a kind does not have is null. */
function withoutNullTerms(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullTerms);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [
    name,
    name === 'terms'
      ? Object.fromEntries(Object.entries(each).filter(([, term]) => term !== null))
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
