import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROBLEMS, ProblemSchema } from '../../../src/platform/problem.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** Without a key. */
const get = (url: string) => app.ballast.http.inject({ method: 'GET', url });

test('it is alive and ready', async () => {
  expect((await get('/healthz')).json()).toEqual({ status: 'ok' });
  const ready = await get('/readyz');
  expect([ready.statusCode, ready.json()]).toEqual([200, { database: true, queue: true }]);
});

test('it is not ready without its database', async () => {
  const other = await startTestApp();
  await other.ballast.stop();
  expect((await other.ballast.http.inject('/readyz').catch(() => undefined))?.statusCode ?? 503).toBe(503);
  await other.stop();
});

test('the metrics are Prometheus text with what an operator watches', async () => {
  const { body } = await app.api().post('/v1/portfolios').send({ name: 'x', positions: [] }).expect(201);
  await app.api().get(`/v1/portfolios/${body.id}`).expect(200);
  await get('/no-such-page');
  const answer = await get('/metrics');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = answer.body.trimEnd().split('\n');
  const samples = lines.filter((line) => !line.startsWith('#') && line !== '');
  for (const line of samples)
    expect(line).toMatch(/^[a-zA-Z_:][\w:]*(\{([a-z_]\w*="[^"]*",?)*\})? (-?[\d.e+-]+|NaN|[+-]Inf)( \d+)?$/);
  for (const name of samples.map((line) => /^\w+/.exec(line)![0])) {
    const family = name.replace(/_(bucket|sum|count)$/, '');
    expect(
      lines.some((line) => line.startsWith(`# TYPE ${family} `) || line.startsWith(`# TYPE ${name} `)),
      name,
    ).toBe(true);
  }
  for (const name of [
    'ballast_http_request_seconds',
    'ballast_operation_seconds',
    'ballast_phase_seconds',
    'ballast_webhook_attempts_total',
    'ballast_queue_jobs',
    'process_cpu_seconds_total',
  ])
    expect(answer.body, name).toContain(`# TYPE ${name} `);
  // By route, not by path: ids would make a time series each.
  expect(answer.body).toContain(
    'ballast_http_request_seconds_count{method="GET",route="/v1/portfolios/:id",status="200"} 1',
  );
  expect(answer.body).toContain('route="unmatched",status="404"');
  expect(answer.body).not.toContain(body.id);
  for (const queue of ['analyses', 'hedge-plans', 'executions'])
    expect(answer.body).toContain(`ballast_queue_jobs{queue="${queue}",state="waiting"} 0`);
});

test('every problem has its place on the page that its type points to', async () => {
  const page = await get('/errors');
  expect(page.headers['content-type']).toMatch('text/html');
  for (const code of Object.keys(PROBLEMS)) expect(page.body).toContain(`id="${code}"`);
  const { type } = ProblemSchema.parse((await get('/v1/portfolios')).json());
  const [path, anchor] = type.split('#');
  expect((await get(path!)).body).toContain(`id="${anchor}"`);
});

test('the contract is served for people and for programs', async () => {
  const page = await get('/docs');
  expect(page.statusCode).toBe(200);
  const script = /src="([^"]*swagger-ui-bundle[^"]*)"/.exec(page.body)![1]!;
  expect((await get(new URL(script, 'http://x/docs').pathname)).statusCode).toBe(200);
  const json = (await get('/docs/json')).json();
  expect(json).toEqual(JSON.parse(JSON.stringify(app.ballast.http.swagger())));
  expect(json.openapi).toBe('3.1.0');
});

test('what there is not is a problem, with an id that names the log entry', async () => {
  const answer = await get('/v1/nothing?secret=1');
  expect(answer.statusCode).toBe(404);
  expect(ProblemSchema.parse(answer.json())).toMatchObject({
    code: 'not_found',
    instance: '/v1/nothing',
    requestId: answer.headers['x-request-id'],
  });
});
