import { describe, expect, it } from 'vitest';
import {
  lelandVarianceFactor,
  whalleyWilmottHalfWidth,
  zakamoulineBaseWidth,
  zakamoulineGammaWidth,
  zakamoulineHalfWidth,
  zakamoulineShift,
  zakamoulineVarianceFactor,
} from '../../../../src/quant/hedging/bands.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

// S = K = 100, r = 5 %, σ = 25 %, T = 1, λ = 1 %, risk aversion 1.
const option = { spot: 100, strike: 100, time: 1, rate: 0.05, carry: 0.05, vol: 0.25, sign: 1 };
const market = { costRate: 0.01, spot: 100, rate: 0.05, vol: 0.25, years: 1 };
const { delta, gamma } = blackGreeks(option);

// Volatilities and prices: mpmath, 30 digits.
describe('Leland', () => {
  it.each([
    { period: 'monthly', years: 1 / 12, a: '0.221116', vol: '0.276260', price: '13.330788' },
    { period: 'weekly', years: 1 / 52, a: '0.460290', vol: '0.302106', price: '14.311171' },
    { period: 'daily', years: 1 / 252, a: '1.013282', vol: '0.354725', price: '16.307646' },
  ])('$period: A, the volatility of a short option and its price', ({ years, a, vol, price }) => {
    const factor = lelandVarianceFactor(market, years, -1);
    expect((factor - 1).toFixed(6)).toBe(a);
    const adjusted = option.vol * Math.sqrt(factor);
    expect(adjusted.toFixed(6)).toBe(vol);
    expect(blackGreeks({ ...option, vol: adjusted }).price.toFixed(6)).toBe(price);
  });

  it('takes the same A off for a long option, and nothing at no gamma', () => {
    const short = lelandVarianceFactor(market, 1 / 52, -3);
    expect(short + lelandVarianceFactor(market, 1 / 52, 7)).toBeCloseTo(2, 14);
    expect(lelandVarianceFactor(market, 1 / 52, 0)).toBe(1);
  });

  it('keeps a long option of A ≥ 1 at the least variance', () => {
    expect(lelandVarianceFactor(market, 1 / 252, 1)).toBe(1e-4);
  });
});

describe('Whalley and Wilmott', () => {
  it('delta, gamma and half-width of the worked option', () => {
    expect([delta.toFixed(6), gamma.toFixed(7)]).toEqual(['0.627409', '0.0151368']);
    expect(whalleyWilmottHalfWidth(market, gamma, 1).toFixed(7)).toBe('0.0688887');
  });
});

describe('Zakamouline', () => {
  it('H₀, H₁, K and the volatilities of the worked option', () => {
    expect(zakamoulineBaseWidth(market, 1).toFixed(4)).toBe('0.0016');
    expect(zakamoulineGammaWidth(market, gamma, 1).toFixed(6)).toBe('0.046166');
    expect(zakamoulineHalfWidth(market, gamma, 1).toFixed(6)).toBe('0.047766');
    expect(zakamoulineShift(market, gamma, 1).toFixed(6)).toBe('-0.388775');
    expect((option.vol * Math.sqrt(zakamoulineVarianceFactor(market, -gamma, 1))).toFixed(6)).toBe('0.294616');
    expect((option.vol * Math.sqrt(zakamoulineVarianceFactor(market, gamma, 1))).toFixed(6)).toBe('0.195452');
  });
});
