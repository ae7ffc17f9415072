import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import { asInput, CREATE_MARKET, CREATE_PORTFOLIO, startGraphqlApp, type GraphqlApp } from './support.ts';

const ID = '01a00000-0000-7000-8000-00000000000';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

const rest = async (path: string) => (await app.api().get(path).expect(200)).body;

test('a book is created, replaced and changed position by position', async () => {
  const { createPortfolio: created } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  const same = await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201);
  expect((await rest(`/v1/portfolios/${created.id}/positions`)).items).toEqual(
    (await rest(`/v1/portfolios/${same.body.id}/positions`)).items,
  );

  const put = `mutation ($id: ID!, $position: ID!, $version: Int, $input: PositionChangeInput!) { putPosition(portfolioId: $id, positionId: $position, expectedVersion: $version, input: $input) { version positionCount cause } }`;
  const input = { instrument: { symbol: 'spot:ETH/USD' }, quantity: '1.000000000000000001', averagePrice: null };
  expect((await app.data(put, { id: created.id, position: 'eth', version: 1, input })).putPosition).toEqual({
    version: 2,
    positionCount: 6,
    cause: 'changed',
  });

  const remove = `mutation ($id: ID!) { deletePosition(portfolioId: $id, positionId: "eth-put", expectedVersion: 2) { version positionCount } }`;
  expect((await app.data(remove, { id: created.id })).deletePosition).toEqual({ version: 3, positionCount: 5 });
  const { items } = await rest(`/v1/portfolios/${created.id}/positions`);
  expect(items.find(({ id }: { id: string }) => id === 'eth')).toMatchObject({
    quantity: '1.000000000000000001',
    averagePrice: null,
  });

  const replace = `mutation ($id: ID!, $input: BookInput!) { replacePositions(portfolioId: $id, anyVersion: true, input: $input) { version positionCount cause } }`;
  const book = {
    positions: [
      { instrument: { terms: { kind: 'perpetual', underlying: 'BTC', settlement: 'inverse' } }, quantity: 5 },
    ],
  };
  expect((await app.data(replace, { id: created.id, input: book })).replacePositions).toEqual({
    version: 4,
    positionCount: 1,
    cause: 'replaced',
  });
});

test('decimals in the document are taken by their text', async () => {
  const { createPortfolio: created } = await app.data(
    'mutation { createPortfolio(input: { name: "x", positions: [{ instrument: { symbol: "spot:BTC/USD" }, quantity: 123456789.123456789123456789, averagePrice: 7 }] }) { positions { edges { node { quantity averagePrice } } } } }',
  );
  expect(created.positions.edges[0].node).toEqual({ quantity: '123456789.123456789123456789', averagePrice: '7' });
});

test('a creation under an id of the client happens once', async () => {
  const ask = { id: `${ID}1`, input: asInput(PORTFOLIO) };
  const answers = await Promise.all(Array.from({ length: 5 }, () => app.data(CREATE_PORTFOLIO, ask)));
  expect(answers.map(({ createPortfolio: { id, version } }) => [id, version])).toEqual(Array(5).fill([`${ID}1`, 1]));
  expect((await app.data(CREATE_PORTFOLIO, { ...ask, id: `${ID}1`.toUpperCase() })).createPortfolio.id).toBe(`${ID}1`);
});

test('what stands under the id of another tenant is not taken over', async () => {
  const stranger = await app.otherTenant();
  await app.data(CREATE_MARKET, { data: MARKET });
  await app.data(CREATE_MARKET, { data: MARKET }, stranger);
  const create = (key?: string) =>
    app.ask(
      `mutation ($input: PortfolioInput!, $market: JSON!) { createPortfolio(id: "${ID}2", input: $input) { id } createMarketSnapshot(id: "${ID}3", data: $market) { id }
        createWebhookEndpoint(id: "${ID}4", input: { url: "http://127.0.0.1:9/" }) { endpoint { id } } createAnalysis(id: "${ID}5", portfolioId: "${ID}2") { id } createHedgePlan(id: "${ID}6", portfolioId: "${ID}2") { id } }`,
      { input: asInput(PORTFOLIO), market: MARKET },
      key,
    );
  expect((await create()).body.errors).toBeUndefined();
  const { body } = await create(stranger);
  expect(Object.values(body.data)).toEqual(Array(5).fill(null));
  expect(body.errors!.map(({ extensions }) => extensions.status).every((status) => status < 500)).toBe(true);

  const { createPortfolio: own } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) }, stranger);
  const again = await app.ask(
    `mutation ($id: ID!) { createAnalysis(id: "${ID}5", portfolioId: $id) { id } createHedgePlan(id: "${ID}6", portfolioId: $id) { id } }`,
    { id: own.id },
    stranger,
  );
  expect(again.body.errors!.map(({ extensions }) => extensions.code)).toEqual(['conflict', 'conflict']);
});

