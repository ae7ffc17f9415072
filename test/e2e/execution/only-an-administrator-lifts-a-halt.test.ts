import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
let trader: string;
beforeAll(async () => {
  app = await startTestApp();
  trader = await app.keyWith(['execution:write', 'execution:read']);
});
afterAll(() => app.stop());
beforeEach(() => rest('active', app.key));

type Answer = { state?: string; code?: string };

async function rest(state: string, key: string): Promise<Answer> {
  const { body } = await app.api(key).post('/v1/trading-state').send({ state, reason: 'a test' });
  return { state: body.state, code: body.code };
}

async function graphql(state: string, key: string): Promise<Answer> {
  const query = `mutation ($input: TradingStateInput!) { setTradingState(input: $input) { state } }`;
  const { body } = await app
    .api(key)
    .post('/graphql')
    .send({ query, variables: { input: { state, reason: 'a test' } } });
  return { state: body.data?.setTradingState?.state, code: body.errors?.[0].extensions.code };
}

const inForce = async () => (await app.api().get('/v1/trading-state').expect(200)).body.state as string;

test.each([
  ['REST', rest],
  ['GraphQL', graphql],
])('a key that executes may make it stricter, not laxer: %s', async (_face, say) => {
  expect(await say('active', trader)).toEqual({ state: 'active', code: undefined });
  expect(await say('reducing', trader)).toMatchObject({ state: 'reducing' });
  expect(await say('active', trader)).toMatchObject({ code: 'forbidden' });
  expect(await say('halted', trader)).toMatchObject({ state: 'halted' });
  for (const state of ['reducing', 'active']) expect(await say(state, trader)).toMatchObject({ code: 'forbidden' });
  expect(await inForce()).toBe('halted');
  expect(await say('halted', trader)).toMatchObject({ state: 'halted' });
  expect(await say('reducing', app.key)).toMatchObject({ state: 'reducing' });
  expect(await say('active', app.key)).toMatchObject({ state: 'active' });
});

test('a refused attempt leaves no trace in the audit', async () => {
  await rest('halted', trader);
  const before = (await app.api().get('/v1/events?limit=200')).body.items.length;
  await rest('active', trader);
  expect((await app.api().get('/v1/events?limit=200')).body.items).toHaveLength(before);
});

test('of two at once the stricter stands', async () => {
  for (let i = 0; i < 10; i++) {
    await rest('reducing', app.key);
    await Promise.all([rest('halted', trader), rest('reducing', trader)]);
    expect(await inForce()).toBe('halted');
  }
});
