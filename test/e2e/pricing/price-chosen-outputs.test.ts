import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const columns = { type: 'put', spot: 100, strike: [90, 110], expiryYears: 1, vol: 0.3, rate: 0.03, dividendYield: 0 };

describe('outputs', () => {
  it.each(['black_scholes_merton', 'american'])(
    'of %s are the ones asked for, with the same numbers',
    async (model) => {
      const all = await app.api().post('/v1/price').send({ model, columns }).expect(200);
      const some = await app
        .api()
        .post('/v1/price')
        .send({ model, columns, outputs: ['theta', 'price'] })
        .expect(200);
      expect(Object.keys(some.body.columns)).toEqual(['theta', 'price']);
      expect(some.body.columns.theta).toEqual(all.body.columns.theta);
      const price = await app
        .api()
        .post('/v1/price')
        .send({ model, columns, outputs: ['price'] });
      expect(price.body).toEqual({ columns: { price: all.body.columns.price }, errors: [] });
    },
  );

  it('that the model does not have are refused at their place', async () => {
    const { body } = await app
      .api()
      .post('/v1/price')
      .send({ model: 'american', columns, outputs: ['price', 'vanna'] })
      .expect(422);
    expect(body.errors[0]).toMatchObject({ pointer: '/outputs/1', code: 'unknown_output' });
  });

  it('are named in the query of float64 columns', async () => {
    const floats = Float64Array.of(1, 100, 100, 1, 0.2, 0, 0);
    const answer = await app
      .api()
      .post('/v1/price?model=black_scholes_merton&units=raw&outputs=vega,price')
      .set('content-type', 'application/octet-stream')
      .responseType('blob')
      .send(Buffer.from(floats.buffer))
      .expect(200);
    const [vega, price, code] = new Float64Array(new Uint8Array(answer.body as Buffer).buffer);
    expect([vega, price, code]).toEqual([expect.closeTo(39.695, 3), expect.closeTo(7.9656, 4), 0]);
  });
});
