import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { COLUMNS, OUTPUTS, ROW_ERRORS } from '../../../src/pricing/model.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const post = (path: string, columns: number[][]) =>
  app
    .api()
    .post(path)
    .set('content-type', 'application/octet-stream')
    .responseType('blob')
    .send(Buffer.from(Float64Array.from(columns.flat()).buffer));

function columnsOf(body: Buffer, count: number): number[][] {
  const floats = new Float64Array(new Uint8Array(body).buffer);
  return Array.from({ length: floats.length / count }, (_, c) => [...floats.slice(c * count, (c + 1) * count)]);
}

describe('float64 columns', () => {
  it('answer the same numbers as JSON, bit for bit', async () => {
    const given = {
      type: ['call', 'put'],
      spot: [100, 90],
      strike: [95, 95],
      expiryYears: [1, 2],
      vol: [0.3, 0.5],
      rate: [0.02, 0.01],
      dividendYield: [0, 0.01],
    };
    const binary = Object.entries(given).map(([name, values]) => (name === 'type' ? [1, -1] : (values as number[])));
    expect(Object.keys(given)).toEqual(Object.keys(COLUMNS.black_scholes_merton));
    const json = await app
      .api()
      .post('/v1/price')
      .send({ model: 'black_scholes_merton', units: 'raw', columns: given });
    const floats = await post('/v1/price?model=black_scholes_merton&units=raw', binary).expect(200);
    expect(floats.headers['content-type']).toBe('application/octet-stream');
    const columns = columnsOf(floats.body, 2);
    OUTPUTS.black_scholes_merton.forEach((name, c) => expect(columns[c], name).toEqual(json.body.columns[name]));
    expect(columns.at(-1)).toEqual([0, 0]);
  });

  it('end with the place of the reason of a row without numbers', async () => {
    const answer = await post('/v1/implied-volatility', [
      [1, 1],
      [100, 100],
      [90, 90],
      [1, 1],
      [0, 0],
      [0, 0],
      [15, 5],
    ]);
    const [vols, codes] = columnsOf(answer.body, 2);
    expect(vols![0]).toBeGreaterThan(0.1);
    expect(vols![1]).toBeNaN();
    expect(codes).toEqual([0, Object.keys(ROW_ERRORS).indexOf('below_intrinsic') + 1]);
  });

  it('fail where a word is none, whatever its default', async () => {
    const columns = [
      [1, 1, 0],
      [100, 100, 100],
      [90, 90, 90],
      [1, 1, 1],
      [0.2, 0.2, 0.2],
      [0, 0, 0],
      [0, 0, 0],
      [0, 7, 0],
    ];
    const answer = await post('/v1/price?model=american&outputs=price', columns).expect(200);
    const [price, codes] = columnsOf(answer.body, 3);
    const unknown = Object.keys(ROW_ERRORS).indexOf('unknown_word') + 1;
    expect(codes).toEqual([0, unknown, unknown]);
    expect(price!.map(Number.isNaN)).toEqual([false, true, true]);
  });

  it('are refused where they are no whole number of columns, or name no model', async () => {
    await post('/v1/price?model=black_76', [[1, 2, 3, 4]]).expect(400);
    await post('/v1/price', [[1, 2, 3, 4, 5, 6, 7]]).expect(400);
  });
});
