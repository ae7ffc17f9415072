import { afterAll, beforeAll, expect, test } from 'vitest';
import { POLICY, startWatching, type Watching } from './watched.ts';

let watching: Watching;
let portfolioId: string;
beforeAll(async () => {
  watching = await startWatching();
  await watching.price(100_000);
  portfolioId = await watching.book();
});
afterAll(() => watching.app.stop());

const plan = { policy: POLICY };
const NO_ID = '018f0000-0000-7000-8000-000000000000';

test.each<[string, object, string]>([
  ['no policy', { plan: {} }, '/plan/policyId'],
  ['two policies', { plan: { ...plan, policyId: NO_ID } }, '/plan/policyId'],
  ['a policy that counts steps', { plan: { policy: { kind: 'interval', everySteps: 2 } } }, '/plan/policy/everySteps'],
  [
    'a target that nothing trades',
    { plan: { ...plan, targets: [{ underlying: 'XYZ' }] } },
    '/plan/targets/0/underlying',
  ],
  ['a venue that is not here', { plan, execution: { venue: 'okx', accountId: NO_ID } }, '/execution/venue'],
  ['a venue without its account', { plan, execution: { venue: 'okx' } }, '/execution/accountId'],
  ['no age at all', { plan, maxAgeSeconds: 0 }, '/maxAgeSeconds'],
  ['what nobody knows', { plan, more: 1 }, '/more'],
])('%s', async (_, given, pointer) => {
  const { body } = await watching.app
    .api()
    .post('/v1/monitors')
    .send({ portfolioId, ...given })
    .expect(422);
  expect(body.errors.map((each: { pointer: string }) => each.pointer)).toContain(pointer);
});

test('a portfolio or a policy that there is not is not found', async () => {
  const create = (body: object) => watching.app.api().post('/v1/monitors').send(body);
  await create({ portfolioId: NO_ID, plan }).expect(404);
  await create({ portfolioId, plan: { policyId: NO_ID } }).expect(404);
});

test('a portfolio has one monitor, until that is removed', async () => {
  const id = await watching.monitor(portfolioId);
  const second = await watching.app.api().post('/v1/monitors').send({ portfolioId, plan }).expect(409);
  expect(second.body.detail).toMatch('has a monitor already');
  await watching.app.api().delete(`/v1/monitors/${id}`).expect(204);
  await watching.app.api().get(`/v1/monitors/${id}`).expect(404);
  await watching.app.api().delete(`/v1/monitors/${id}`).expect(404);
  await watching.monitor(portfolioId);
});