test('an execution under the id of another is refused', async () => {
  await app.data(CREATE_MARKET, { data: MARKET });
  const executions = [];
  for (let i = 0; i < 2; i++) {
    const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
    const { createHedgePlan: plan } = await app.data(
      'mutation ($id: ID!) { createHedgePlan(portfolioId: $id, input: { targets: [{ underlying: "BTC" }] }) { id } }',
      { id: portfolio.id },
    );
    await app.ended(`/v1/hedge-plans/${plan.id}`);
    executions.push(
      await app.ask(
        'mutation ($plan: ID!, $id: ID) { executeHedgePlan(id: $id, hedgePlanId: $plan, input: { participation: 0.5 }) { id hedgePlanId } }',
        { plan: plan.id, id: `${ID}7` },
      ),
    );
  }
  expect(executions[0]!.body.data.executeHedgePlan.id).toBe(`${ID}7`);
  expect(executions[1]!.body.errors![0]!.extensions.code).toBe('conflict');
});

test('a hedge policy is created and replaced version by version', async () => {
  const create =
    'mutation ($id: ID, $input: HedgePolicyInput!) { createHedgePolicy(id: $id, input: $input) { id name version policy } }';
  const input = { name: 'mine', policy: { kind: 'whalley_wilmott', riskAversion: 0.001 } };
  const { createHedgePolicy: created } = await app.data(create, { id: `${ID}8`, input });
  expect(created).toMatchObject({ id: `${ID}8`, name: 'mine', version: 1, policy: input.policy });
  const same = (await app.api().post('/v1/hedge-policies').send(input).expect(201)).body;
  expect(created.policy).toEqual(same.policy);
  expect((await app.data(create, { id: `${ID}8`, input })).createHedgePolicy).toEqual(created);
  const stranger = await app.otherTenant();
  const taken = await app.ask(create, { id: `${ID}8`, input }, stranger);
  expect(taken.body.errors![0]!.extensions.code).toBe('conflict');

  const replace = (expectation: string) =>
    app.ask(
      `mutation ($input: HedgePolicyInput!) { replaceHedgePolicy(id: "${ID}8", ${expectation}, input: $input) { version name } }`,
      { input: { ...input, name: 'yours' } },
    );
  expect((await replace('expectedVersion: 1')).body.data.replaceHedgePolicy).toEqual({ version: 2, name: 'yours' });
  expect((await replace('expectedVersion: 1')).body.errors![0]!.extensions.code).toBe('precondition_failed');
  expect((await replace('anyVersion: false')).body.errors![0]!.extensions.code).toBe('precondition_required');
  expect((await replace('anyVersion: true')).body.data.replaceHedgePolicy.version).toBe(3);
  const bad = await app.ask(create, { input: { ...input, policy: { kind: 'optimal' } } });
  expect(bad.body.errors![0]!.extensions).toMatchObject({
    code: 'validation_failed',
    errors: [{ pointer: '/policy/riskAversion' }],
  });
});

test('a backtest is queued once under an id of the client, and told when it has ended', async () => {
  const request = {
    paths: { model: 'gbm', spot: 100, drift: 0, vol: 0.2, count: 100 },
    ...{ market: { vol: 0.2 }, monitoringSteps: 2, horizonYears: 0.1 },
    book: [{ type: 'call', strike: 100, expiryYears: 0.1, quantity: '-1' }],
    strategies: [{ name: 'mine', policy: { kind: 'stop_loss' } }],
  };
  const create = `mutation ($input: JSON!) { createBacktest(id: "${ID}9", input: $input) { id } }`;
  const client = app.client();
  const told: { backtestUpdated: { status: string; progress: number; result: unknown } }[] = [];
  const ended = new Promise<void>((resolve) =>
    client.subscribe<(typeof told)[number]>(
      { query: `subscription { backtestUpdated(id: "${ID}9") { status progress result { paths premium } } }` },
      {
        next: ({ data }) => told.push(data!) && data!.backtestUpdated.status === 'succeeded' && resolve(),
        error: () => resolve(),
        complete: () => resolve(),
      },
    ),
  );
  await app.subscribers(1);
  expect((await app.data(create, { input: request })).createBacktest.id).toBe(`${ID}9`);
  expect((await app.data(create, { input: request })).createBacktest.id).toBe(`${ID}9`);
  await ended;
  await client.dispose();
  expect(told.at(-1)!.backtestUpdated).toMatchObject({ status: 'succeeded', progress: 1, result: { paths: 100 } });
  const taken = await app.ask(create, { input: request }, await app.otherTenant());
  expect(taken.body.errors![0]!.extensions.code).toBe('conflict');
  const asked = (await app.api().post('/v1/backtests').send(request).expect(202)).body;
  const rest = await app.ended<{ status: string; result: unknown }>(`/v1/backtests/${asked.id}`);
  const { body } = await app.api().get(`/v1/backtests/${ID}9`).expect(200);
  expect(body.result).toEqual(rest.result);
});

