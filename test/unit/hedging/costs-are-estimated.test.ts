import { describe, expect, it } from 'vitest';
import { marketView } from '../../support/books.ts';
import { AS_OF, bitcoin, ether, exposed, hedge, orderOf, plan } from '../../support/plans.ts';

const costs = { feeBps: 5, halfSpreadBps: 2, impactCoefficient: 3 };
const unquoted = marketView(AS_OF, [
  bitcoin({ perpetual: { mark: 100_000, symbol: 'deribit:BTC-PERPETUAL' } }),
  ether(),
]);

it('fee, half the spread and the square root of the size, in basis points of the notional', () => {
  const order = orderOf(hedge(4, { costs }, unquoted));
  expect(order.quantity).toBe('400000');
  // 400,000 × 5 bp, × 2 bp, × 3 bp·√0.4
  expect(order.estimatedCost).toEqual({
    currency: 'USD',
    fee: '200',
    spread: '80',
    impact: '75.894664',
    fixed: '0',
    funding: '0',
    total: '355.894664',
  });
});

it('what an order costs whatever its size is added once', () => {
  const order = orderOf(hedge(4, { costs: { ...costs, fixedCost: 12.5 } }, unquoted));
  expect(order.estimatedCost).toMatchObject({ fixed: '12.5', total: '368.394664' });
});

it('impact may grow in proportion to the size', () => {
  const order = orderOf(hedge(4, { costs: { ...costs, impactShape: 'linear' } }, unquoted));
  expect(order.estimatedCost.impact).toBe('48'); // 400,000 × 3 bp × 0.4
});

it('the notional of what is not inverse is quantity × price', () => {
  const order = orderOf(hedge(4, { costs, instruments: [{ instrument: 'spot:BTC/USD' }] }));
  expect(order.estimatedCost).toMatchObject({ fee: '200', spread: '80', impact: '75.894664' });
});

describe('the spread', () => {
  it('is the quoted one where the market quotes both sides', () => {
    const order = orderOf(hedge(4, { costs }));
    expect(order.costModel.halfSpreadBps).toBeCloseTo(0.05, 12); // 0.5 of 100,000
    expect(order.estimatedCost.spread).toBe('2');
    expect(order.costModel).toMatchObject({ feeBps: 5, impactCoefficient: 3 });
  });

  it('is the model of the request where it quotes one side only', () => {
    const oneSided = marketView(AS_OF, [bitcoin({ perpetual: { mark: 100_000, bid: 99_000 } })]);
    expect(orderOf(hedge(4, { costs }, oneSided)).costModel.halfSpreadBps).toBe(2);
  });

  it("is the instrument's own where the request says so, field by field", () => {
    const instruments = [{ instrument: 'deribit:BTC-PERPETUAL', costs: { halfSpreadBps: 9, feeBps: 0 } }];
    expect(orderOf(hedge(4, { costs, instruments })).costModel).toEqual({
      feeBps: 0,
      halfSpreadBps: 9,
      impactCoefficient: 3,
      impactShape: 'square_root',
      fixedCost: 0,
      fundingBpsPer8h: 0,
    });
  });
});

it('costs of several orders are added by currency', () => {
  const market = marketView(AS_OF, [bitcoin(), ether(), { underlying: 'SOL', quote: 'USDC', spot: { mark: 200 } }]);
  const valuation = exposed(market, [
    { underlying: 'BTC', delta: 1 },
    { underlying: 'ETH', delta: -10 },
    { underlying: 'SOL', quote: 'USDC', delta: 5 },
  ]);
  const result = plan({ costs: { feeBps: 10, halfSpreadBps: 0, impactCoefficient: 0 } }, valuation, market);
  expect(result.orders.map(({ leg, underlying }) => [leg, underlying])).toEqual([
    [0, 'BTC'],
    [1, 'ETH'],
    [2, 'SOL'],
  ]);
  expect(result.estimatedCost).toEqual([
    { currency: 'USD', fee: '140', spread: '1', impact: '0', fixed: '0', funding: '0', total: '141' },
    { currency: 'USDC', fee: '1', spread: '0', impact: '0', fixed: '0', funding: '0', total: '1' },
  ]);
});
