import { expect, it } from 'vitest';
import { normalPdf } from '../../../../src/quant/pricing/normal.ts';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { ALWAYS, hedge, profitsOf, statisticsOf, strategyOf, termsOf } from './setups.ts';

const strategies = [strategyOf(ALWAYS)];

it('Kamal & Derman: at the money sd ≈ √(π/4)·vega·σ/√N, to 1 % at N = 250', () => {
  // More after hedging, Goldman Sachs Quantitative Strategies (1999): the leading term; the next is of relative order 1/√N at expiry.
  const [years, vol, steps] = [1 / 12, 0.2, 250];
  const vega = 100 * normalPdf(0.5 * vol * Math.sqrt(years)) * Math.sqrt(years);
  const { sd } = profitsOf(hedge({ terms: termsOf(steps, years), strategies, count: 1 << 14 }))[0]!;
  const rule = (Math.sqrt(Math.PI / 4) * vega * vol) / Math.sqrt(steps);
  expect(sd.standardError).toBeLessThan(0.009 * sd.value);
  expect(Math.abs(sd.value / rule - 1)).toBeLessThan(0.01 + (3 * sd.standardError) / sd.value);
});

it.each([
  // √(Δt/2 ∫₀ᵀ E[(e^{−rt}ΓS²σ²)²] dt)·√N in mpmath, by quadrature over the law of S_t and u with t = T(1 − u²).
  ['at the money', 0, 0.2, 1 / 12, 100, 2.03884840651058],
  ['out of the money, with interest', 0.05, 0.3, 0.5, 110, 7.523636115393],
])('the integral of the gammas: %s', (_, rate, vol, years, strike, root) => {
  const steps = 200;
  const terms = termsOf(steps, years, {
    market: { rate, dividendYield: 0, vol, skew: 0 },
    book: [{ sign: 1, strike, expiryYears: years, quantity: -1 }],
  });
  const { sd } = profitsOf(hedge({ terms, strategies, growth: rate, count: 1 << 14 }))[0]!;
  const discounted = Math.exp(-rate * years);
  expect(Math.abs(discounted * sd.value - root / Math.sqrt(steps))).toBeLessThan(
    0.01 * sd.value + 3 * sd.standardError,
  );
});

it('Boyle & Emanuel: one step errs by ½ΓS²σ²Δt(Z² − 1), variance ½(ΓS²σ²Δt)²', () => {
  // Discretely adjusted option hedges, J. Financial Economics 8 (1980). A day of a year's option, marked at the model after it.
  const [vol, day] = [0.3, 1 / 365];
  const terms = termsOf(1, day, {
    market: { rate: 0, dividendYield: 0, vol, skew: 0 },
    book: [{ sign: 1, strike: 100, expiryYears: 1, quantity: -1 }],
  });
  const sampling = { kind: 'antithetic' } as const;
  const shard = hedge({ terms, strategies, sampling, count: 1 << 16 });
  const [profits] = profitsOf(shard, sampling);
  const gammaCash = (100 * normalPdf(0.15)) / vol;
  const scale = gammaCash * vol * vol * day;
  // The next order, from the third derivatives, is of relative size σ√Δt = 1.6 %.
  expect(Math.abs(profits!.sd.value / (scale / Math.SQRT2) - 1)).toBeLessThan(0.016);
  expect(Math.abs(profits!.mean.value)).toBeLessThan(4 * profits!.mean.standardError + 0.016 * scale);
  const skewness = statisticsOf([strategyColumn(shard, 0, 'pnl').map((x) => (x / profits!.sd.value) ** 3)], sampling);
  // Of 1 − Z² it is −√8.
  expect(Math.abs(skewness.mean.value + Math.sqrt(8))).toBeLessThan(4 * skewness.mean.standardError);
});
