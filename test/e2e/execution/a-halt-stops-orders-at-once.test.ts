import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startBallast } from '../../../src/app.ts';
import { pino } from 'pino';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, reporter, startScripted, working, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());
afterEach(() => say('active').then(() => say('active', 'global')));

async function say(state: string, scope?: string) {
  const { body } = await stage.app.api().post('/v1/trading-state').send({ state, reason: 'a test', scope }).expect(200);
  return body;
}

test('no execution is accepted while trading is halted, but it may be rehearsed', async () => {
  stage.follow(filled);
  const { plan } = await plannedHedge(stage.app);
  expect(await say('halted')).toMatchObject({ state: 'halted', global: { state: 'active' } });
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(409);
  expect(body).toMatchObject({ code: 'trading_halted', detail: 'Trading is halted: a test' });
  const { orders } = await execute(stage.app, plan.id, { mode: 'dry_run' });
  expect(orders[0]!.denial).toBe('trading_halted');
  expect(stage.calls.submit).toBe(0);
  const told = await stage.hooks.wait('trading_state.changed');
  expect(told.data).toMatchObject({ state: 'halted', reason: 'a test' });
});

test('an approval does not get around the halt', async () => {
  stage.follow(filled);
  const { plan } = await plannedHedge(stage.app);
  const path = `/v1/hedge-plans/${plan.id}/execution`;
  const { body } = await stage.app.api().post(path).send({ mode: 'approve' }).expect(202);
  await say('halted');
  await stage.app.api().post(`/v1/executions/${body.id}/approval`).send({}).expect(200);
  const ended = await stage.app.ended(`/v1/executions/${body.id}`);
  expect(ended).toMatchObject({ result: { outcome: 'failed' }, orders: [{ denial: 'trading_halted' }] });
  expect(stage.calls.submit).toBe(0);
});

test('an order that the venue works is canceled there, and what it had traded is kept', async () => {
  stage.follow((order) => {
    const { report, fill } = reporter(order);
    return [...working(order), ...working(order), report('canceled', [fill('t1', 0.5)], 'canceled by request')];
  });
  const { plan } = await plannedHedge(stage.app);
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(202);
  const path = `/v1/executions/${body.id}`;
  await expect.poll(async () => (await stage.app.api().get(path)).body.orders[0].status).toBe('accepted');
  await say('halted');
  const ended = await stage.app.ended(path);
  expect(ended).toMatchObject({ result: { outcome: 'partial', portfolioVersion: 2 } });
  const { body: order } = await stage.app.api().get(`/v1/orders/${body.orders[0].id}`);
  const path_ = order.transitions.map(({ to }: { to: string }) => to);
  expect(path_).toContain('pending_cancel');
  expect(path_.at(-1)).toBe('canceled');
});

test('reducing lets through only what takes delta away', async () => {
  stage.follow(filled);
  const hedge = await plannedHedge(stage.app);
  const wider = await plannedHedge(stage.app, { targets: [{ underlying: 'BTC', target: 50 }] });
  await say('reducing');
  const reducing = await execute(stage.app, hedge.plan.id);
  expect(reducing.result!.outcome).toBe('completed');
  const growing = await execute(stage.app, wider.plan.id);
  expect(growing.orders).toMatchObject([{ denial: 'trading_state_reducing' }]);
});

test('it is of one tenant, unless the operator says it of all', async () => {
  const other = await stage.app.otherTenant();
  await say('halted');
  expect((await stage.app.api(other).get('/v1/trading-state')).body.state).toBe('active');
  const all = { state: 'halted', reason: 'I say so', scope: 'global' };
  await stage.app.api(other).post('/v1/trading-state').send(all).expect(403);
  await say('halted', 'global');
  expect((await stage.app.api(other).get('/v1/trading-state')).body).toMatchObject({
    state: 'halted',
    tenant: { state: 'active' },
    global: { state: 'halted', reason: 'a test' },
  });
});

test('it survives a restart', async () => {
  await say('halted');
  const again = await startBallast({ ...stage.app.config, roles: ['api'] }, pino({ level: 'silent' }));
  const answer = await again.http.inject({
    url: '/v1/trading-state',
    headers: { authorization: `Bearer ${stage.app.key}` },
  });
  await again.stop();
  expect(answer.json()).toMatchObject({ state: 'halted' });
});
