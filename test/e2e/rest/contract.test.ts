import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCOPES } from '../../../src/accounts/model.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { openApiText } from '../../../src/platform/openapi.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { bodyExamples, contractOf, type Contract } from '../../support/contract.ts';

/** Examples name real expiries; they are tried at a time when these were ahead. */
const NOW = Date.parse('2026-08-21T16:00:00Z');

let app: TestApp;
let contract: Contract;
beforeAll(async () => {
  const started = Date.now();
  app = await startTestApp({ clock: { ...systemClock, now: () => new Date(NOW + Date.now() - started) } });
  contract = contractOf(app);
});
afterAll(() => app.stop());

test('every operation says what it is, what it needs and how it fails', () => {
  expect(contract.operations.length).toBeGreaterThan(30);
  for (const operation of contract.operations) {
    const { operationId, summary, tags, scope, responses, method, requestBody, parameters } = operation;
    const name = `${method} ${operation.path}`;
    expect(operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary, name).toMatch(/^[A-Z].{5,}/);
    expect(tags, name).toHaveLength(1);
    expect([...SCOPES, 'operator'], name).toContain(scope);
    const wanted = ['401', '403', '500'];
    if (operation.path.includes('{')) wanted.push('404');
    if (method === 'post') {
      wanted.push('400', '422');
      const acts = !['priceOptions', 'solveImpliedVolatility', 'solveRoute'].includes(operationId);
      expect(
        parameters.some((parameter) => parameter.name === 'Idempotency-Key'),
        name,
      ).toBe(acts);
      if (acts) wanted.push('409');
    }
    if (requestBody) wanted.push('400', '413', '415', '422');
    if (parameters.some((parameter) => parameter.in === 'query')) wanted.push('400');
    if (parameters.some((parameter) => parameter.name === 'if-match')) wanted.push('412', '428');
    expect(Object.keys(responses), name).toEqual(expect.arrayContaining(wanted));
    expect(
      Object.keys(responses).some((status) => /^[23]/.test(status)),
      name,
    ).toBe(true);
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description, name).toBeTruthy();
      if (Number(status) < 400) continue;
      expect(content, `${name} ${status}`).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
    }
  }
  const ids = contract.operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a field that has a default may be left out of a request', () => {
  const inputs = contract.operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
  const seen = new Set<unknown>();
  const check = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    const { properties, required, $ref } = node as {
      properties?: Record<string, object>;
      required?: string[];
      $ref?: string;
    };
    const optional = Object.entries(properties ?? {}).filter(([, schema]) => 'default' in schema);
    for (const [field] of optional) expect(required ?? []).not.toContain(field);
    if ($ref) check(contract.schemas[$ref.split('/').at(-1)!]);
    Object.values(node).forEach(check);
  };
  check(inputs);
  expect(seen.size).toBeGreaterThan(100);
});

test('no schema is there twice under two names, and each is used', () => {
  const { schemas } = contract;
  const used = new Set(
    [...JSON.stringify(app.ballast.http.swagger()).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    ),
  );
  for (const [name, schema] of Object.entries(schemas)) {
    expect(used, name).toContain(name);
    if (schemas[`${name}Input`]) expect(schemas[`${name}Input`]).not.toEqual(schema);
  }
});

test('without a key, or with one that was never given out, every operation answers 401', async () => {
  for (const { method, url, operationId } of contract.operations) {
    const answer = await app.api('blst_no_such_key')[method](url);
    expect(answer.status, operationId).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    contract.expectAnswer(operationId, answer);
  }
  const { method, url } = contract.operations[0]!;
  expect((await app.ballast.http.inject({ method, url })).statusCode).toBe(401);
  for (const authorization of ['Basic YTpi', 'Bearer', `Bearer ${app.key} x`, app.key])
    expect((await app.api()[method](url).set('authorization', authorization)).status, authorization).toBe(401);
});

test('with a key that has every scope but the right one, every operation answers 403', async () => {
  const wanted = new Set(contract.operations.map(({ scope }) => scope!));
  for (const scope of wanted) {
    const others = SCOPES.filter((other) => other !== scope && (other !== 'admin' || scope === 'operator'));
    const key = await app.keyWith(others);
    for (const { method, url, operationId } of contract.operations.filter((operation) => operation.scope === scope)) {
      const answer = await app.api(key)[method](url);
      expect(answer.status, operationId).toBe(403);
      expect(answer.body.detail).toContain(`"${scope}"`);
      contract.expectAnswer(operationId, answer);
    }
  }
});

