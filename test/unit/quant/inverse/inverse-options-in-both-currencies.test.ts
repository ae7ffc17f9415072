import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { inverseGreeks, settlementDecay } from '../../../../src/quant/pricing/inverse.ts';
import { derivative } from '../../../support/derivative.ts';

const option = { forward: 77_000, index: 76_900, strike: 80_000, time: 0.1, rate: 0, vol: 0.45, sign: 1 };

describe('an inverse option', () => {
  it.each([
    ['call', option],
    ['put', { ...option, sign: -1 }],
    ['deep call', { ...option, strike: 40_000 }],
    ['far put', { ...option, strike: 30_000, sign: -1, rate: 0.05 }],
  ])('%s: coin numbers are derivatives of V/F', (_name, given) => {
    const greeks = inverseGreeks(given);
    const coin = (forward: number) => inverseGreeks({ ...given, forward }).price;
    const step = 1e-3 * given.forward;
    expect(derivative((h) => coin(given.forward + h), step) / greeks.deltaCoin).toBeCloseTo(1, 7);
    const slope = (h: number) => inverseGreeks({ ...given, forward: given.forward + h });
    expect(derivative((h) => slope(h).deltaCoin, step) / greeks.gammaCoin).toBeCloseTo(1, 7);
    expect(derivative((h) => slope(h).deltaPremiumAdjusted, step) / greeks.gammaPremiumAdjusted).toBeCloseTo(1, 7);
    expect(greeks.deltaPremiumAdjusted).toBeCloseTo(greeks.delta - greeks.price, 14);
    expect(greeks.price * given.forward).toBeCloseTo(blackGreeks({ ...given, spot: given.forward, carry: 0 }).price, 9);
  });

  it('is worth the coin price at the index', () => {
    const { price, priceUsd } = inverseGreeks(option);
    expect(priceUsd).toBe(price * option.index);
  });

  it('has the premium-adjusted delta of a far strike without cancelling', () => {
    const { delta, price, deltaPremiumAdjusted } = inverseGreeks({ ...option, strike: 7_700 });
    expect(deltaPremiumAdjusted).toBeCloseTo(0.1, 4);
    expect(Math.abs(delta - price - deltaPremiumAdjusted)).toBeLessThan(1e-15);
  });

  it('at expiry is worth its intrinsic value', () => {
    const expired = inverseGreeks({ ...option, time: 0, strike: 70_000 });
    expect(expired).toMatchObject({ price: 7_000 / 77_000, delta: 1, gamma: 0, netTransactionDelta: 0 });
    for (const number of Object.values(expired)) expect(Number.isFinite(number)).toBe(true);
  });
});

describe('the settlement window', () => {
  const minutes = (count: number) => count / (365 * 24 * 60);

  it('lets the net transaction delta run out over the last half hour', () => {
    expect([60, 30, 15, 3, 0].map((left) => settlementDecay(minutes(left)))).toEqual([1, 1, 0.5, 0.1, 0]);
  });

  it("gives the exchange's own example: delta 1, mark 0.3, half an hour half over", () => {
    const late = { ...option, strike: 0.7 * option.forward, time: minutes(15), vol: 0.01 };
    expect(inverseGreeks(late).netTransactionDelta).toBeCloseTo(0.35, 12);
  });
});
