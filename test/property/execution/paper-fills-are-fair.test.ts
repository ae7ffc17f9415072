import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { VenueOrder } from '../../../src/execution/ports.ts';
import { match } from '../../../src/execution/venues/paper.ts';
import type { Quote } from '../../../src/market/model.ts';
import { NO_COSTS } from '../../../src/quant/hedging/cost.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { AT, inverseOrder, spotOrder } from '../../unit/execution/orders.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

const cases = fc
  .record(
    {
      inverse: fc.boolean(),
      side: fc.constantFrom<'buy' | 'sell'>('buy', 'sell'),
      lots: fc.integer({ min: 1, max: 100_000 }),
      lotSize: fc.constantFrom('0.0001', '0.0003', '0.1', '1', '10'),
      mark: fc.oneof(number(1e-6, 1e-3), number(1, 1e6)),
      halfSpread: number(0, 0.01),
      size: number(0, 1e6),
      collar: number(0, 0.05),
      participation: number(0.001, 1),
      impactCoefficient: fc.oneof(fc.constant(0), number(0, 1_000)),
      quoted: fc.boolean(),
    },
    { noNullPrototype: true },
  )
  .map(({ inverse, side, lots, lotSize, mark, halfSpread, size, collar, participation, impactCoefficient, quoted }) => {
    const sign = side === 'buy' ? 1 : -1;
    const quantity = exact(lotSize).mul(lots).toFixed();
    const order = (inverse ? inverseOrder : spotOrder)({
      ...{ side, quantity, lotSize, participation },
      limitPrice: exact(mark)
        .mul(1 + sign * collar)
        .toSignificantDigits(10)
        .toFixed(),
      costModel: { ...NO_COSTS, feeBps: 5, halfSpreadBps: 1, impactCoefficient },
    });
    const sides = { bid: mark * (1 - halfSpread), ask: mark * (1 + halfSpread), bidSize: size, askSize: size };
    return { order, sign, quote: quoted ? { mark, ...sides } : { mark } };
  });

interface Case {
  order: VenueOrder;
  sign: number;
  quote: Quote;
}

const always = (check: (given: Case) => void) =>
  fc.assert(
    fc.property(cases, (given) => {
      check(given);
    }),
    { numRuns: 300 },
  );

it('no fill is worse than the limit, nor better than the touch', () =>
  always(({ order, sign, quote }) => {
    const touch = order.side === 'buy' ? (quote.ask ?? quote.mark) : (quote.bid ?? quote.mark);
    for (const { price } of match(order, quote, AT).fills) {
      expect(exact(price).minus(order.limitPrice).mul(sign).toNumber()).toBeLessThanOrEqual(0);
      expect((Number(price) / touch - 1) * sign).toBeGreaterThanOrEqual(-1e-9);
    }
  }));

it('every fill is on the lot grid and above zero, and together they are no more than the share asked for', () =>
  always(({ order, quote }) => {
    const { fills } = match(order, quote, AT);
    for (const { quantity } of fills) {
      expect(exact(quantity).gt(0)).toBe(true);
      expect(exact(quantity).mod(order.lotSize).isZero()).toBe(true);
    }
    const filled = fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0));
    expect(filled.lte(exact(order.quantity).mul(order.participation))).toBe(true);
  }));

it('filled when all is filled and canceled when not, with a reason', () =>
  always(({ order, quote }) => {
    const { status, reason, fills } = match(order, quote, AT);
    const filled = fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0));
    expect(status).toBe(filled.eq(order.quantity) ? 'filled' : 'canceled');
    expect(reason === null).toBe(status === 'filled');
  }));

it('the displayed size goes first, at the touch, and its trade ids differ', () =>
  always(({ order, sign, quote }) => {
    const { fills } = match(order, quote, AT);
    expect(new Set(fills.map(({ tradeId }) => tradeId)).size).toBe(fills.length);
    const [first, second] = fills;
    if (!first || !second) return;
    expect(exact(second.price).minus(first.price).mul(sign).gte(0)).toBe(true);
    expect(Number(first.quantity)).toBeLessThanOrEqual(quote.askSize ?? 0);
  }));

it('a wider limit never fills less', () =>
  always(({ order, sign, quote }) => {
    const total = (limitPrice: string) =>
      match({ ...order, limitPrice }, quote, AT).fills.reduce((sum, { quantity }) => sum + Number(quantity), 0);
    const wider = exact(order.limitPrice)
      .mul(1 + sign * 0.01)
      .toFixed();
    expect(total(wider)).toBeGreaterThanOrEqual(total(order.limitPrice));
  }));

it('the same order in the same market is filled the same', () =>
  always(({ order, quote }) => expect(match(order, quote, AT)).toEqual(match(order, quote, AT))));

it('no decimal has an exponent, a sign or is none', () =>
  always(({ order, quote }) => {
    for (const { quantity, price, fee } of match(order, quote, AT).fills)
      for (const text of [quantity, price, fee]) expect(text).toMatch(/^\d+(\.\d+)?$/);
  }));
