import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import { asInput, CREATE_MARKET, CREATE_PORTFOLIO, startGraphqlApp, type GraphqlApp } from './support.ts';

const NOWHERE = '01a00000-0000-7000-8000-000000000000';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

const post = (body: string | object | undefined, headers: Record<string, string> = {}) =>
  supertest(app.ballast.http.server)
    .post('/graphql')
    .set({ authorization: `Bearer ${app.key}`, ...headers })
    .send(body);

test('a request without a valid key gets 401 and is told how to send one', async () => {
  for (const authorization of ['', 'Bearer blst_no_such_key', 'Basic abc']) {
    const { status, body, headers } = await post({ query: '{ portfolios { edges { cursor } } }' }, { authorization });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(body).toMatchObject({
      errors: [{ extensions: { code: 'unauthenticated', status: 401, type: '/errors#unauthenticated' } }],
    });
  }
});

test.each([
  ['a syntax error', { query: '{ portfolios {' }],
  ['an unknown field', { query: '{ portfolios { nothing } }' }],
  ['an unknown argument', { query: '{ portfolios(last: 3) { edges { cursor } } }' }],
  ['a missing variable', { query: 'query ($id: ID!) { portfolio(id: $id) { id } }' }],
  [
    'a missing variable among others',
    { query: 'query ($id: ID!) { portfolio(id: $id) { id } }', variables: { other: 1 } },
  ],
  [
    'a variable of the wrong type',
    { query: 'query ($first: Int) { portfolios(first: $first) { edges { cursor } } }', variables: { first: 'x' } },
  ],
  ['an unknown operation', { query: 'query a { portfolios { edges { cursor } } }', operationName: 'b' }],
  ['no query', {}],
  ['an empty query', { query: '' }],
  ['a query that is no text', { query: { kind: 'Document' } }],
  ['a query that is JSON', { query: '123' }],
  ['a query that is null in JSON', { query: 'null' }],
  ['a syntax tree', { query: '{"kind":"Document","definitions":[]}' }],
  ['variables that are no object', { query: '{ portfolios { edges { cursor } } }', variables: [1] }],
  ['a batch', [{ query: '{ portfolios { edges { cursor } } }' }]],
  ['a subscription by POST', { query: `subscription { analysisProgress(id: "${NOWHERE}") { id } }` }],
  [
    'both ways to say an instrument',
    {
      query:
        'mutation { createPortfolio(input: { name: "x", positions: [{ quantity: 1, instrument: { symbol: "a", terms: { kind: spot, underlying: "BTC" } } }] }) { id } }',
    },
  ],
  ['no body', undefined],
])('%s is refused with 400 before anything runs', async (_what, body) => {
  const answer = await post(body);
  expect(answer.status).toBe(400);
  expect(answer.body.data).toBeUndefined();
  expect(answer.body.errors[0].extensions).toMatchObject({
    code: 'invalid_request',
    status: 400,
    type: '/errors#invalid_request',
  });
});

test('a body that is not JSON, and one of another kind, get the statuses of REST', async () => {
  const broken = await post('{"query":', { 'content-type': 'application/json' });
  expect([broken.status, broken.body.errors[0].extensions.code]).toEqual([400, 'invalid_request']);
  const other = await post('<query/>', { 'content-type': 'application/xml' });
  expect([other.status, other.body.errors[0].extensions.code]).toEqual([415, 'unsupported_media_type']);
});

test('queries are not answered by GET', async () => {
  const answer = await supertest(app.ballast.http.server)
    .get('/graphql')
    .query({ query: '{ __typename }' })
    .set('authorization', `Bearer ${app.key}`);
  expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([400, 'invalid_request']);
});

test('faults are told at their pointers, with those of REST', async () => {
  const positions = [
    { instrument: { symbol: 'deribit:BTC-PERPETUAL' }, quantity: '0' },
    { instrument: { symbol: 'nowhere:X' }, quantity: '1' },
    {
      instrument: { terms: { kind: 'perpetual', underlying: 'BTC', settlement: 'linear', strike: '3' } },
      quantity: '1',
    },
  ];
  const { status, body } = await app.ask(CREATE_PORTFOLIO, { input: { name: 'x', positions } });
  expect(status).toBe(200);
  expect(body.data).toEqual({ createPortfolio: null });
  const [error] = body.errors!;
  expect(error).toMatchObject({ path: ['createPortfolio'], extensions: { code: 'validation_failed', status: 422 } });
  const rest = await app
    .api()
    .post('/v1/portfolios')
    .send({
      name: 'x',
      positions: positions.map(({ instrument, quantity }) => ({
        quantity,
        instrument: instrument.symbol ?? instrument.terms,
      })),
    });
  expect(error!.extensions.errors).toEqual(rest.body.errors);
  expect(error!.message).toBe(rest.body.detail);
});

