import { expect, test } from 'vitest';
import { scorecardsOf, type CostSums, type OrderSums } from '../../../src/execution/scorecards.ts';

const KEY = { venue: 'paper', quote: 'USD', currency: 'USD' } as const;
const ORDERS: OrderSums = {
  ...{ ...KEY, orders: 6, filled: 2, partiallyFilled: 1, unfilled: 1, rejected: 1, denied: 1, open: 0 },
  ...{ sentNotional: '400000.00', tradedNotional: '300000', settled: 5, median: 0.5, p90: 2 },
};
const COSTS: CostSums = {
  ...{ ...KEY, legs: 3, filledNotional: '300000', spread: '60', impact: '-15', fee: '150', meanBps: 9 },
  ...{ estimatedNotional: '200000', estimatedTotal: '120', expected: '100' },
};

test('costs are by notional, in parts that add up, and against the estimates of the same legs', () => {
  const [card] = scorecardsOf([ORDERS], [COSTS]);
  expect(card).toMatchObject({ ...KEY, orders: 6, denied: 1, sentNotional: '400000', fillRatio: 0.75 });
  expect(card!.cost).toEqual({
    ...{ legs: 3, filledNotional: '300000', meanBps: 9, weightedBps: 6.5, spreadBps: 2, impactBps: -0.5, feeBps: 5 },
    ...{ expectedBps: 5, beyondExpectedBps: 1 },
  });
  expect(card!.secondsToSettle).toEqual({ orders: 5, median: 0.5, p90: 2 });
});

test('what is not known is null, never 0', () => {
  const unsent = { ...ORDERS, sentNotional: '0', tradedNotional: '0', settled: 0, median: null, p90: null };
  expect(scorecardsOf([unsent], [])).toMatchObject([{ fillRatio: null, cost: null, secondsToSettle: null }]);
  const unestimated = { ...COSTS, estimatedNotional: '0', estimatedTotal: '0', expected: '0' };
  expect(scorecardsOf([ORDERS], [unestimated])[0]!.cost).toMatchObject({ expectedBps: null, beyondExpectedBps: null });
});

test('each line has the costs of its own venue and currencies', () => {
  const inCoin = { ...KEY, currency: 'BTC' };
  const cards = scorecardsOf([ORDERS, { ...ORDERS, ...inCoin }], [{ ...COSTS, ...inCoin, legs: 1 }]);
  expect(cards.map(({ cost }) => cost?.legs)).toEqual([undefined, 1]);
});
