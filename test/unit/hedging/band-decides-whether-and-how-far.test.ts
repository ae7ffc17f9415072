import { describe, expect, it } from 'vitest';
import { hedge, orderOf } from '../../support/plans.ts';

const target = (rest: object) => ({
  targets: [{ underlying: 'BTC', ...rest }],
  instruments: [{ instrument: 'spot:BTC/USD' }],
});

describe('inside the tolerance nothing is traded', () => {
  it.each([
    ['in the middle', 0.1],
    ['on the upper edge', 0.25],
    ['on the lower edge', -0.25],
    ['on the target', 0],
  ])('%s', (_where, delta) => {
    const result = hedge(delta, target({ tolerance: 0.25 }));
    expect(result.orders).toEqual([]);
    expect(result.estimatedCost).toEqual([]);
    expect(result.noTrade).toEqual({ code: 'within_tolerance', detail: expect.any(String) });
    expect(result.underlyings[0]).toMatchObject({
      noTrade: { code: 'within_tolerance', detail: expect.stringContaining('± 0.25') },
      residual: { greek: 'delta', value: delta, withinTolerance: true },
      alternatives: [],
    });
    expect(result.underlyings[0]!.greeks.after).toEqual(result.underlyings[0]!.greeks.before);
  });
});

describe('outside of it', () => {
  it.each([
    ['target', 1, 'sell', '1'],
    ['target', -1.5, 'buy', '1.5'],
    ['edge', 1, 'sell', '0.75'],
    ['edge', -1.5, 'buy', '1.25'],
  ] as const)('rebalancing to the %s of %d: %s %s', (rebalanceTo, delta, side, quantity) => {
    const result = hedge(delta, { ...target({ tolerance: 0.25 }), rebalanceTo });
    expect(orderOf(result)).toMatchObject({ side, quantity, delta: (side === 'buy' ? 1 : -1) * Number(quantity) });
    expect(result.residuals).toMatchObject([
      { underlying: 'BTC', quote: 'USD', greek: 'delta', withinTolerance: true },
    ]);
    expect(result.noTrade).toBeNull();
  });

  it('the target need not be zero', () => {
    expect(orderOf(hedge(1, target({ target: 2.5, tolerance: 0.5 })))).toMatchObject({ side: 'buy', quantity: '1.5' });
    const edge = { ...target({ target: 2.5, tolerance: 0.5 }), rebalanceTo: 'edge' };
    expect(orderOf(hedge(1, edge))).toMatchObject({ side: 'buy', quantity: '1' });
  });

  it('without a target every underlying of the book is brought to zero', () => {
    expect(hedge(1).underlyings[0]!.target).toEqual({
      ...{ underlying: 'BTC', quote: 'USD', greek: 'delta' },
      ...{ target: 0, tolerance: 0, priority: 1 },
    });
  });
});

describe('to the edge, on a grid', () => {
  const coarse = (tolerance: number) => ({
    targets: [{ underlying: 'BTC', tolerance }],
    instruments: [{ instrument: 'spot:BTC/USD', lotSize: '1', minTrade: '1' }],
    rebalanceTo: 'edge',
  });

  it('takes the first lot inside the band', () => {
    const result = hedge(2.75, coarse(0.5));
    expect(orderOf(result)).toMatchObject({ side: 'sell', quantity: '3' });
    expect(result.residuals[0]).toMatchObject({ value: -0.25, withinTolerance: true });
  });

  it('does not overshoot where no lot falls into the band', () => {
    const result = hedge(1.375, coarse(0.25));
    expect(orderOf(result)).toMatchObject({ side: 'sell', quantity: '1' });
    expect(result.residuals[0]).toMatchObject({ value: 0.375, withinTolerance: false });
  });

  it('does not trade what would leave the book further off than it is', () => {
    const result = hedge(0.375, coarse(0.25));
    expect(result.orders).toEqual([]);
    expect(result.noTrade).toMatchObject({ code: 'below_minimum_trade' });
  });
});
