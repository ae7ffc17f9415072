import { afterAll, beforeAll, expect, test } from 'vitest';
import { AS_OF, MARKET } from '../../support/fixtures.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { fixedClock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

const clock = fixedClock(AS_OF);
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(() => app.stop());

const AFTER = (seconds: number) => new Date(Date.parse(AS_OF) + seconds * 1_000);
const LIMITS = { maxQuoteAgeSeconds: 60 };

test('a plan that rests on old prices is not executed', async () => {
  const { plan } = await plannedHedge(app);
  clock.set(AFTER(61));
  const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({ limits: LIMITS }).expect(409);
  expect(body).toMatchObject({ code: 'stale_market' });
  expect(body.detail).toMatch('61 s old; at most 60 s are allowed');
});

test('one that has grown old while it waited is not approved', async () => {
  clock.set(AS_OF);
  const { plan } = await plannedHedge(app, undefined, { ...MARKET, source: 'again' });
  const request = { limits: LIMITS, mode: 'approve' };
  const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
  clock.set(AFTER(90));
  const refused = await app.api().post(`/v1/executions/${body.id}/approval`).send({}).expect(409);
  expect(refused.body.code).toBe('stale_market');
});
