import { describe, expect, it } from 'vitest';
import { NO_COSTS } from '../../../src/quant/hedging/cost.ts';
import { match } from '../../../src/execution/venues/paper.ts';
import { AT, inverseOrder, spotOrder } from './orders.ts';

const sized = { mark: 100_000, bid: 99_990, ask: 100_010, bidSize: 3, askSize: 4 };
const free = { ...NO_COSTS, halfSpreadBps: 1 };

function filled({ fills }: { fills: { quantity: string }[] }): number {
  return fills.reduce((sum, { quantity }) => sum + Number(quantity), 0);
}

describe('an order that fits within the limit', () => {
  it('gets what is displayed at the touch, and the rest at the touch worsened by its impact', () => {
    const report = match(spotOrder(), sized, AT);
    expect(report).toMatchObject({ venueOrderId: 'paper-b1', status: 'filled', reason: null });
    expect(report.fills).toMatchObject([
      { tradeId: 'paper-b1-1', quantity: '4', price: '100010', at: AT },
      // 6 × 100,010 of notional: 2 bp × √0.60006 above the touch
      { tradeId: 'paper-b1-2', quantity: '6', price: expect.stringMatching(/^100025\.49/) },
    ]);
  });

  it('sells at the bid, and lower', () => {
    const report = match(spotOrder({ side: 'sell' }), sized, AT);
    expect(report.fills).toMatchObject([
      { quantity: '3', price: '99990' },
      { quantity: '7', price: expect.stringMatching(/^99973\.2/) },
    ]);
  });

  it('takes the touch alone where it displays enough', () => {
    const report = match(spotOrder(), { ...sized, askSize: 10 }, AT);
    expect(report).toMatchObject({ status: 'filled', fills: [{ quantity: '10', price: '100010' }] });
  });

  it('counts all as the rest where no size is displayed', () => {
    expect(match(spotOrder(), { mark: 100_000, ask: 100_010 }, AT).fills).toHaveLength(1);
  });
});

describe('the touch', () => {
  it('is the mark worsened by half the spread of the model where that side is not quoted', () => {
    const order = spotOrder({ costModel: { ...free, halfSpreadBps: 10 } });
    expect(match(order, { mark: 100_000, bid: 99_990 }, AT).fills).toMatchObject([{ price: '100100' }]);
    const sale = spotOrder({ side: 'sell', costModel: { ...free, halfSpreadBps: 10 } });
    expect(match(sale, { mark: 100_000, ask: 100_010 }, AT).fills).toMatchObject([{ price: '99900' }]);
  });

  it('beyond the limit fills nothing', () => {
    expect(match(spotOrder({ limitPrice: '100009.99' }), sized, AT)).toMatchObject({ status: 'canceled', fills: [] });
    expect(match(spotOrder({ side: 'sell', limitPrice: '99990.01' }), sized, AT)).toMatchObject({ fills: [] });
  });

  it('at the limit fills what is displayed and no more', () => {
    const report = match(spotOrder({ limitPrice: '100010' }), sized, AT);
    expect(report).toMatchObject({ status: 'canceled', fills: [{ quantity: '4', price: '100010' }] });
  });

  it('at the limit fills all where size has no impact', () => {
    const report = match(spotOrder({ limitPrice: '100010', costModel: free }), sized, AT);
    expect(report.status).toBe('filled');
    expect(report.fills.map(({ price }) => price)).toEqual(['100010', '100010']);
  });
});

describe('a limit that the impact runs into', () => {
  it('is filled up to it, on the lot grid, and the rest is canceled', () => {
    // room of 1 bp: (1/2)² of a million is 250,000 of notional, 2.4998 bitcoin
    const order = spotOrder({ limitPrice: String(100_010 * 1.0001), lotSize: '0.1' });
    const report = match(order, sized, AT);
    expect(report).toMatchObject({ status: 'canceled', reason: expect.stringContaining('limit') });
    expect(report.fills.map(({ quantity }) => quantity)).toEqual(['4', '2.4']);
  });
});

describe('participation', () => {
  it('fills that share at most, and cancels the rest', () => {
    const report = match(spotOrder({ participation: 0.35 }), sized, AT);
    expect(report.status).toBe('canceled');
    expect(report.fills.map(({ quantity }) => quantity)).toEqual(['3.5']);
  });

  it('is rounded down to lots', () => {
    expect(filled(match(spotOrder({ participation: 0.349, lotSize: '1' }), sized, AT))).toBe(3);
  });

  it('below a lot fills nothing', () => {
    expect(match(spotOrder({ participation: 0.05, lotSize: '1' }), sized, AT)).toMatchObject({
      status: 'canceled',
      fills: [],
    });
  });
});

describe('inverse contracts', () => {
  const quote = { mark: 100_000, bid: 99_999.5, ask: 100_000.5, bidSize: 50_000, askSize: 250_000 };

  it('are counted and displayed in dollars', () => {
    const report = match(inverseOrder(), quote, AT);
    expect(report.status).toBe('filled');
    // 750,000 of notional: 2 bp × √0.75
    expect(report.fills).toMatchObject([
      { quantity: '250000', price: '100000.5' },
      { quantity: '750000', price: expect.stringMatching(/^100017\.82/) },
    ]);
  });

  it('pay their fee in coin', () => {
    const [fill] = match(inverseOrder(), { ...quote, askSize: 1e6 }, AT).fills;
    expect(fill).toMatchObject({ feeCurrency: 'BTC' });
    expect(Number(fill!.fee)).toBeCloseTo((1_000_000 / 100_000.5) * 5e-4, 11);
  });
});

it('linear ones pay their fee in the quote currency', () => {
  const [fill] = match(spotOrder(), { ...sized, askSize: 10 }, AT).fills;
  expect(fill).toMatchObject({ feeCurrency: 'USD', fee: '500.05' });
});

it('without a market an order is rejected', () => {
  expect(match(spotOrder(), undefined, AT)).toEqual({
    venueOrderId: 'paper-b1',
    status: 'rejected',
    reason: 'There is no market in spot:BTC/USD',
    fills: [],
  });
});

it('coins that are worth next to nothing keep the digits of their price', () => {
  const order = spotOrder({ quantity: '1000000', limitPrice: '0.0000125' });
  const [fill] = match(order, { mark: 0.0000123456789 }, AT).fills;
  expect(Number(fill!.price) / 0.0000123456789).toBeCloseTo(1.0001, 5);
  expect(Number(fill!.price)).not.toBe(0.00001235);
});
