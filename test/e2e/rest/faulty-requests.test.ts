import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeCursor } from '../../../src/platform/pagination.ts';
import { ProblemSchema, type ProblemCode } from '../../../src/platform/problem.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { contractOf, NO_ID, type Contract } from '../../support/contract.ts';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';

// Requests that are wrong before their body is looked at: queries, headers, ids, media types.

let app: TestApp;
let contract: Contract;
/** By the name of what they are the id of. */
const ids: Record<string, string> = { none: NO_ID };
beforeAll(async () => {
  app = await startTestApp();
  contract = contractOf(app);
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  ids['portfolio'] = (await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201)).body.id;
  ids['analysis'] = (await app.api().post(`/v1/portfolios/${ids['portfolio']}/analyses`).send({}).expect(202)).body.id;
  await app.ended(`/v1/analyses/${ids['analysis']}`);
});
afterAll(() => app.stop());

interface Case {
  what: string;
  method?: 'get' | 'post' | 'put' | 'delete' | 'patch';
  /** `{portfolio}` stands for its id. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  status: number;
  code: ProblemCode;
  pointers?: string[];
}

async function expectProblem({ method = 'get', path, headers = {}, body, status, code, pointers = [] }: Case) {
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name]!);
  const request = app.api()[method](url).set(headers);
  const answer = await (body === undefined ? request : request.send(body));
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = ProblemSchema.parse(answer.body);
  expect(problem).toMatchObject({ code, status, requestId: answer.headers['x-request-id'] });
  expect((problem.errors ?? []).map(({ pointer }) => pointer)).toEqual(pointers);
}

const JSON_BODY = { 'content-type': 'application/json' };
const ANY = { 'if-match': '*', ...JSON_BODY };
const BOOK = JSON.stringify({ positions: [] });
const cursor = (key: string) => encodeCursor(key);
const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const bad = { status: 400, code: 'invalid_request' } as const;
const missing = { status: 404, code: 'not_found' } as const;

test.each<Case>([
  { what: 'limit zero', path: '/v1/portfolios?limit=0', ...bad, pointers: ['/querystring/limit'] },
  { what: 'limit above the most', path: '/v1/portfolios?limit=201', ...bad, pointers: ['/querystring/limit'] },
  { what: 'a limit below zero', path: '/v1/orders?limit=-1', ...bad, pointers: ['/querystring/limit'] },
  { what: 'a broken limit', path: '/v1/orders?limit=1.5', ...bad, pointers: ['/querystring/limit'] },
  { what: 'a word as limit', path: '/v1/api-keys?limit=all', ...bad, pointers: ['/querystring/limit'] },
  { what: 'an empty limit', path: '/v1/api-keys?limit=', ...bad, pointers: ['/querystring/limit'] },
  { what: 'two limits', path: '/v1/events?limit=1&limit=2', ...bad, pointers: ['/querystring/limit'] },
  { what: 'an unknown parameter', path: '/v1/portfolios?page=2', ...bad, pointers: ['/querystring/page'] },
  {
    what: 'several faults',
    path: '/v1/portfolios?page=2&limit=x',
    ...bad,
    pointers: ['/querystring/limit', '/querystring/page'],
  },
  { what: 'U+0000 in a parameter', path: '/v1/portfolios?cursor=%00', ...bad },
  { what: 'U+0000 in the name of a parameter', path: '/v1/portfolios?%00=1', ...bad, pointers: ['/querystring/\0'] },
  { what: 'a cursor that is no base64', path: '/v1/portfolios?cursor=!!', ...bad },
  { what: 'an empty cursor', path: '/v1/portfolios?cursor=', ...bad },
  { what: 'a cursor that is no JSON', path: `/v1/portfolios?cursor=${Buffer.from('x').toString('base64url')}`, ...bad },
  { what: 'a cursor of another shape', path: `/v1/portfolios?cursor=${forged({ id: 1 })}`, ...bad },
  { what: 'a cursor of two keys', path: `/v1/portfolios?cursor=${forged(['a', 'b'])}`, ...bad },
  {
    what: 'a long cursor',
    path: `/v1/portfolios?cursor=${'A'.repeat(501)}`,
    ...bad,
    pointers: ['/querystring/cursor'],
  },
  ...[
    'portfolios',
    'market-snapshots',
    'api-keys',
    'orders',
    'crossings',
    'webhook-endpoints',
    'portfolios/{portfolio}/analyses',
    'portfolios/{portfolio}/hedge-plans',
  ].map((list): Case => ({
    what: `a cursor that holds no id, at ${list}`,
    path: `/v1/${list}?cursor=${cursor("' OR 1=1")}`,
    ...bad,
  })),
  {
    what: 'U+0000 in a cursor of positions',
    path: `/v1/portfolios/{portfolio}/positions?cursor=${cursor('a\0')}`,
    ...bad,
  },
  { what: 'U+0000 in a cursor of results', path: `/v1/analyses/{analysis}/positions?cursor=${cursor('\0')}`, ...bad },
  {
    what: 'half a surrogate pair in a cursor',
    path: `/v1/portfolios/{portfolio}/positions?cursor=${forged(['\ud800'])}`,
    ...bad,
  },
  { what: 'version zero', path: '/v1/portfolios/{portfolio}?version=0', ...bad, pointers: ['/querystring/version'] },
  {
    what: 'a version beyond an integer',
    path: '/v1/portfolios/{portfolio}?version=2147483648',
    ...bad,
    pointers: ['/querystring/version'],
  },
  {
    what: 'a version of positions beyond an integer',
    path: '/v1/portfolios/{portfolio}/positions?version=99999999999',
    ...bad,
    pointers: ['/querystring/version'],
  },
  {
    what: 'a malformed id in a query',
    path: '/v1/orders?portfolioId=x',
    ...bad,
    pointers: ['/querystring/portfolioId'],
  },
  { what: 'a malformed event id', path: '/v1/events?after=x', ...bad },
  { what: 'an event id of a transaction that cannot be', path: '/v1/events?after=99999999999999999999-1', ...bad },
  { what: 'an event number that cannot be', path: '/v1/events?after=1-9999999999999999999', ...bad },
  { what: 'a malformed Last-Event-ID', path: '/v1/events/stream', headers: { 'last-event-id': 'x' }, ...bad },
  {
    what: 'a long Last-Event-ID',
    path: '/v1/events/stream',
    headers: { 'last-event-id': '1'.repeat(61) },
    ...bad,
    pointers: ['/headers/last-event-id'],
  },
])('a query: $what', expectProblem);

test.each<Case>([
  { what: 'a malformed escape', path: '/v1/portfolios/%zz', ...bad },
  { what: 'nothing there', path: '/v1/nothing', ...missing },
  { what: 'another method', path: '/v1/portfolios', method: 'patch', ...missing },
  { what: 'outside of the interface', path: '/admin', ...missing },
  { what: 'a very long id', path: `/v1/portfolios/${'1'.repeat(1_000)}`, ...missing },
  { what: 'a version that there is not', path: '/v1/portfolios/{portfolio}?version=2', ...missing },
  {
    what: 'positions of a version that there is not',
    path: '/v1/portfolios/{portfolio}/positions?version=2',
    ...missing,
  },
  {
    what: 'a position that there is not',
    path: '/v1/portfolios/{portfolio}/positions/nothing',
    method: 'delete',
    headers: { 'if-match': '*' },
    ...missing,
  },
  {
    what: 'a position id beyond ASCII',
    path: '/v1/portfolios/{portfolio}/positions/%C3%A9',
    method: 'delete',
    headers: { 'if-match': '*' },
    ...missing,
  },
  {
    what: 'U+0000 in a position id',
    path: '/v1/portfolios/{portfolio}/positions/%00',
    method: 'delete',
    headers: { 'if-match': '*' },
    ...missing,
  },
])('a path: $what', expectProblem);

const POSITIONS = '/v1/portfolios/{portfolio}/positions';
const put = { method: 'put', path: POSITIONS, body: BOOK } as const;
const post = { method: 'post', path: '/v1/portfolios' } as const;

test.each<Case>([
  { what: 'no If-Match', ...put, headers: JSON_BODY, status: 428, code: 'precondition_required' },
  {
    what: 'a stale If-Match',
    ...put,
    headers: { ...JSON_BODY, 'if-match': '"7"' },
    status: 412,
    code: 'precondition_failed',
  },
  {
    what: 'an If-Match without quotes',
    ...put,
    headers: { ...JSON_BODY, 'if-match': '1' },
    status: 412,
    code: 'precondition_failed',
  },
  {
    what: 'a weak If-Match',
    ...put,
    headers: { ...JSON_BODY, 'if-match': 'W/"1"' },
    status: 412,
    code: 'precondition_failed',
  },
  {
    what: 'a huge If-Match',
    ...put,
    headers: { ...JSON_BODY, 'if-match': `"${'9'.repeat(20)}"` },
    status: 412,
    code: 'precondition_failed',
  },
  {
    what: 'no If-Match at a removal',
    method: 'delete',
    path: `${POSITIONS}/x`,
    status: 428,
    code: 'precondition_required',
  },
  {
    what: 'a long Idempotency-Key',
    ...post,
    body: JSON.stringify(PORTFOLIO),
    headers: { ...JSON_BODY, 'idempotency-key': 'k'.repeat(256) },
    ...bad,
  },
  { what: 'a body that is not JSON', ...post, headers: JSON_BODY, body: 'name=book', ...bad },
  { what: 'NaN in the body', ...post, headers: JSON_BODY, body: '{"name":"x","positions":NaN}', ...bad },
  { what: 'a truncated body', ...post, headers: JSON_BODY, body: '{"name":"x","positions":[', ...bad },
  { what: 'an empty body', ...post, headers: JSON_BODY, body: '', ...bad },
  {
    what: 'a body that sets __proto__',
    ...post,
    headers: JSON_BODY,
    body: '{"__proto__":{"a":1},"name":"x","positions":[]}',
    ...bad,
  },
  { what: 'a body of two documents', ...post, headers: JSON_BODY, body: '{}{}', ...bad },
  { what: 'a body of many brackets', ...post, headers: JSON_BODY, body: '['.repeat(200_000), ...bad },
  {
    what: 'a body that is compressed',
    ...post,
    headers: { ...JSON_BODY, 'content-encoding': 'gzip' },
    body: '\u001f\u008b',
    ...bad,
  },
  {
    what: 'plain text',
    ...post,
    headers: { 'content-type': 'text/plain' },
    body: JSON.stringify(PORTFOLIO),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'a form',
    ...post,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'name=book',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'CSV where JSON is taken',
    ...put,
    headers: { ...ANY, 'content-type': 'text/csv' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'a malformed media type',
    ...post,
    headers: { 'content-type': 'json' },
    body: '{}',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'an oversized body',
    method: 'post',
    path: '/v1/api-keys',
    headers: JSON_BODY,
    body: `"${'x'.repeat(1_048_576)}"`,
    status: 413,
    code: 'payload_too_large',
  },
])('a header or a body: $what', expectProblem);

test('a book of more than 32 MiB is refused', () =>
  expectProblem({
    what: '',
    ...post,
    headers: JSON_BODY,
    body: `"${'x'.repeat(33 * 1_048_576)}"`,
    status: 413,
    code: 'payload_too_large',
  }));

test('no operation takes a malformed id, or one that nothing has: 404', async () => {
  for (const { method, path, operationId } of contract.operations.filter(({ path }) => path.includes('{id}'))) {
    for (const id of ['x', '1', '%00', '..%2f', NO_ID, `${NO_ID}0`]) {
      const url = path.replace('{id}', id).replace('{positionId}', 'p');
      const answer = await send(app.key, method, url, operationId);
      expect(answer.status, `${method} ${url}: ${answer.text}`).toBe(404);
      contract.expectAnswer(operationId, answer);
    }
  }
});

/** With a body that is right, so that nothing but the id is wrong. */
async function send(key: string, method: 'get' | 'post' | 'put' | 'delete', url: string, operationId: string) {
  const request = app.api(key)[method](url).set('if-match', '*');
  if (operationId === 'replacePositionsFromCsv')
    return request.set('content-type', 'text/csv').send('instrument,quantity\n');
  const bodies: Record<string, object> = {
    createAnalysis: {},
    createHedgePlan: {},
    executeHedgePlan: {},
    approveExecution: {},
    signOrder: { signed: '0x00' },
    replacePositions: { positions: [] },
    putPosition: { instrument: 'spot:BTC/USD', quantity: 1 },
    replaceHedgePolicy: { name: 'x', policy: { kind: 'stop_loss' } },
  };
  return bodies[operationId] ? request.send(bodies[operationId]) : request;
}

test('a key that was revoked is refused at once', async () => {
  const made = await app
    .api()
    .post('/v1/api-keys')
    .send({ name: 'x', scopes: ['portfolios:read'] })
    .expect(201);
  await app.api(made.body.key).get('/v1/portfolios').expect(200);
  await app.api().delete(`/v1/api-keys/${made.body.id}`).expect(204);
  await app.api(made.body.key).get('/v1/portfolios').expect(401);
  await app.api().delete(`/v1/api-keys/${made.body.id}`).expect(204);
});

test('a connection that speaks no HTTP is answered and closed, and the next request is served', async () => {
  await app.ballast.listen();
  const address = app.ballast.http.server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  const status = await new Promise<number | undefined>((answered, failed) => {
    const headers = { 'x-large': 'x'.repeat(64 * 1024) };
    const request = httpRequest({ port, host: '127.0.0.1', path: '/healthz', headers, agent: new Agent() });
    request
      .on('response', (response) => answered(response.resume().statusCode))
      .on('error', failed)
      .end();
  });
  expect(status).toBe(431);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});