test('with the scope that the contract names no operation answers 401 or 403', async () => {
  for (const scope of SCOPES) {
    const key = await app.keyWith([scope]);
    for (const operation of contract.operations.filter((each) => each.scope === scope)) {
      if (operation.operationId === 'streamEvents') continue; // it would not end
      const { status } = await app.api(key)[operation.method](operation.url);
      expect([401, 403], operation.operationId).not.toContain(status);
    }
  }
});

test('every example of a request body is accepted', { timeout: 30_000 }, async () => {
  const examples = new Map(
    contract.operations
      .filter(({ requestBody }) => requestBody)
      .map((operation) => [operation.operationId, bodyExamples(contract, operation)]),
  );
  examples.delete('signOrder'); // what fits is different for every order; test/e2e/execution signs some
  for (const [operationId, given] of examples) expect(given.length, operationId).toBeGreaterThan(0);
  const tried = new Set<string>();
  /** Sends every example of the operation and gives the last answer. */
  const send = async (operationId: string, ids: Record<string, string> = {}) => {
    const { method, path } = contract.operation(operationId);
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name]!));
    let last: Record<string, unknown> = {};
    for (const { type, body } of examples.get(operationId)!) {
      const request = app.api()[method](url).set('if-match', '*').set('content-type', type);
      const answer = await request.send(type === 'text/csv' ? String(body) : JSON.stringify(body));
      expect(answer.status, `${operationId}: ${answer.text}`).toBeLessThan(300);
      contract.expectAnswer(operationId, answer);
      last = answer.body;
    }
    tried.add(operationId);
    return last as { id: string };
  };
  await send('priceOptions');
  await send('solveImpliedVolatility');
  await send('solveRoute');
  await send('createTenant');
  await send('createApiKey');
  await send('createWebhookEndpoint');
  await send('createMarketSnapshot');
  const { id } = await send('createPortfolio');
  await send('replacePositions', { id });
  await send('putPosition', { id, positionId: 'a perpetual' });
  await send('replacePositionsFromCsv', { id });
  await send('createAnalysis', { id });
  const policy = await send('createHedgePolicy');
  await send('replaceHedgePolicy', { id: policy.id });
  const backtest = await send('createBacktest');
  expect(await app.ended(`/v1/backtests/${backtest.id}`)).toMatchObject({ status: 'succeeded' });
  const plan = await send('createHedgePlan', { id });
  await app.ended(`/v1/hedge-plans/${plan.id}`);
  const first = await send('executeHedgePlan', { id: plan.id });
  await app.ended(`/v1/executions/${first.id}`);
  await send('createVenueAccount');
  const next = await app
    .api()
    .post(`/v1/portfolios/${id}/hedge-plans`)
    .send({ targets: [{ underlying: 'BTC', target: 3 }] });
  await app.ended(`/v1/hedge-plans/${next.body.id}`);
  const held = await app.api().post(`/v1/hedge-plans/${next.body.id}/execution`).send({ mode: 'approve' });
  await send('approveExecution', { id: held.body.id });
  const examined = examples.get('createMonitor')![0]!.body as object;
  examples.set('createMonitor', [{ type: 'application/json', body: { ...examined, portfolioId: id } }]);
  await send('createMonitor');
  await send('createMarketFeed');
  await send('setTradingLimits');
  await send('setTradingState');
  expect([...tried].sort()).toEqual([...examples.keys()].sort());
});

test('openapi.yaml is what the code says', async () => {
  expect(await readFile('openapi.yaml', 'utf8')).toBe(openApiText(app.ballast.http));
});

test('openapi.yaml passes the linter without errors and warnings', async () => {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const run = promisify(execFile)('node_modules/.bin/redocly', ['lint', '--format=json', 'openapi.yaml'], { env });
  expect(JSON.parse((await run).stdout)).toMatchObject({ totals: { errors: 0, warnings: 0 } });
});
