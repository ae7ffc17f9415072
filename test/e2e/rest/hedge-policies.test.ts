import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { AS_OF, MARKET } from '../../support/fixtures.ts';
import { makePlan } from '../../support/hedge.ts';

let app: TestApp;
let portfolioId: string;
beforeAll(async () => {
  app = await startTestApp();
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  portfolioId = await book([
    { instrument: 'deribit:BTC-27DEC30-100000-C', quantity: '-10' },
    { instrument: 'deribit:BTC-PERPETUAL', quantity: '350000' },
  ]);
});
afterAll(() => app.stop());

async function book(positions: object[]): Promise<string> {
  const answer = await app.api().post('/v1/portfolios').send({ name: 'book', asOf: AS_OF, positions }).expect(201);
  return answer.body.id;
}

const create = async (policy: object, name = 'mine') =>
  (await app.api().post('/v1/hedge-policies').send({ name, policy }).expect(201)).body;

/** The plan for bitcoin by a policy. */
async function bitcoin(request: object, of = portfolioId) {
  const plan = await makePlan(app, of, { targets: [{ underlying: 'BTC' }], ...request });
  expect(plan).toMatchObject({ status: 'succeeded', problem: null });
  const [underlying] = plan.result!.underlyings;
  return { plan, orders: plan.result!.orders, underlying: underlying!, decision: underlying!.decision! };
}

describe('a stored policy', () => {
  test('is created, read, replaced as its next version, and listed', async () => {
    const policy = { kind: 'whalley_wilmott', riskAversion: 0.001 };
    const created = await app.api().post('/v1/hedge-policies').send({ name: 'ww', policy }).expect(201);
    expect(created.headers).toMatchObject({ etag: '"1"', location: `/v1/hedge-policies/${created.body.id}` });
    expect(created.body).toMatchObject({ name: 'ww', version: 1, policy: { ...policy, hedgeRatio: 1 } });
    const path = `/v1/hedge-policies/${created.body.id}`;
    const next = { name: 'ww 2', policy: { ...policy, riskAversion: 0.002 } };
    await app.api().put(path).send(next).expect(428);
    await app.api().put(path).set('if-match', '"7"').send(next).expect(412);
    const replaced = await app.api().put(path).set('if-match', '"1"').send(next).expect(200);
    expect(replaced.body).toMatchObject({ name: 'ww 2', version: 2, policy: { riskAversion: 0.002 } });
    expect((await app.api().get(`${path}?version=1`).expect(200)).body).toMatchObject({ name: 'ww', version: 1 });
    await app.api().get(`${path}?version=3`).expect(404);
    const { body } = await app.api().get('/v1/hedge-policies?limit=1').expect(200);
    expect(body.items).toEqual([replaced.body]);
  });

  test('decides plans, which name the version that they went by', async () => {
    const { id } = await create({ kind: 'delta_tolerance', tolerance: 0.5 });
    const first = await bitcoin({ policyId: id });
    expect(first.decision).toMatchObject({ kind: 'delta_tolerance', policyId: id, policyVersion: 1, reason: 'traded' });
    const wide = { name: 'wide', policy: { kind: 'delta_tolerance', tolerance: 5 } };
    await app.api().put(`/v1/hedge-policies/${id}`).set('if-match', '*').send(wide).expect(200);
    const second = await bitcoin({ policyId: id });
    expect(second.decision).toMatchObject({ policyVersion: 2, reason: 'within_band' });
    expect(second.plan.result!.noTrade?.code).toBe('within_tolerance');
    expect((await bitcoin({ policyId: id, policyVersion: 1 })).orders).toEqual(first.orders);
  });

  test('that does not exist is 404, and one of another tenant too', async () => {
    const { id } = await create({ kind: 'stop_loss' });
    const other = await app.otherTenant();
    await app.api(other).get(`/v1/hedge-policies/${id}`).expect(404);
    const body = { policyId: '01a00000-0000-7000-8000-000000000000' };
    await app.api().post(`/v1/portfolios/${portfolioId}/hedge-plans`).send(body).expect(404);
  });
});

