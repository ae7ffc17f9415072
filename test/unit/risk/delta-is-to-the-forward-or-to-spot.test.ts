import { expect, it } from 'vitest';
import { normalCdf } from '../../../src/quant/pricing/normal.ts';
import { resultOf, row } from '../../support/books.ts';
import { CARRY, carryMarket, FORWARD, listedMarket, option, RATE, SPOT, TIME, VOL } from './markets.ts';

const STRIKE = 48_000;
const d1 = (forward: number) => (Math.log(forward / STRIKE) + (VOL * VOL * TIME) / 2) / (VOL * Math.sqrt(TIME));

it('where forwards are listed, delta is to the forward: N(d1)', async () => {
  const { delta } = await resultOf(listedMarket(), row(option('call', STRIKE), 1));
  expect(delta).toBeCloseTo(normalCdf(d1(FORWARD)), 12);
});

it('where the carry is given, delta is to spot: e^{(b−r)T}·N(d1)', async () => {
  const { delta } = await resultOf(carryMarket(), row(option('call', STRIKE), 1));
  const forward = SPOT * Math.exp(CARRY * TIME);
  expect(delta).toBeCloseTo(Math.exp((CARRY - RATE) * TIME) * normalCdf(d1(forward)), 12);
});
