import { describe, expect, it } from 'vitest';
import { DELTA_CONVENTIONS } from '../../../../src/quant/hedging/deltaConvention.ts';
import {
  OPTION_COLUMNS,
  optionColumn,
  STRATEGY_COLUMNS,
  strategyColumn,
} from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import type { History, HistoryOption } from '../../../../src/quant/simulation/history.ts';
import { replayHistory } from '../../../../src/quant/simulation/historyReplay.ts';
import { windowFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { maxDrawdown } from '../../../../src/quant/simulation/statistics.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { ALWAYS, kernel, strategyOf, termsOf } from './setups.ts';

const SPOTS = [100, 104, 97, 103, 108, 101];
const STEP = 0.02;
const RATE = 0.04;
const COUNT = SPOTS.length;
const column = (value: (at: number) => number) => Float64Array.from({ length: COUNT }, (_, at) => value(at));
const NOWHERE = column(() => NaN);

function optionOf(changes: Partial<HistoryOption>): HistoryOption {
  return {
    sign: 1,
    strike: 100,
    expiryYears: 0.5,
    quantities: column(() => -1),
    marks: NOWHERE,
    vols: column((at) => (at === 0 ? 0.5 : NaN)),
    ...changes,
  };
}

function historyOf(options: HistoryOption[]): History {
  return { times: column((at) => at * STEP), spots: Float64Array.from(SPOTS), rate: RATE, dividendYield: 0, options };
}

const COSTS = { feeBps: 5, fixedCost: 0.01, fundingBpsPer8h: 1 };
const TERMS = { financing: true, settlement: 'cash' } as const;

describe.each(DELTA_CONVENTIONS)('%s', (deltaConvention) => {
  it.each([
    ['interval', ALWAYS],
    ['whalley_wilmott', { kind: 'whalley_wilmott', riskAversion: 2 }],
    ['zakamouline', { kind: 'zakamouline', riskAversion: 2 }],
  ] as const)('%s: without marks, a history is a path at the volatility that it carries on', (_, rule) => {
    const strategy = { ...strategyOf(rule, { rebalanceTo: 'edge' }, COSTS), deltaConvention };
    const slope = -0.2;
    const flat = { vols: column(() => 0.5), slopes: column(() => slope) };
    const history = historyOf([
      optionOf({ ...flat, quantities: column(() => -2) }),
      optionOf({ ...flat, sign: -1, strike: 95, expiryYears: 0.05, quantities: column(() => 1) }),
    ]);
    const terms = termsOf(COUNT - 1, (COUNT - 1) * STEP, {
      market: { rate: RATE, dividendYield: 0, vol: 0.5, skew: slope },
      book: [
        { sign: 1, strike: 100, expiryYears: 0.5, quantity: -2 },
        { sign: -1, strike: 95, expiryYears: 0.05, quantity: 1 },
      ],
    });
    const path = simulateHedges(kernel, terms, windowFeed({ spots: SPOTS, vols: 0.5 }, 100, 1), [strategy], [], 0, 1);
    const replay = replayHistory(kernel, history, TERMS, [strategy]);
    for (const name of STRATEGY_COLUMNS)
      expect(strategyColumn(replay, 0, name)[COUNT - 1]).toBeCloseTo(strategyColumn(path, 0, name)[0]!, 10);
    for (const name of OPTION_COLUMNS)
      expect(optionColumn(replay, name)[COUNT - 1]).toBeCloseTo(optionColumn(path, name)[0]!, 10);
  });
});

describe('a recorded book', () => {
  const never = strategyOf({ kind: 'not', rule: ALWAYS });

  it('stands at its marks, and at the model of the last volatility where there is none', () => {
    const marks = column((at) => (at === 2 ? NaN : 10 + at));
    const shard = replayHistory(kernel, historyOf([optionOf({ marks })]), { ...TERMS, financing: false }, [never]);
    const model = blackGreeks({ spot: 97, strike: 100, time: 0.46, rate: RATE, carry: RATE, vol: 0.5, sign: 1 }).price;
    [0, -1, 10 - model, -3, -4, -5].forEach((want, at) =>
      expect(strategyColumn(shard, 0, 'pnl')[at]).toBeCloseTo(want, 12),
    );
    expect(maxDrawdown(strategyColumn(shard, 0, 'pnl'))).toBeGreaterThan(4);
  });

  it('is traded at its marks when its quantities change: a roll costs nothing of itself', () => {
    const first = optionOf({ marks: column((at) => 10 + at), quantities: column((at) => (at < 3 ? -1 : 0)) });
    const second = optionOf({
      strike: 105,
      vols: column((at) => (at < 3 ? NaN : 0.6)),
      marks: column((at) => (at < 3 ? NaN : 7 - at)),
      quantities: column((at) => (at < 3 ? 0 : -2)),
    });
    const shard = replayHistory(kernel, historyOf([first, second]), { ...TERMS, financing: false }, [never]);
    expect([...strategyColumn(shard, 0, 'pnl')]).toEqual([0, -1, -2, -3, -1, 1]);
  });

  it('settles at the delivery price, in cash and by delivery alike', () => {
    const book = [optionOf({ expiryYears: 0.055, deliveryPrice: 102.5, marks: column((at) => (at === 0 ? 8 : NaN)) })];
    for (const settlement of ['cash', 'physical'] as const) {
      const shard = replayHistory(kernel, historyOf(book), { financing: false, settlement }, [never]);
      expect(strategyColumn(shard, 0, 'pnl')[3]).toBeCloseTo(8 - 2.5, 12);
      expect(optionColumn(shard, 'optionPnl')[5]).toBeCloseTo(8 - 2.5, 12);
    }
  });

  it('hedges the delta to the spot of an option on its own forward', () => {
    const forwards = column(() => 112);
    const history = historyOf([optionOf({ forwards })]);
    const shard = replayHistory(kernel, history, TERMS, [strategyOf(ALWAYS)]);
    const carry = Math.log(1.12) / 0.5;
    const { delta } = blackGreeks({ spot: 100, strike: 100, time: 0.5, rate: RATE, carry, vol: 0.5, sign: 1 });
    expect(strategyColumn(shard, 0, 'turnover')[0]).toBeCloseTo(100 * delta, 10);
  });

  it('explains what each option gains by its own volatility', () => {
    const vols = (rise: number) => column((at) => 0.4 + (at > 0 ? rise : 0));
    const history = historyOf([optionOf({ vols: vols(0.001) }), optionOf({ strike: 130, vols: vols(-0.002) })]);
    const shard = replayHistory(kernel, history, TERMS, [never]);
    const vega = (strike: number) =>
      blackGreeks({ spot: 100, strike, time: 0.5, rate: RATE, carry: RATE, vol: 0.4, sign: 1 }).vega;
    expect(optionColumn(shard, 'vega')[1]).toBeCloseTo(-(0.001 * vega(100) - 0.002 * vega(130)), 12);
  });
});

it.each([
  ['a volatility that was never told', historyOf([optionOf({ vols: NOWHERE })]), 'without a volatility'],
  ['instants out of order', { ...historyOf([]), times: column((at) => -at) }, 'instants ascend'],
  ['a spot of 0', { ...historyOf([]), spots: column(() => 0) }, 'a spot is out of its range'],
  ['columns of another length', historyOf([optionOf({ marks: new Float64Array(2) })]), 'one element for each instant'],
  ['a negative mark', historyOf([optionOf({ marks: column(() => -1) })]), 'out of its range'],
])('refuses %s', (_, history, message) => {
  expect(() => replayHistory(kernel, history, TERMS, [strategyOf(ALWAYS)])).toThrow(message);
});