test('an id that is not a UUID is a fault', async () => {
  const { body } = await app.ask(CREATE_PORTFOLIO, { id: 'mine', input: { name: 'x', positions: [] } });
  expect(body.errors![0]!.extensions).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/id' }] });
});

test('an id that no position can have is a fault', async () => {
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  const remove =
    'mutation ($id: ID!, $position: ID!) { deletePosition(portfolioId: $id, positionId: $position, anyVersion: true) { id } }';
  const { body } = await app.ask(remove, { id: portfolio.id, position: '\u0000' });
  expect(body.errors![0]!.extensions).toMatchObject({
    code: 'validation_failed',
    errors: [{ pointer: '/positionId' }],
  });
});

test('a change needs the version that it was made against', async () => {
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  const change = (args: string) =>
    app.ask(`mutation { deletePosition(portfolioId: "${portfolio.id}", positionId: "eth-put" ${args}) { version } }`);
  expect((await change('')).body.errors![0]!.extensions).toMatchObject({ code: 'precondition_required', status: 428 });
  expect((await change('expectedVersion: null')).body.errors![0]!.extensions).toMatchObject({
    code: 'precondition_required',
  });
  expect((await change('expectedVersion: 7')).body.errors![0]!.extensions).toMatchObject({
    code: 'precondition_failed',
    status: 412,
  });
  expect((await change('expectedVersion: 1')).body.data.deletePosition).toEqual({ version: 2 });
  expect((await change('anyVersion: true')).body.errors![0]!.extensions).toMatchObject({
    code: 'not_found',
    status: 404,
  });
});

test('what is missing is null where it is asked for, and not_found where it is acted on', async () => {
  for (const id of [NOWHERE, 'nonsense', NOWHERE.toUpperCase()]) {
    const found = await app.data(
      `query ($id: ID!) { portfolio(id: $id) { id } analysis(id: $id) { id } hedgePlan(id: $id) { id } execution(id: $id) { id } order(id: $id) { id } marketSnapshot(id: $id) { id } }`,
      { id },
    );
    expect(Object.values(found)).toEqual(Array(6).fill(null));
    const { body } = await app.ask(
      `mutation ($id: ID!) { createAnalysis(portfolioId: $id) { id } createHedgePlan(portfolioId: $id) { id } executeHedgePlan(hedgePlanId: $id) { id } deleteWebhookEndpoint(id: $id)
        replacePositions(portfolioId: $id, anyVersion: true, input: { positions: [] }) { id } }`,
      { id },
    );
    expect(body.errors!.map(({ extensions }) => extensions.code)).toEqual(Array(5).fill('not_found'));
  }
});

test('a page that cannot be is refused', async () => {
  await app.data(CREATE_MARKET, { data: MARKET });
  const cursorOf = (key: string) => Buffer.from(JSON.stringify([key])).toString('base64url');
  for (const args of ['first: 0', 'first: 201', 'first: -1', 'after: "x"', `after: "${cursorOf("' OR 1=1")}"`]) {
    const { body } = await app.ask(
      `{ portfolios(${args}) { edges { cursor } } orders(${args}) { edges { cursor } } marketSnapshots(${args}) { edges { cursor } } webhookEndpoints(${args}) { edges { cursor } } }`,
    );
    expect(
      body.errors!.map(({ extensions }) => extensions.code),
      args,
    ).toEqual(Array(4).fill('invalid_request'));
  }
});

test('paths count list items in numbers', async () => {
  const key = await app.keyWith(['portfolios:read']);
  const { body } = await app.ask('{ portfolios { edges { node { analyses { edges { cursor } } } } } }', {}, key);
  expect(body.errors![0]!.path).toEqual(['portfolios', 'edges', 0, 'node', 'analyses']);
});