test('an endpoint shows its secret once', async () => {
  const { createWebhookEndpoint: created } = await app.data(
    'mutation { createWebhookEndpoint(input: { url: "http://127.0.0.1:9/", eventTypes: ["ping"] }) { secret endpoint { id url description eventTypes createdAt disabledAt disabledReason } } }',
  );
  expect(created.secret).toMatch(/^whsec_/);
  expect(created.endpoint).toEqual(await rest(`/v1/webhook-endpoints/${created.endpoint.id}`));
  const { webhookEndpoints } = await app.data('{ webhookEndpoints { edges { node { id url } } } }');
  expect(webhookEndpoints.edges[0].node.id).toBe(created.endpoint.id);
  const bad = await app.ask(
    'mutation { createWebhookEndpoint(input: { url: "ftp://x", eventTypes: ["nothing"] }) { secret } }',
  );
  expect(bad.body.errors![0]!.extensions).toMatchObject({
    code: 'validation_failed',
    errors: [{ pointer: '/eventTypes/0' }],
  });

  const { deleteWebhookEndpoint: deleted } = await app.data('mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) }', {
    id: created.endpoint.id,
  });
  expect(deleted).toBe(created.endpoint.id);
  await app.api().get(`/v1/webhook-endpoints/${deleted}`).expect(404);
});

test('an Idempotency-Key holds for a mutation as it does at REST', async () => {
  const ask = (input: object) =>
    app
      .api()
      .post('/graphql')
      .set('idempotency-key', 'graphql-1')
      .send({ query: CREATE_PORTFOLIO, variables: { input } });
  const first = await ask(asInput(PORTFOLIO));
  const again = await ask(asInput(PORTFOLIO));
  expect(again.headers['idempotent-replayed']).toBe('true');
  expect(again.body).toEqual(first.body);
  const other = await ask({ name: 'other', positions: [] });
  expect([other.status, other.body.errors[0].extensions.code]).toEqual([422, 'idempotency_mismatch']);
});

const PERPETUAL = 'deribit:BTC-PERPETUAL';

test.each<[string, object, object]>([
  [
    'by targets',
    {
      deltaConvention: 'premium_adjusted',
      targets: [{ underlying: 'BTC', quote: 'USD', greek: 'delta', target: 1, tolerance: 0.1 }],
      rebalanceTo: 'edge',
      worthIt: { riskAversion: 0.001, horizonDays: 2, enforce: false },
    },
    { lotSize: '10', minTrade: '10', tickSize: '0.5', maxQuantity: '1000000', costs: { feeBps: 3 } },
  ],
  ['by a policy', { policy: { kind: 'delta_tolerance', tolerance: 0.1, rebalanceTo: 'inner' } }, {}],
  [
    'by the optimiser',
    {
      targets: [
        { underlying: 'BTC', greek: 'delta', tolerance: 0.1, priority: 1 },
        { underlying: 'BTC', greek: 'vega', tolerance: 1, tenorDays: { from: 1, to: 90 }, priority: 3 },
      ],
      optimise: { choose: 'tightest', maxLegs: { value: 3 } },
    },
    { maxPosition: '1000000', maxNotional: 1e6, noShort: false },
  ],
])('a plan takes the whole of its request: %s', async (_how, given, limits) => {
  await app.data(CREATE_MARKET, { data: MARKET });
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  const create =
    'mutation ($id: ID!, $input: HedgePlanInput) { createHedgePlan(portfolioId: $id, input: $input) { id } }';
  const request = {
    ...{ portfolioVersion: 1, ...given, costs: { halfSpreadBps: 2 }, collarBps: 40 },
    instruments: [{ instrument: PERPETUAL, ...limits }],
  };
  const input = {
    ...{ ...request, marketSnapshotId: null, policyId: null },
    instruments: [{ instrument: { symbol: PERPETUAL }, ...limits }],
  };
  const { createHedgePlan: plan } = await app.data(create, { id: portfolio.id, input });
  const asked = await app.api().post(`/v1/portfolios/${portfolio.id}/hedge-plans`).send(request).expect(202);
  const [ours, theirs] = await Promise.all(
    [plan.id, asked.body.id].map((id) => app.ended<{ status: string; result: unknown }>(`/v1/hedge-plans/${id}`)),
  );
  expect(ours!.result).toEqual(theirs!.result);
  expect(ours!.status).toBe('succeeded');
});
