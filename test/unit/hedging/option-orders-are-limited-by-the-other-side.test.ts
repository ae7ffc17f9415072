import { describe, expect, it } from 'vitest';
import { isWithinReach, moneyOf, orderOf } from '../../../src/hedging/orders.ts';
import { resolveInstrument, tradingRules } from '../../../src/instruments/service.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { NO_COSTS } from '../../../src/quant/hedging/cost.ts';

interface Given {
  quantity?: string;
  symbol?: string;
  quote?: { mark: number; bid?: number; ask?: number };
}

/** An order with a collar of 50 basis points. */
function order({ quantity = '2', symbol = 'deribit:BTC-27DEC30-100000-C', quote }: Given) {
  const resolved = resolveInstrument(symbol);
  if (!resolved.ok) throw new Error(resolved.detail);
  const { instrument } = resolved;
  return orderOf({
    ...{ instrument, quantity: exact(quantity), quote: quote ?? { mark: 0.051, bid: 0.05, ask: 0.052 } },
    ...{ rules: tradingRules(instrument), costModel: NO_COSTS, collarBps: 50, unitDelta: 0.5 },
    cost: (notional) => moneyOf('USD', { fee: notional, spread: 0, impact: 0, fixed: 0, total: notional }),
  });
}

describe('an inverse option', () => {
  it('is priced in its coin and counted in it', () => {
    expect(order({})).toMatchObject({
      ...{ side: 'buy', quantity: '2', quantityUnit: 'BTC', priceUnit: 'BTC', lotSize: '0.1', delta: 1 },
      referencePrice: '0.051',
    });
  });

  it('is bought up to a collar above the ask, and sold down to one below the bid, on ticks of 0.0005', () => {
    expect(order({}).limitPrice).toBe('0.052'); // 0.052 × 1.005 = 0.05226
    expect(order({ quantity: '-2' }).limitPrice).toBe('0.05'); // 0.05 × 0.995 = 0.04975
  });

  it('that is cheap has ticks of 0.0001', () => {
    const quote = { mark: 0.0016, bid: 0.0012, ask: 0.002 };
    expect(order({ quote }).limitPrice).toBe('0.002'); // 0.00201
    expect(order({ quote, quantity: '-1' }).limitPrice).toBe('0.0012'); // 0.001194
  });

  it('whose other side is not quoted is limited by its mark', () => {
    expect(order({ quote: { mark: 0.051 } }).limitPrice).toBe('0.051'); // 0.051255
  });
});

it('a linear option is priced in the quote currency', () => {
  const linear = order({ symbol: 'deribit:BTC_USDC-27DEC30-100000-C', quote: { mark: 5_000, bid: 4_990, ask: 5_010 } });
  expect(linear).toMatchObject({ priceUnit: 'USDC', quantityUnit: 'BTC', referencePrice: '5000' });
  expect(linear.estimatedCost.fee).toBe('10000'); // two at 5,000
});

it('what is no option is limited by the middle of its market', () => {
  const spot = order({ symbol: 'spot:BTC/USD', quote: { mark: 100, bid: 99, ask: 101 } });
  expect(spot).toMatchObject({ limitPrice: '100.5', priceUnit: 'USD' });
});

it('a limit that the grid rounds past the reference is out of reach', () => {
  expect(isWithinReach(order({}))).toBe(true);
  const spread = order({ quote: { mark: 0.0001, bid: 0.00005, ask: 0.00015 }, quantity: '1' });
  expect(spread.limitPrice).toBe('0.0001'); // 0.00015075 on ticks of 0.0001
  expect(isWithinReach(spread)).toBe(true);
  expect(isWithinReach({ ...spread, limitPrice: '0' })).toBe(false);
  expect(isWithinReach({ ...spread, limitPrice: '0.00009' })).toBe(false);
});
