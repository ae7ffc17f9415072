import { expect, it } from 'vitest';
import { expiry, view } from './snapshots.ts';

const volatility = { type: 'flat', vol: 0.5 };
const forwards = [{ expiry: expiry(30), price: 101 }];

it.each([
  ['no forwards and no carry', { volatility }, 30, 'missing_forward', /neither forwards nor carry for BTC\/USD/],
  ['an empty list of forwards', { forwards: [], volatility }, 30, 'missing_forward', /neither forwards nor carry/],
  ['no volatility', { forwards }, 30, 'missing_volatility', /no volatility for BTC\/USD/],
  ['a passed expiry', { forwards, volatility }, -1, 'expired', /not after/],
  ['an expiry at asOf', { forwards, volatility }, 0, 'expired', /not after/],
] as const)('%s', (_, market, days, code, detail) => {
  expect(view(market).pricing(Date.parse(expiry(days)), 100)).toEqual({ code, detail: expect.stringMatching(detail) });
});

it('an SVI slice whose variance is nought at the strike is no volatility', () => {
  const slices = [{ expiry: expiry(365), a: 0, b: 0.1, rho: 0, m: 0, sigma: 1e-300 }];
  const btc = view({ forwards: [{ expiry: expiry(365), price: 100 }], volatility: { type: 'svi', slices } });
  expect(btc.pricing(Date.parse(expiry(365)), 100)).toMatchObject({ code: 'missing_volatility' });
});
