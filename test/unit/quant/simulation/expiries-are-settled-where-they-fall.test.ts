import { describe, expect, it } from 'vitest';
import { optionColumn, strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { windowFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { kernel, strategyOf, termsOf } from './setups.ts';

const SPOTS = [100, 104, 109, 103, 98];
const NEVER = strategyOf({ kind: 'not', rule: { kind: 'interval', years: 0 } });

function run(book: { sign: number; strike: number; expiryYears: number; quantity: number }[], changes = {}) {
  const terms = termsOf(4, 0.4, { book, market: { rate: 0.1, dividendYield: 0, vol: 0.3, skew: 0 }, ...changes });
  const shard = simulateHedges(kernel, terms, windowFeed({ spots: SPOTS, vols: 0.3 }, 100, 1), [NEVER], [], 0, 1);
  return { pnl: strategyColumn(shard, 0, 'pnl')[0]!, option: optionColumn(shard, 'optionPnl')[0]! };
}

const price = (spot: number, strike: number, time: number, sign: number) =>
  blackGreeks({ spot, strike, time, rate: 0.1, carry: 0.1, vol: 0.3, sign }).price;

describe('without a hedge', () => {
  it.each([
    ['on the grid', 0.2],
    ['on the grid to rounding', 0.1 + 0.1 + 1e-17],
    ['between two steps: at the next', 0.13],
  ])('a call that expires %s pays what it is worth there, and interest from then on', (_, expiryYears) => {
    const premium = price(100, 100, expiryYears, 1);
    const { pnl, option } = run([{ sign: 1, strike: 100, expiryYears, quantity: -2 }]);
    expect(option).toBeCloseTo(2 * premium - 2 * 9, 12);
    expect(pnl).toBeCloseTo(2 * premium * Math.exp(0.04) - 2 * 9 * Math.exp(0.02), 12);
  });

  it('without financing nothing earns', () => {
    const { pnl, option } = run([{ sign: 1, strike: 100, expiryYears: 0.2, quantity: -2 }], { financing: false });
    expect(pnl).toBeCloseTo(option, 12);
  });

  it('a put that expires after the horizon is marked at the model', () => {
    const { pnl } = run([{ sign: -1, strike: 100, expiryYears: 1, quantity: 3 }]);
    const want = 3 * (price(98, 100, 0.6, -1) - price(100, 100, 1, -1) * Math.exp(0.04));
    expect(pnl).toBeCloseTo(want, 12);
  });

  it('an option that is out of the money at its expiry pays nothing', () => {
    const { option } = run([{ sign: -1, strike: 100, expiryYears: 0.3, quantity: -1 }]);
    expect(option).toBeCloseTo(price(100, 100, 0.3, -1), 12);
  });
});

describe('physical settlement', () => {
  const always = strategyOf({ kind: 'interval', years: 0 }, {}, { feeBps: 100 });
  const trades = (settlement: 'cash' | 'physical', strike: number) => {
    const book = [{ sign: 1, strike, expiryYears: 0.4, quantity: -1 }];
    const terms = termsOf(4, 0.4, { book, settlement });
    const shard = simulateHedges(kernel, terms, windowFeed({ spots: SPOTS, vols: 0.3 }, 100, 1), [always], [], 0, 1);
    return { cost: strategyColumn(shard, 0, 'cost')[0]!, pnl: strategyColumn(shard, 0, 'pnl')[0]! };
  };

  it('delivers the hedge of a call that ends in the money, so that a full hedge costs nothing to end', () => {
    const [cash, physical] = [trades('cash', 10), trades('physical', 10)];
    // Bought once, and sold again only where the option pays in cash; 1 % of 98.
    expect(cash.cost).toBeCloseTo(1.98, 9);
    expect(physical.cost).toBeCloseTo(1, 9);
    expect(physical.pnl - cash.pnl).toBeCloseTo(0.98, 9);
  });

  it('changes nothing where the option ends out of the money', () => {
    expect(trades('physical', 110)).toEqual(trades('cash', 110));
  });
});
