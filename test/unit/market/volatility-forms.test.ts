import { expect, it } from 'vitest';
import { isMissing } from '../../../src/market/pricing.ts';
import { type UnderlyingView } from '../../../src/market/view.ts';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { expiry, view } from './snapshots.ts';

const EXPIRY = expiry(73); // a fifth of a year
const forwards = [{ expiry: EXPIRY, price: 105 }];
const STRIKES = [70, 90, 105, 120, 160];
const smile = (strike: number) => 0.5 + 0.001 * Math.abs(strike - 105);

function vol(btc: UnderlyingView, strike: number): number {
  const answer = btc.pricing(Date.parse(EXPIRY), strike);
  if (isMissing(answer)) throw new Error(answer.detail);
  return answer.vol;
}

/** Value of an option of the smile, in the quote currency. */
function price(spot: number, carry: number, rate: number, strike: number, sign: 1 | -1): number {
  return blackGreeks({ spot, carry, rate, strike, sign, time: 0.2, vol: smile(strike) }).price;
}

it('quotes come back as they were given', () => {
  const quotes = STRIKES.map((strike) => ({ expiry: EXPIRY, strike, iv: smile(strike) }));
  const btc = view({ forwards, volatility: { type: 'quotes', quotes } });
  for (const strike of STRIKES) expect(vol(btc, strike)).toBe(smile(strike));
});

it('prices give back the volatility that they were made with, discounted at the rate', () => {
  const quotes = STRIKES.flatMap((strike) => [
    { expiry: EXPIRY, strike, optionType: 'put', price: price(105, 0, 0.04, strike, -1) },
    { expiry: EXPIRY, strike, optionType: 'call', price: price(105, 0, 0.04, strike, 1) },
  ]);
  const btc = view({ forwards, rate: 0.04, volatility: { type: 'prices', quotes } });
  for (const strike of STRIKES) expect(vol(btc, strike)).toBeCloseTo(smile(strike), 10);
});

it('prices in coin are turned by the forward where forwards are given, by spot where carry is', () => {
  const quotes = (coin: number, spot: number, carry: number) =>
    STRIKES.map((strike) => ({
      expiry: EXPIRY,
      strike,
      optionType: 'put',
      price: price(spot, carry, carry, strike, -1) / coin,
    }));
  const listed = view({ forwards, volatility: { type: 'prices', unit: 'underlying', quotes: quotes(105, 105, 0) } });
  const carried = view({
    carry: { rate: 0.25 },
    volatility: { type: 'prices', unit: 'underlying', quotes: quotes(100, 100, 0.25) },
  });
  for (const strike of STRIKES) {
    expect(vol(listed, strike)).toBeCloseTo(smile(strike), 9);
    expect(vol(carried, strike)).toBeCloseTo(smile(strike), 9);
  }
});

it('of a call and a put the out-of-the-money one is solved', () => {
  const good = (strike: number, sign: 1 | -1) => price(105, 0, 0, strike, sign);
  const quotes = [
    { expiry: EXPIRY, strike: 70, optionType: 'call', price: 35 }, // rounded to its intrinsic value: no volatility in it
    { expiry: EXPIRY, strike: 70, optionType: 'put', price: good(70, -1) },
    { expiry: EXPIRY, strike: 160, optionType: 'call', price: good(160, 1) },
    { expiry: EXPIRY, strike: 160, optionType: 'put', price: 55 },
  ];
  const btc = view({ forwards, volatility: { type: 'prices', quotes } });
  for (const strike of [70, 160]) expect(vol(btc, strike)).toBeCloseTo(smile(strike), 10);
});

it('an SVI slice is its formula', () => {
  const slice = { a: 0.02, b: 0.1, rho: -0.3, m: 0.05, sigma: 0.2 };
  const btc = view({ forwards, volatility: { type: 'svi', slices: [{ expiry: EXPIRY, ...slice }] } });
  for (const strike of STRIKES) {
    const x = Math.log(strike / 105) - slice.m;
    const w = slice.a + slice.b * (slice.rho * x + Math.sqrt(x * x + slice.sigma ** 2));
    expect(vol(btc, strike)).toBeCloseTo(Math.sqrt(w / 0.2), 12);
  }
});
