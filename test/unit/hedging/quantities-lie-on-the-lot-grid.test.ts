import { describe, expect, it } from 'vitest';
import { exact } from '../../../src/platform/decimal.ts';
import { hedge, MARKET, orderOf, plan, exposed } from '../../support/plans.ts';

const spot = (rules: object) => ({ instruments: [{ instrument: 'spot:BTC/USD', ...rules }] });

it.each([
  ['0.1', 0.26, '0.3'],
  ['0.1', 0.24, '0.2'],
  ['0.0003', 1, '0.9999'],
  ['0.001', 1.0004, '1'],
  ['0.000000000001', 0.123456789, '0.123456789'],
  ['7', 100, '98'],
])('lot %s for %d: %s', (lotSize, delta, quantity) => {
  const order = orderOf(hedge(delta, spot({ lotSize, minTrade: lotSize })));
  expect(order.quantity).toBe(quantity);
  expect(exact(order.quantity).mod(lotSize).isZero()).toBe(true);
  expect(order.lotSize).toBe(lotSize);
});

it('of two lots equally near the target the smaller one is traded', () => {
  expect(orderOf(hedge(1.5, spot({ lotSize: '1', minTrade: '1' }))).quantity).toBe('1');
});

it('half a lot is not traded: it would leave half a lot on the other side', () => {
  expect(hedge(0.5, spot({ lotSize: '1', minTrade: '1' }))).toMatchObject({
    orders: [],
    noTrade: { code: 'below_minimum_trade' },
  });
});

describe('inverse contracts', () => {
  it('are counted in dollars: delta × price, on a grid of 10', () => {
    const order = orderOf(hedge(1.23456));
    expect(order).toMatchObject({
      symbol: 'deribit:BTC-PERPETUAL',
      side: 'sell',
      quantity: '123460',
      quantityUnit: 'USD',
      lotSize: '10',
    });
    expect(order.delta).toBeCloseTo(-1.2346, 12);
  });

  it('of ether have lots of one dollar', () => {
    const result = plan({}, exposed(MARKET, [{ underlying: 'ETH', delta: -0.0123 }]));
    expect(orderOf(result)).toMatchObject({ side: 'buy', quantity: '49', quantityUnit: 'USD', lotSize: '1' });
  });

  it('dated ones too, at their own forward', () => {
    const order = orderOf(hedge(-2, { instruments: [{ instrument: 'deribit:BTC-27DEC30' }] }));
    expect(order).toMatchObject({ side: 'buy', quantity: '202000', quantityUnit: 'USD', referencePrice: '101000' });
  });
});

describe('the smallest trade', () => {
  it('is not undercut: the reason names the instrument, what it would take and the least', () => {
    const result = hedge(0.00004);
    expect(result.orders).toEqual([]);
    expect(result.noTrade).toEqual({
      code: 'below_minimum_trade',
      detail: expect.stringMatching(/^4 of deribit:BTC-PERPETUAL .*smallest trade of 10$/),
    });
    expect(result.underlyings[0]!.alternatives).toEqual([
      {
        ...{ symbol: 'deribit:BTC-PERPETUAL', chosen: false, side: null, quantity: null, residual: null },
        ...{ estimatedCost: null, reason: result.noTrade!.detail },
      },
    ]);
  });

  it("may be the client's own, and is traded when it is met exactly", () => {
    expect(hedge(1, spot({ minTrade: '1.0001' })).noTrade).toMatchObject({ code: 'below_minimum_trade' });
    expect(orderOf(hedge(1, spot({ minTrade: '1' }))).quantity).toBe('1');
  });
});

describe('the largest trade', () => {
  it('caps the order, on the grid, and the plan tells what is left', () => {
    const result = hedge(3, spot({ lotSize: '0.4', minTrade: '0.4', maxQuantity: '1' }));
    expect(orderOf(result)).toMatchObject({ side: 'sell', quantity: '0.8' });
    expect(result.residuals[0]!.value).toBeCloseTo(2.2, 12);
    expect(result.residuals[0]!.withinTolerance).toBe(false);
  });

  it('below a lot leaves nothing to trade, and says so', () => {
    const { noTrade } = hedge(3, spot({ lotSize: '0.4', minTrade: '0.4', maxQuantity: '0.3' }));
    expect(noTrade).toMatchObject({ code: 'below_minimum_trade', detail: expect.stringContaining('at most 0.3') });
  });
});
