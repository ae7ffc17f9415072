import { expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { DELTA_CONVENTIONS, type DeltaConvention } from '../../../../src/quant/hedging/deltaConvention.ts';
import type { EdgeSource } from '../../../../src/quant/simulation/hedgeDecisions.ts';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { replayHistory } from '../../../../src/quant/simulation/historyReplay.ts';
import { windowFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { minimumVarianceDelta, stickyMoneynessDelta } from '../../../../src/quant/surface/smileGreeks.ts';
import { kernel, strategyOf, termsOf } from './setups.ts';

const [SKEW, RATE, VOL] = [-0.15, 0.03, 0.4];
const OPTION = { spot: 100, strike: 110, time: 0.5, rate: RATE, carry: RATE, vol: VOL, sign: 1 };
const { price, delta, vega } = blackGreeks(OPTION);
/** Of two calls sold. */
const ADDED: Record<DeltaConvention, number> = {
  black_scholes: 0,
  sticky_strike: 0,
  premium_adjusted: (2 * price) / 100,
  sticky_delta: -2 * (stickyMoneynessDelta(delta, vega, SKEW, 100) - delta),
  min_variance: -2 * (minimumVarianceDelta(delta, vega, SKEW, 100) - delta),
};
const [LOWER, UPPER] = [0.7, 0.9];
const BAND: EdgeSource = (_step, _spot, out, at) => {
  out[at] = LOWER;
  out[at + 1] = UPPER;
};

it.each(DELTA_CONVENTIONS)('%s', (deltaConvention) => {
  const rule = { kind: 'optimal', riskAversion: 1 } as const;
  const strategy = { ...strategyOf(rule, { rebalanceTo: 'edge' }), deltaConvention };
  // From nothing up to the lower edge, which what the convention adds to the delta of the book has moved down.
  const want = LOWER - ADDED[deltaConvention];
  const terms = termsOf(1, 1e-9, {
    market: { rate: RATE, dividendYield: 0, vol: VOL, skew: SKEW },
    book: [{ sign: 1, strike: 110, expiryYears: 0.5, quantity: -2 }],
  });
  const still = windowFeed({ spots: [100, 100], vols: VOL }, 100, 1);
  const path = simulateHedges(kernel, terms, still, [strategy], [[BAND]], 0, 1);
  // The trade and the liquidation.
  expect(strategyColumn(path, 0, 'turnover')[0]! / 200).toBeCloseTo(want, 12);
  const history = {
    ...{ times: Float64Array.of(0, 0.1), spots: Float64Array.of(100, 100), rate: RATE, dividendYield: 0 },
    options: [
      {
        ...{ sign: 1, strike: 110, expiryYears: 0.5, quantities: Float64Array.of(-2, -2) },
        ...{ marks: Float64Array.of(price, NaN), vols: Float64Array.of(VOL, NaN), slopes: Float64Array.of(SKEW, NaN) },
      },
    ],
  };
  const replay = replayHistory(kernel, history, { financing: true, settlement: 'cash' }, [strategy], [[BAND]]);
  expect(strategyColumn(replay, 0, 'turnover')[0]! / 100).toBeCloseTo(want, 12);
});
