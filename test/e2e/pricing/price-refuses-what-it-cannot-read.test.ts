import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const good = { type: 'call', spot: [100], strike: 100, expiryYears: 1, vol: 0.3, rate: 0.02, dividendYield: 0 };
const { vol: _vol, ...withoutVol } = good;

describe('a pricing request that cannot be read as a whole', () => {
  it.each([
    ['an unknown model', { model: 'magic', columns: good }, '/model'],
    ['no model', { columns: good }, '/model'],
    ['both forms', { model: 'black_scholes_merton', columns: good, rows: [] }, '/columns'],
    ['a column missing', { model: 'black_scholes_merton', columns: withoutVol }, '/columns/vol'],
    ['a column too many', { model: 'black_scholes_merton', columns: { ...good, skew: 1 } }, '/columns/skew'],
    [
      'columns of two lengths',
      { model: 'black_scholes_merton', columns: { ...good, strike: [1, 2] } },
      '/columns/spot',
    ],
  ])('%s: 422 with the place', async (_name, body, pointer) => {
    const answer = await app.api().post('/v1/price').send(body).expect(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.errors.map((fault: { pointer: string }) => fault.pointer)).toContain(pointer);
  });

  it('what is not JSON: 400', async () => {
    const request = app.api().post('/v1/price').set('content-type', 'application/json');
    expect((await request.send('{"model":').expect(400)).body.code).toBe('invalid_request');
  });

  it('too many options: 422', async () => {
    const spot = new Array<number>(100_001).fill(100);
    await app
      .api()
      .post('/v1/price')
      .send({ model: 'black_scholes_merton', columns: { ...good, spot } })
      .expect(422);
  });

  it('needs a key with the scope analyses:read', async () => {
    await app.api('nonsense').post('/v1/price').send({ model: 'black_scholes_merton', columns: good }).expect(401);
    const key = await app.keyWith(['analyses:read']);
    await app.api(key).post('/v1/price').send({ model: 'black_scholes_merton', columns: good }).expect(200);
  });
});