describe('a policy says', () => {
  // Ten calls sold have a delta of −5.6 or so; the perpetual of 350,000 dollars gives 3.5 back.
  test('where a trade ends: target, edge, and between them', async () => {
    const policy = { kind: 'delta_tolerance', toleranceBelow: 1, toleranceAbove: 0.5 };
    const to = async (rebalanceTo: string) => (await bitcoin({ policy: { ...policy, rebalanceTo } })).underlying;
    const [target, edge, inner] = await Promise.all([to('target'), to('edge'), to('inner')]);
    expect(target.decision).toMatchObject({ lower: -1, upper: 0.5, aim: 0 });
    expect(edge.decision).toMatchObject({ lower: -1, upper: 0.5, aim: -1 });
    expect(inner.decision).toMatchObject({ aim: -0.5 });
    for (const [plan, aim] of [
      [target, 0],
      [edge, -1],
      [inner, -0.5],
    ] as const)
      expect(plan.greeks.after.delta).toBeCloseTo(aim, 3);
  });

  test.each(['whalley_wilmott', 'zakamouline', 'optimal'])(
    '%s: a band around the delta, from costs and gamma',
    async (kind) => {
      const { decision, underlying } = await bitcoin({ policy: { kind, riskAversion: 0.0001 } });
      expect(decision.lower).toBeLessThan(decision.upper!);
      expect(decision).toMatchObject({ kind, spot: 100_000, vol: expect.closeTo(0.6, 6) });
      expect(decision.gamma).toBeLessThan(0);
      expect(underlying.greeks.after.delta).toBeCloseTo(decision.aim, 3);
      const careful = await bitcoin({ policy: { kind, riskAversion: 0.001 } });
      expect(careful.decision.upper! - careful.decision.lower!).toBeLessThan(decision.upper! - decision.lower!);
    },
  );

  test('leland: the delta at the volatility that pays for the trades', async () => {
    const plain = await bitcoin({ policy: { kind: 'interval', everySeconds: 86_400 } });
    const leland = await bitcoin({
      policy: { kind: 'leland', everySeconds: 86_400 },
      costs: { feeBps: 50, halfSpreadBps: 0, impactCoefficient: 0 },
    });
    expect(plain.underlying.greeks.after.delta).toBeCloseTo(0, 3);
    expect(leland.decision.reason).toBe('traded');
    expect(Math.abs(leland.decision.aim)).toBeGreaterThan(1e-3);
  });

  test('stop_loss: covered in the money, naked out of it', async () => {
    const { underlying } = await bitcoin({ policy: { kind: 'stop_loss' } });
    expect(underlying.greeks.after.delta - underlying.greeks.before.delta).toBeCloseTo(10 - 3.5, 3); // the forward is above the strike
  });

  test('how much of the delta is hedged, and around which target', async () => {
    const half = await bitcoin({ policy: { kind: 'delta_tolerance', tolerance: 0, hedgeRatio: 0.5 } });
    const { before, after } = half.underlying.greeks;
    expect(after.delta).toBeCloseTo((before.delta - 3.5) / 2, 3);
    const long = await bitcoin({ targets: [], policy: { kind: 'delta_tolerance', tolerance: 0, target: 2 } });
    expect(long.underlying.greeks.after.delta).toBeCloseTo(2, 3);
  });

  test('the convention of the delta', async () => {
    const policy = { kind: 'delta_tolerance', tolerance: 0, deltaConvention: 'premium_adjusted' };
    const { plan } = await bitcoin({ policy });
    expect(plan.result!.deltaConvention).toBe('premium_adjusted');
  });

  test('what is bought and what is sold, and how large a trade and its orders are', async () => {
    const instruments = { buy: 'deribit:BTC-27DEC30', sell: 'spot:BTC/USD' };
    const policy = { kind: 'delta_tolerance', tolerance: 0, instruments, maxTrade: 1 };
    const bought = await bitcoin({ policy });
    expect(bought.orders).toMatchObject([{ symbol: 'deribit:BTC-27DEC30', side: 'buy' }]);
    expect(bought.decision).toMatchObject({ reason: 'clipped', trade: 1 });
    const sold = await bitcoin({ policy: { ...policy, target: -9 }, targets: [] });
    expect(sold.orders).toMatchObject([{ symbol: 'spot:BTC/USD', side: 'sell', quantity: '1' }]);
    const clips = await bitcoin({
      policy: { kind: 'delta_tolerance', tolerance: 0, maxClips: 3 },
      instruments: [{ instrument: 'deribit:BTC-PERPETUAL', maxQuantity: '100000' }],
    });
    const quantities = clips.orders.map(({ quantity }) => Number(quantity));
    expect(quantities).toHaveLength(3);
    expect(quantities.slice(0, 2)).toEqual([100_000, 100_000]);
    expect(Math.abs(clips.underlying.greeks.after.delta)).toBeLessThan(1e-3);
  });

  test('rules made of rules', async () => {
    const wide = { kind: 'delta_tolerance', tolerance: 5 };
    const narrow = { kind: 'delta_tolerance', tolerance: 0.1 };
    const both = await bitcoin({ policy: { kind: 'all_of', of: [narrow, wide] } });
    const one = await bitcoin({ policy: { kind: 'any_of', of: [narrow, wide] } });
    const none = await bitcoin({ policy: { kind: 'not', of: [narrow] } });
    expect([both, one, none].map(({ decision }) => decision.reason)).toEqual(['within_band', 'traded', 'not_due']);
  });

  test('a smallest trade and a time to cool down after a fill', async () => {
    const small = await bitcoin({ policy: { kind: 'delta_tolerance', tolerance: 0, minTrade: 50 } });
    expect(small.plan.result!.noTrade?.code).toBe('below_minimum_trade');
    const id = await book([{ instrument: 'deribit:BTC-27DEC30-100000-C', quantity: '-10' }]);
    const policy = { kind: 'delta_tolerance', tolerance: 0, coolDownSeconds: 3_600 };
    const { plan } = await bitcoin({ policy, targets: [{ underlying: 'BTC', target: 1 }] }, id);
    const executing = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(202);
    await app.ended(`/v1/executions/${executing.body.id}`);
    const again = await bitcoin({ policy }, id);
    expect(again.decision.reason).toBe('cooling_down');
    expect(again.plan.result!.noTrade?.code).toBe('cooling_down');
    const clock = { kind: 'interval', everySeconds: 60 };
    expect((await bitcoin({ policy: clock }, id)).decision.reason).toBe('not_due');
  });
});

