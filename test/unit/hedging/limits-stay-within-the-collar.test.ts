import { describe, expect, it } from 'vitest';
import { marketView } from '../../support/books.ts';
import { AS_OF, bitcoin, hedge, orderOf } from '../../support/plans.ts';

const spot = (rules: object = {}) => [{ instrument: 'spot:BTC/USD', ...rules }];
const priced = (mark: number, quote: object = {}) => marketView(AS_OF, [bitcoin({ spot: { mark, ...quote } })]);

describe('the limit', () => {
  it.each([
    ['buy', -1, 50, '100500'],
    ['sell', 1, 50, '99500'],
    ['buy', -1, 0.5, '100005'],
    ['sell', 1, 5_000, '50000'],
    ['buy', -1, 5_000, '150000'],
  ] as const)('%s (delta %d) within %d basis points: %s', (side, delta, collarBps, limitPrice) => {
    expect(orderOf(hedge(delta, { collarBps, instruments: spot() }))).toMatchObject({ side, limitPrice });
  });

  it('is rounded to the tick towards the reference, never past the collar', () => {
    const instruments = spot({ tickSize: '7' });
    expect(orderOf(hedge(-1, { instruments })).limitPrice).toBe('100499'); // 7 × 14357 ≤ 100500
    expect(orderOf(hedge(1, { instruments })).limitPrice).toBe('99505'); // 7 × 14215 ≥ 99500
  });

  it('is counted from the middle of the market, and from the mark where one side is missing', () => {
    const quoted = priced(100_000, { bid: 99_000, ask: 99_100 });
    expect(orderOf(hedge(1, { instruments: spot() }, quoted))).toMatchObject({
      referencePrice: '99050',
      limitPrice: '98554.75',
    });
    expect(orderOf(hedge(1, { instruments: spot() }, priced(100_000, { bid: 99_000 }))).referencePrice).toBe('100000');
  });

  it('keeps the digits of coins that are worth next to nothing', () => {
    const instruments = spot({ tickSize: '0.000000000001' });
    expect(orderOf(hedge(-1e6, { instruments }, priced(0.00001234567)))).toMatchObject({
      referencePrice: '0.00001234567',
      limitPrice: '0.000012407398',
    });
  });
});

describe('where no price of the grid lies within the collar there is no order', () => {
  it.each([
    ['buy: the limit would be 0', -1e6, 0.005, '0.01', 50],
    ['sell: the limit would be above the market', 1e6, 0.005, '0.01', 50],
    ['buy: the tick below is under the reference', -1, 100_000.25, '0.5', 0.01],
    ['sell: the tick above is over the reference', 1, 100_000.25, '0.5', 0.01],
  ])('%s', (_name, delta, mark, tickSize, collarBps) => {
    const result = hedge(delta, { instruments: spot({ tickSize }), collarBps }, priced(mark));
    expect(result.orders).toEqual([]);
    expect(result.noTrade).toEqual({ code: 'no_instrument', detail: expect.stringContaining('finer tickSize') });
  });

  it('and another instrument takes its place', () => {
    const instruments = [...spot({ tickSize: '300000' }), { instrument: 'deribit:BTC-PERPETUAL' }];
    expect(orderOf(hedge(1, { instruments })).symbol).toBe('deribit:BTC-PERPETUAL');
  });
});

it('every order is immediate or cancel', () => {
  expect(orderOf(hedge(1)).timeInForce).toBe('immediate_or_cancel');
});
