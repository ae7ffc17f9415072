import { describe, expect, it } from 'vitest';
import { normalCdf } from '../../../src/quant/pricing/normal.ts';
import { derivative, resultOf, row, valueBook } from '../../support/books.ts';
import {
  CARRY,
  carryMarket,
  FORWARD,
  future,
  listedMarket,
  option,
  perpetual,
  RATE,
  SPOT,
  TIME,
  VOL,
} from './markets.ts';

const STRIKE = 48_000;
const deviation = VOL * Math.sqrt(TIME);
const d2 = (forward: number) => Math.log(forward / STRIKE) / deviation - deviation / 2;

describe.each([
  ['call', 1],
  ['put', -1],
] as const)('of an inverse %s', (type, sign) => {
  const position = row(option(type, STRIKE, 'inverse'), -3);

  it('with listed forwards is φ(K/F)N(φd2)', async () => {
    const { delta } = await resultOf(listedMarket(), position, 'premium_adjusted');
    expect(delta).toBeCloseTo(-3 * sign * (STRIKE / FORWARD) * normalCdf(sign * d2(FORWARD)), 10);
  });

  it('with the carry given is φ(K/S)e^{−rT}N(φd2)', async () => {
    const { delta } = await resultOf(carryMarket(), position, 'premium_adjusted');
    const forward = SPOT * Math.exp(CARRY * TIME);
    const unit = sign * (STRIKE / SPOT) * Math.exp(-RATE * TIME) * normalCdf(sign * d2(forward));
    expect(delta).toBeCloseTo(-3 * unit, 10);
  });

  it('is spot times the slope of the worth in coin', async () => {
    const coins = async (spot: number) => (await resultOf(carryMarket({ spot }), position)).value / (SPOT + spot);
    const { delta } = await resultOf(carryMarket(), position, 'premium_adjusted');
    expect((SPOT * (await derivative(coins, 50))) / delta).toBeCloseTo(1, 8);
  });

  it('changes no other number', async () => {
    const { delta: _adjusted, ...adjusted } = await resultOf(listedMarket(), position, 'premium_adjusted');
    const { delta: _plain, ...plain } = await resultOf(listedMarket(), position, 'black_scholes');
    expect(adjusted).toEqual(plain);
  });
});

it("differs from the Black–Scholes delta by the mark in coin: Deribit's net transaction delta", async () => {
  const position = row(option('call', STRIKE, 'inverse'), 1);
  const plain = await resultOf(listedMarket(), position);
  const { delta } = await resultOf(listedMarket(), position, 'premium_adjusted');
  expect(plain.delta - delta).toBeCloseTo(plain.price / FORWARD, 12);
});

it.each([
  ['linear options', option('call', STRIKE)],
  ['perpetuals', perpetual('inverse')],
  ['futures', future('inverse')],
])('leaves %s as they are', async (_name, instrument) => {
  const position = row(instrument, 5);
  expect(await resultOf(listedMarket(), position, 'premium_adjusted')).toEqual(
    await resultOf(listedMarket(), position),
  );
});

it('is named by the valuation', async () => {
  const book = [row(option('call', STRIKE, 'inverse'), 1)];
  expect(await valueBook(listedMarket(), book, { convention: 'premium_adjusted' })).toMatchObject({
    deltaConvention: 'premium_adjusted',
  });
});