test('on a book without gamma a band of utility has no width and is no number but numbers', async () => {
  const id = await book([{ instrument: 'spot:BTC/USD', quantity: '2' }]);
  for (const kind of ['whalley_wilmott', 'zakamouline', 'optimal']) {
    const { decision, underlying } = await bitcoin({ policy: { kind, riskAversion: 0.001, minTrade: 0.01 } }, id);
    expect(
      Object.values(decision)
        .filter((value) => typeof value === 'number')
        .every(Number.isFinite),
    ).toBe(true);
    expect(underlying.greeks.after.delta).toBeCloseTo(0, 3);
  }
});

describe('no plan is made', () => {
  const refuse = async (request: object, status: number) =>
    (await app.api().post(`/v1/portfolios/${portfolioId}/hedge-plans`).send(request).expect(status)).body;

  test('on a market snapshot that is older than the policy takes: 409', async () => {
    const stale = { ...MARKET, asOf: '2020-01-01T00:00:00Z', underlyings: MARKET.underlyings };
    const { body } = await app.api().post('/v1/market-snapshots').send(stale).expect(201);
    const policy = { kind: 'stop_loss', maxSnapshotAgeSeconds: 60 };
    const problem = await refuse({ policy, marketSnapshotId: body.id }, 409);
    expect(problem).toMatchObject({ code: 'stale_market', detail: expect.stringContaining('takes 60 s at most') });
  });

  test('from a request that contradicts itself: 422 at each place', async () => {
    const policy = { kind: 'interval', everySteps: 3 };
    expect((await refuse({ policy }, 422)).errors).toMatchObject([{ pointer: '/policy/everySteps', code: 'no_grid' }]);
    const { id } = await create({ kind: 'stop_loss' });
    const both = { policyId: id, policy: { kind: 'stop_loss' }, targets: [{ underlying: 'BTC', tolerance: 1 }] };
    expect((await refuse(both, 422)).errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/policy',
      '/targets/0/tolerance',
    ]);
    expect((await refuse({ policyVersion: 1 }, 422)).errors).toMatchObject([{ pointer: '/policyVersion' }]);
    const options = { kind: 'stop_loss', instruments: { buy: `deribit:BTC-27DEC30-100000-C` } };
    expect((await refuse({ policy: options }, 422)).errors).toMatchObject([
      { pointer: '/policy/instruments/buy', code: 'unsupported_hedge' },
    ]);
  });

  test.each<[object, string]>([
    [{ kind: 'whalley_wilmott' }, '/policy/riskAversion'],
    [{ kind: 'optimal', riskAversion: 0 }, '/policy/riskAversion'],
    [{ kind: 'interval' }, '/policy'],
    [{ kind: 'stop_loss', tolerance: 1 }, '/policy/tolerance'],
    [{ kind: 'delta_tolerance' }, '/policy'],
    [{ kind: 'not', of: [{ kind: 'stop_loss' }, { kind: 'stop_loss' }] }, '/policy/of'],
    [{ kind: 'all_of', of: [] }, '/policy/of'],
    [{ kind: 'stop_loss', hedgeRatio: 1.6 }, '/policy/hedgeRatio'],
    [{ kind: 'martingale' }, '/policy/kind'],
  ])('by a policy that is none: %j', async (policy, at) => {
    const { body } = await app.api().post('/v1/hedge-policies').send({ name: 'x', policy }).expect(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain(at);
  });
});

test('rules that are nested too deeply are refused, however deep', async () => {
  const deep = 4_000;
  const policy = `${'{"kind":"not","of":['.repeat(deep)}{"kind":"stop_loss"}${']}'.repeat(deep)}`;
  const { body } = await app
    .api()
    .post('/v1/hedge-policies')
    .type('application/json')
    .send(`{"name":"deep","policy":${policy}}`)
    .expect(422);
  expect(body).toMatchObject({ code: 'validation_failed' });
});
