import { describe, expect, it } from 'vitest';
import { surfaceReport } from '../../../src/market/surfaceReport.ts';
import { MarketSurfaceSchema, type MarketSurface } from '../../../src/market/surfaceModel.ts';
import { snapshotFaults } from '../../../src/market/validate.ts';
import { isMissing } from '../../../src/market/pricing.ts';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { AS_OF, expiry, snapshot, view } from './snapshots.ts';

const NEAR = expiry(73); // a fifth of a year
const FAR = expiry(146);
const forwards = [
  { expiry: NEAR, price: 105 },
  { expiry: FAR, price: 110 },
];
const STRIKES = [70, 80, 90, 100, 105, 115, 130, 150, 170];
const smile = (strike: number) => 0.5 + 0.3 * Math.log(strike / 105) ** 2 - 0.1 * Math.log(strike / 105);
const ID = '019a0000-0000-7000-8000-000000000000';

function surfaceOf(market: object): MarketSurface {
  const given = snapshot(market);
  expect(snapshotFaults(given)).toEqual([]);
  const report = surfaceReport(ID, AS_OF, given.underlyings[0]!, view(market).surface!.fitted());
  expect(MarketSurfaceSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(JSON.parse(JSON.stringify(report)));
  return report;
}

function volAt(market: object, expiryAt: string, strike: number): number {
  const answer = view(market).pricing(Date.parse(expiryAt), strike);
  if (isMissing(answer)) throw new Error(answer.detail);
  return answer.vol;
}

const quotes = STRIKES.flatMap((strike) => [
  { expiry: NEAR, strike, iv: smile(strike), bidIv: smile(strike) - 0.01, askIv: smile(strike) + 0.01 },
  { expiry: FAR, strike, iv: smile(strike), bidIv: smile(strike) - 0.01, askIv: smile(strike) + 0.01 },
]);

describe('quotes', () => {
  const market = { forwards, volatility: { type: 'quotes', quotes } };
  const surface = surfaceOf(market);

  it('are fitted by SVI, each named with its place in the snapshot', () => {
    expect(surface).toMatchObject({ source: 'quotes', flatVol: null, arbitrageFree: true, omitted: [] });
    expect(surface.expiries.map(({ method, expiry: at, forward }) => [method, at, forward])).toEqual([
      ['svi', NEAR, 105],
      ['svi', FAR, 110],
    ]);
    const seen = surface.expiries.flatMap(({ residuals }) => residuals);
    expect(seen.map(({ index }) => index).sort((a, b) => a - b)).toEqual(quotes.map((_, i) => i));
    for (const { index, strike, bidVol } of seen) {
      expect(strike).toBe(quotes[index]!.strike);
      expect(bidVol).toBe(quotes[index]!.bidIv);
    }
    expect(surface.quality.withinBidAsk).toBe(1);
    expect(surface.expiries[0]!.smile!.atmVol).toBeCloseTo(0.5, 2);
  });

  it('price at their volatility where they are listed, at that of the surface elsewhere', () => {
    for (const { expiry: at, strike, iv } of quotes) expect(volAt(market, at, strike)).toBe(iv);
    expect(Math.abs(volAt(market, NEAR, 97) - smile(97))).toBeLessThan(0.005);
    const between = volAt(market, expiry(110), 107);
    expect(between).toBeGreaterThan(0.45);
    expect(between).toBeLessThan(0.55);
  });

  it('give the slope of the surface', () => {
    const btc = view(market);
    const at = (strike: number) => volAt(market, NEAR, strike);
    const slope = btc.slope(Date.parse(NEAR), 97.3);
    if (typeof slope !== 'number') throw new Error(slope.detail);
    expect(slope).toBeCloseTo((at(97.3 * Math.exp(1e-4)) - at(97.3 * Math.exp(-1e-4))) / 2e-4, 5);
    expect(btc.slope(Date.parse(expiry(-1)), 97)).toMatchObject({ code: 'expired' });
  });

  it('with a bid above the ask are refused', () => {
    const crossed = [{ ...quotes[0], bidIv: 0.9, askIv: 0.8 }];
    expect(snapshotFaults(snapshot({ forwards, volatility: { type: 'quotes', quotes: crossed } }))).toMatchObject([
      { pointer: '/underlyings/0/volatility/quotes/0/bidIv', code: 'crossed' },
    ]);
  });
});

it('fewer than five quotes of an expiry are joined, and it says so', () => {
  const surface = surfaceOf({ forwards, volatility: { type: 'quotes', quotes: quotes.slice(0, 6) } });
  expect(surface.expiries[0]).toMatchObject({ method: 'interpolation', reason: 'fewer_than_5_quotes', svi: null });
  expect(surface.expiries[0]!.points).toHaveLength(3);
});

it('prices, of calls and puts and in coin, are fitted with what they are worth', () => {
  const priced = STRIKES.flatMap((strike) =>
    (['call', 'put'] as const).map((optionType) => {
      const sign = optionType === 'call' ? 1 : -1;
      const { price } = blackGreeks({ spot: 105, strike, sign, time: 0.2, rate: 0, carry: 0, vol: smile(strike) });
      return {
        expiry: NEAR,
        strike,
        optionType,
        price: price / 105,
        bid: (0.99 * price) / 105,
        ask: (1.01 * price) / 105,
      };
    }),
  );
  const surface = surfaceOf({ forwards, volatility: { type: 'prices', unit: 'underlying', quotes: priced } });
  const [near] = surface.expiries;
  expect(near!.residuals).toHaveLength(STRIKES.length);
  expect(near!.rejected.map(({ code }) => code)).not.toContain('above_bound');
  expect(near!.rejected).toHaveLength(STRIKES.length);
  for (const { strike, bidVol, askVol } of near!.residuals) {
    expect(bidVol!).toBeLessThan(smile(strike));
    expect(askVol!).toBeGreaterThan(smile(strike));
  }
});

it('SVI slices are shown as given, with the arbitrage in them', () => {
  const vogt = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
  const surface = surfaceOf({ forwards, volatility: { type: 'svi', slices: [{ expiry: NEAR, ...vogt }] } });
  expect(surface).toMatchObject({ source: 'svi', arbitrageFree: false });
  expect(surface.expiries[0]).toMatchObject({ method: 'given', svi: vogt, residuals: [], calendar: [] });
  expect(surface.expiries[0]!.butterfly[0]!.from).toBeCloseTo(0.6424078778693807, 12);
});

it('a flat volatility has nothing to fit', () => {
  const surface = surfaceOf({ forwards, volatility: { type: 'flat', vol: 0.6 } });
  expect(surface).toMatchObject({ source: 'flat', flatVol: 0.6, expiries: [], arbitrageFree: true });
});

it('without a forward there is no smile to fit, and the expiries are named', () => {
  const surface = surfaceOf({ volatility: { type: 'quotes', quotes } });
  expect(surface.expiries).toEqual([]);
  expect(surface.omitted).toEqual([
    { expiry: NEAR, reason: 'no_forward' },
    { expiry: FAR, reason: 'no_forward' },
  ]);
});

it('nothing is said of an underlying without volatility', () => {
  expect(view({ forwards }).surface).toBeUndefined();
});
