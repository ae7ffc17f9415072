import { expect, it } from 'vitest';
import { solveBand } from '../../../../src/quant/hedging/optimalBand.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { solveStrategyBands } from '../../../../src/quant/simulation/optimalEdges.ts';
import { hedge, kernel, strategyOf, termsOf } from './setups.ts';

const FORECAST = 0.35;

it('a formula reads the forecast, and the book is priced at its own volatility', () => {
  const [lambda, period] = [0.001, 1 / 52];
  // Leland 1985, of the forecast: the variance of the short call times 1 + A, A = √(8/π)·λ/(σ√δt).
  const factor = 1 + (Math.sqrt(8 / Math.PI) * lambda) / (FORECAST * Math.sqrt(period));
  const vol = 0.2 * Math.sqrt(factor);
  const { delta } = blackGreeks({ spot: 100, strike: 110, time: 0.5, rate: 0, carry: 0, vol, sign: 1 });
  const strategy = strategyOf({ kind: 'leland', periodYears: period }, {}, { feeBps: 10 });
  const terms = termsOf(1, 1e-9, { book: [{ sign: 1, strike: 110, expiryYears: 0.5, quantity: -1 }] });
  const shard = hedge({ terms, strategies: [{ ...strategy, forecastVol: FORECAST }], count: 1 });
  // The trade and the liquidation, between which the spot moves by a few millionths.
  expect(strategyColumn(shard, 0, 'turnover')[0]! / 200).toBeCloseTo(delta, 4);
});

it('a solved band is that of an underlying of the forecast, and of a book at the volatility of the market', () => {
  const terms = termsOf(10, 0.1);
  const strategy = strategyOf({ kind: 'optimal', riskAversion: 1 }, {}, { feeBps: 5 });
  const [band] = solveStrategyBands(kernel, terms, 100, { ...strategy, forecastVol: FORECAST });
  const book = {
    ...{ count: 1, strikes: Float64Array.of(100), years: Float64Array.of(0.1), vols: Float64Array.of(0.2) },
    ...{ quantities: Float64Array.of(-1), signs: Float64Array.of(1) },
  };
  const market = { spot: 100, rate: 0, carry: 0, vol: FORECAST, costRate: 0.0005, riskAversion: 1 };
  expect(band).toEqual(solveBand({ book, ...market, ...terms.grid, terminal: 'liquidate' }, kernel.europeans));
  expect(band).not.toEqual(solveStrategyBands(kernel, terms, 100, strategy)[0]);
});

it.each([0, NaN])('%d is none', (forecastVol) => {
  const strategies = [{ ...strategyOf({ kind: 'leland', periodYears: 1 }), forecastVol }];
  expect(() => hedge({ terms: termsOf(1, 0.1), strategies, count: 1 })).toThrow(RangeError);
});
