import { describe, expect, it } from 'vitest';
import type { PlanResult } from '../../../src/hedging/model.ts';
import { WorthInputSchema, type WorthInput } from '../../../src/hedging/optimiseModel.ts';
import { weigh } from '../../../src/hedging/worth.ts';
import type { Valuation } from '../../../src/risk/model.ts';
import { marketView } from '../../support/books.ts';
import { AS_OF, bitcoin, exposed, plan } from '../../support/plans.ts';

const market = marketView(AS_OF, [
  bitcoin({ volatility: { type: 'flat', vol: 0.6 } }),
  { underlying: 'SOL', quote: 'USDC', spot: { mark: 200 }, carry: { rate: 0 }, volatility: { type: 'flat', vol: 1 } },
]);
const valuation = exposed(market, [{ underlying: 'BTC', delta: 2 }]);
/** Two bitcoin are sold for 5 basis points of 200,000: 100 dollars. */
const costs = { feeBps: 5, halfSpreadBps: 0, impactCoefficient: 0 };
const instruments = [{ instrument: 'deribit:BTC-PERPETUAL', costs: { halfSpreadBps: 0 } }];
const hedged = plan({ costs, instruments }, valuation, market);
/** Of 200,000 dollars at 60 % over a day: (200,000 × 0.6)² / 365. */
const VARIANCE = 120_000 ** 2 / 365;

function weighed(asked: Partial<WorthInput> | undefined, given: PlanResult = hedged, of: Valuation = valuation) {
  const worthIt = asked && WorthInputSchema.parse(asked);
  const rest = { riskAversion: undefined, optimise: undefined, ledger: undefined };
  return weigh(given, { worthIt, ...rest, valuation: of, market });
}

describe('what a hedge saves', () => {
  it('is half the risk aversion times the variance that it takes away', () => {
    const [worth] = weighed({ riskAversion: 1e-5 }).worth;
    expect(worth).toMatchObject({ currency: 'USD', riskAversion: 1e-5, horizonDays: 1, cost: 100, worthIt: true });
    expect(worth!.varianceBefore / VARIANCE).toBeCloseTo(1, 12);
    expect(worth!.varianceAfter).toBeCloseTo(0, 6);
    expect(worth!.saved! / (0.5e-5 * VARIANCE)).toBeCloseTo(1, 12); // 197.26
  });

  it('grows with the horizon', () => {
    const [worth] = weighed({ riskAversion: 1e-6, horizonDays: 10 }).worth;
    expect(worth!.varianceBefore / VARIANCE).toBeCloseTo(10, 11);
  });

  it('counts what the hedge leaves', () => {
    const half = plan({ costs, instruments, targets: [{ underlying: 'BTC', target: 1 }] }, valuation, market);
    const [worth] = weighed({ riskAversion: 1e-6 }, half).worth;
    expect(worth!.varianceAfter / VARIANCE).toBeCloseTo(1 / 4, 12);
  });
});

describe('where it is less than the cost', () => {
  // ½ × 5e-6 × 39,452,055 = 98.63 against 100
  it('nothing is traded, and the numbers say why', () => {
    const told = weighed({ riskAversion: 5e-6 });
    expect(told).toMatchObject({ orders: [], estimatedCost: [], noTrade: { code: 'not_worth_it' } });
    expect(told.noTrade!.detail).toContain('costs 100 and saves 98.6301');
    const [underlying] = told.underlyings;
    expect(underlying!.greeks.after).toEqual(underlying!.greeks.before);
    expect(underlying!.greeks.hedge.delta).toBe(0);
    expect(told.residuals).toMatchObject([{ value: 2, withinTolerance: false }]);
  });

  it('the orders stay where the plan is to be weighed alone', () => {
    for (const asked of [{ riskAversion: 5e-6, enforce: false }, undefined]) {
      const told = weighed(asked);
      expect(told.orders).toEqual(hedged.orders);
      expect(told.worth[0]!.worthIt).toBe(asked ? false : null);
    }
  });

  it('the orders of another currency stay', () => {
    const both = exposed(market, [
      { underlying: 'BTC', delta: 2 },
      { underlying: 'SOL', quote: 'USDC', delta: 100_000 },
    ]);
    const given = plan({ costs, instruments }, both, market);
    expect(given.orders.map(({ leg, quote }) => [leg, quote])).toEqual([
      [0, 'USD'],
      [1, 'USDC'],
    ]);
    const told = weighed({ riskAversion: 5e-6 }, given, both);
    expect(told.orders.map(({ leg, quote }) => [leg, quote])).toEqual([[0, 'USDC']]);
    expect(told.noTrade).toBeNull();
    expect(told.worth.map(({ currency, worthIt }) => [currency, worthIt])).toEqual([
      ['USD', false],
      ['USDC', true],
    ]);
    expect(told.underlyings.map(({ noTrade }) => noTrade?.code)).toEqual(['not_worth_it', undefined]);
  });
});

it('without a risk aversion nobody can say whether it is worth it', () => {
  const told = weighed({});
  expect(told.worth).toMatchObject([{ riskAversion: null, saved: null, worthIt: null, income: null }]);
  expect(told.orders).toHaveLength(1);
});

it('a volatility that the market does not tell is missed where worth is asked for, and else left out', () => {
  const bare = marketView(AS_OF, [bitcoin()]);
  const of = (worthIt: WorthInput | undefined) =>
    weigh(hedged, {
      ...{ worthIt, riskAversion: undefined, optimise: undefined, ledger: undefined },
      ...{ valuation, market: bare },
    });
  expect(of(undefined).worth).toEqual([]);
  expect(() => of({ enforce: true })).toThrow('has no volatility of BTC/USD');
});
