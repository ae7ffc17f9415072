import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCOPES } from '../../../src/accounts/model.ts';
import { readSchema } from '../../../src/platform/graphql.ts';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

/** The REST operation of each field whose name differs. Subscriptions show what these show. */
const TWINS: Record<string, string> = {
  portfolio: 'getPortfolio',
  portfolios: 'listPortfolios',
  analysis: 'getAnalysis',
  hedgePlan: 'getHedgePlan',
  execution: 'getExecution',
  tradingState: 'getTradingState',
  marketFeed: 'getMarketFeed',
  marketFeeds: 'listMarketFeeds',
  monitor: 'getMonitor',
  monitors: 'listMonitors',
  monitorDecided: 'getMonitor',
  tradingLimits: 'getTradingLimits',
  order: 'getOrder',
  orders: 'listOrders',
  crossings: 'listCrossings',
  venueScorecards: 'listVenueScorecards',
  marketSnapshot: 'getMarketSnapshot',
  marketSnapshots: 'listMarketSnapshots',
  marketSurface: 'getMarketSurface',
  webhookEndpoints: 'listWebhookEndpoints',
  ledger: 'getLedger',
  hedgePolicy: 'getHedgePolicy',
  hedgePolicies: 'listHedgePolicies',
  backtest: 'getBacktest',
  backtests: 'listBacktests',
  analysisProgress: 'getAnalysis',
  hedgePlanUpdated: 'getHedgePlan',
  backtestUpdated: 'getBacktest',
  rebalance: 'getExecution',
};
const ID = '01a00000-0000-7000-8000-000000000000';

const schema = buildSchema((await readSchema()).join('\n'));
const fieldsOf = (type: 'Query' | 'Mutation' | 'Subscription') =>
  Object.values(
    (schema.getType(type) as { getFields?: () => Record<string, GraphQLField<unknown, unknown>> }).getFields!(),
  );

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

/** A query for one field with arguments that will do. */
function queryOf(operation: string, field: GraphQLField<unknown, unknown>): string {
  const args = field.args
    .filter(({ type }) => isNonNullType(type))
    .map(({ name, type }) => `${name}: ${literal(type)}`);
  const isLeaf = ['deleteWebhookEndpoint', 'deleteMarketFeed'].includes(field.name);
  return `${operation} { ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${isLeaf ? '' : ' { __typename }'} }`;
}

function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type) && type.isOneOf) return '{ symbol: "spot:BTC/USD" }';
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((each) => isNonNullType(each.type));
    return `{ ${fields.map((each) => `${each.name}: ${literal(each.type)}`).join(', ')} }`;
  }
  return { ID: `"${ID}"`, Int: '1', JSON: '{}', Decimal: '"1"' }[type.name] ?? '"text"';
}

/** The scope that a key lacks which has none of these fields' scopes. */
async function lackedScope(operation: string, field: GraphQLField<unknown, unknown>, key: string): Promise<string> {
  const query = queryOf(operation, field);
  const error =
    operation === 'subscription'
      ? await subscriptionError(query, key)
      : (await app.ask(query, {}, key)).body.errors?.[0];
  expect({ field: field.name, code: error?.extensions.code, status: error?.extensions.status }).toEqual({
    field: field.name,
    code: 'forbidden',
    status: 403,
  });
  return /"(.+)"/.exec(error!.message)![1]!;
}

async function subscriptionError(
  query: string,
  key: string,
): Promise<{ message: string; extensions: { code: string; status: number } } | undefined> {
  const client = app.client(key);
  return new Promise((resolve) =>
    client.subscribe(
      { query },
      {
        next: () => resolve(undefined),
        error: (errors) => resolve((errors as never[])[0]),
        complete: () => resolve(undefined),
      },
    ),
  );
}

const ROOTS = [
  ...fieldsOf('Query').map((field) => ({ operation: 'query', field })),
  ...fieldsOf('Mutation').map((field) => ({ operation: 'mutation', field })),
  ...fieldsOf('Subscription').map((field) => ({ operation: 'subscription', field })),
];

test.each(ROOTS)('$operation $field.name asks for the scope of its REST twin', async ({ operation, field }) => {
  const bare = await app.keyWith(['events:read']);
  const scope = await lackedScope(operation, field, bare);
  const operations = Object.values(
    (
      app.ballast.http.swagger() as unknown as {
        paths: Record<string, Record<string, { operationId?: string; description?: string }>>;
      }
    ).paths,
  ).flatMap((methods) => Object.values(methods));
  const twin = operations.find(({ operationId }) => operationId === (TWINS[field.name] ?? field.name));
  expect(twin?.description).toContain(`Scope: \`${scope}\`.`);
  expect(field.description).toContain(`Scope: \`${scope}\`.`);

  const others = SCOPES.filter((each) => each !== scope && each !== 'admin');
  const without = await app.api().post('/v1/api-keys').send({ name: 'all others', scopes: others }).expect(201);
  expect(await lackedScope(operation, field, without.body.key)).toBe(scope);
});

test('nested fields ask for their own scopes, and the rest is answered', async () => {
  const key = await app.keyWith(['portfolios:read', 'portfolios:write']);
  const { body } = await app.ask(
    `mutation { createPortfolio(input: { name: "x", positions: [] }) { name positions { edges { cursor } } analyses { edges { cursor } } hedgePlans { edges { cursor } } orders { edges { cursor } } } }`,
    {},
    key,
  );
  expect(body.data.createPortfolio).toEqual({
    name: 'x',
    positions: { edges: [] },
    analyses: null,
    hedgePlans: null,
    orders: null,
  });
  expect(body.errors!.map(({ path, extensions }) => [path!.at(-1), extensions.code])).toEqual([
    ['analyses', 'forbidden'],
    ['hedgePlans', 'forbidden'],
    ['orders', 'forbidden'],
  ]);
});
