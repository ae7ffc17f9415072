import { afterAll, beforeAll, expect, test } from 'vitest';
import { callAs, openApi } from './api.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

test.each([
  [{}, '/url', 'invalid_type'],
  [{ url: 'https://10.0.0.1/' }, '/url', 'url_not_allowed'],
  [{ url: 'https://desk.example.com:8443/' }, '/url', 'url_not_allowed'],
  [{ url: `https://desk.example.com/${'x'.repeat(2_000)}` }, '/url', 'too_big'],
  [{ url: 'https://desk.example.com/', eventTypes: ['order.filled'] }, '/eventTypes/0', 'invalid_value'],
  [{ url: 'https://desk.example.com/', description: 'a\0b' }, '/description', 'custom'],
  [{ url: 'https://desk.example.com/', secret: 'mine' }, '/secret', 'unknown_field'],
])('creation with %j: 422 at %s', async (body, pointer, code) => {
  const app = await openApi(stage, stage.process({ allowPrivate: false }));
  const answer = await callAs(app, await stage.tenant())('POST', '/v1/webhook-endpoints', body);
  expect(answer.statusCode).toBe(422);
  expect(answer.headers['content-type']).toMatch('application/problem+json');
  expect(answer.json()).toMatchObject({ code: 'validation_failed', errors: [{ pointer, code }] });
});

test('a cursor of another kind of list: 400', async () => {
  const call = callAs(await openApi(stage), await stage.tenant());
  const cursor = Buffer.from('["2026-01-01"]').toString('base64url');
  expect((await call('GET', `/v1/webhook-endpoints?cursor=${cursor}`)).statusCode).toBe(400);
});
