import { describe, expect, it } from 'vitest';
import { GREEKS } from '../../../src/risk/model.ts';
import { marketView } from '../../support/books.ts';
import { AS_OF, bitcoin, ether, exposed, EXPIRY, MARKET, plan } from '../../support/plans.ts';

const two = exposed(MARKET, [
  { underlying: 'BTC', delta: 2, greeks: { gamma: 0.3, vega: -40, theta: 12, rho: 5, charm: 0.01 } },
  { underlying: 'ETH', delta: -30, greeks: { gamma: -1 } },
]);

describe('of several underlyings', () => {
  it('each is hedged with its own instrument, legs numbered from 0', () => {
    const { orders } = plan({}, two);
    expect(orders.map(({ leg, symbol, side, quantity }) => [leg, symbol, side, quantity])).toEqual([
      [0, 'deribit:BTC-PERPETUAL', 'sell', '200000'],
      [1, 'deribit:ETH-PERPETUAL', 'buy', '120000'],
    ]);
  });

  it('one inside its tolerance is left out, and its neighbour keeps leg 0', () => {
    const targets = [
      { underlying: 'BTC', tolerance: 3 },
      { underlying: 'ETH', tolerance: 3 },
    ];
    const { orders, underlyings, noTrade } = plan({ targets }, two);
    expect(orders).toMatchObject([{ leg: 0, underlying: 'ETH' }]);
    expect(underlyings.map((each) => each.noTrade?.code ?? null)).toEqual(['within_tolerance', null]);
    expect(noTrade).toBeNull();
  });

  it('only what has a target is hedged, where targets are given', () => {
    const { orders, underlyings } = plan({ targets: [{ underlying: 'ETH' }] }, two);
    expect(orders.map(({ underlying }) => underlying)).toEqual(['ETH']);
    expect(underlyings).toHaveLength(1);
  });

  it('the quote currency is part of the name', () => {
    const market = marketView(AS_OF, [
      bitcoin(),
      bitcoin({ quote: 'EUR', spot: { mark: 90_000 }, perpetual: undefined }),
    ]);
    const valuation = exposed(market, [
      { underlying: 'BTC', delta: 1 },
      { underlying: 'BTC', quote: 'EUR', delta: -2 },
    ]);
    const { orders } = plan({}, valuation, market);
    expect(orders.map(({ symbol, side, quantity }) => [symbol, side, quantity])).toEqual([
      ['deribit:BTC-PERPETUAL', 'sell', '100000'],
      ['spot:BTC/EUR', 'buy', '2'],
    ]);
  });
});

describe('before + hedge = after', () => {
  it.each([
    ['a perpetual', 'deribit:BTC-PERPETUAL'],
    ['spot', 'spot:BTC/USD'],
    ['a dated future, which has a rho of its own', 'deribit:BTC-27DEC30'],
  ])('in every Greek, with %s', (_name, instrument) => {
    const [btc] = plan({ targets: [{ underlying: 'BTC' }], instruments: [{ instrument }] }, two).underlyings;
    const { before, hedge, after } = btc!.greeks;
    for (const name of GREEKS) expect(after[name], name).toBe(before[name] + hedge[name]);
    expect(before).toMatchObject({ delta: 2, gamma: 0.3, vega: -40, theta: 12, rho: 5, charm: 0.01 });
    expect(hedge.delta).toBeCloseTo(-2, 3);
    expect(hedge.gamma + 0).toBe(0);
    expect(hedge.vega + 0).toBe(0);
  });

  it("the hedge is what the order says it adds, and of a future's rho the part of its life", () => {
    const request = { targets: [{ underlying: 'BTC' }], instruments: [{ instrument: 'deribit:BTC-27DEC30' }] };
    const { orders, underlyings } = plan(request, two);
    const { hedge } = underlyings[0]!.greeks;
    expect(hedge.delta).toBe(orders[0]!.delta);
    const years = (Date.parse(EXPIRY) - Date.parse(AS_OF)) / (365 * 86_400_000);
    expect(hedge.rho).toBeCloseTo((-Number(orders[0]!.quantity) * years) / 100, 9);
  });

  it('the residual is what is left of the greek beyond its target', () => {
    const { underlyings, residuals } = plan({ targets: [{ underlying: 'BTC', target: 1.00003 }] }, two);
    const [btc] = underlyings;
    expect(btc!.residual.value).toBe(btc!.greeks.after.delta - 1.00003);
    expect(btc!.residual.value).toBeCloseTo(-0.00003, 12);
    expect(btc!.residual.withinTolerance).toBe(false);
    expect(residuals).toEqual([{ underlying: 'BTC', quote: 'USD', ...btc!.residual }]);
  });
});

describe('positions that could not be valued', () => {
  const failures = [{ positionId: 'ghost', code: 'missing_volatility', detail: 'There is no volatility' }];

  it('are mentioned, counted and listed, and the rest is hedged', () => {
    const result = plan({}, { ...two, unvalued: 3, failures });
    expect(result).toMatchObject({ unvalued: 3, failures });
    expect(result.reasons.at(-1)).toBe(
      '3 of 5 positions could not be valued and are not hedged, for example ghost: There is no volatility',
    );
    expect(result.orders).toHaveLength(2);
  });

  it.each([
    ['without targets', {}],
    ['with a target that the empty sum would meet', { targets: [{ underlying: 'BTC' }] }],
  ])('when that is all of them, nothing was valued: %s', (_name, request) => {
    const nothing = exposed(MARKET, [], { valued: 0, unvalued: 2, failures });
    expect(plan(request, nothing)).toMatchObject({ orders: [], noTrade: { code: 'nothing_valued' } });
  });
});

it('an empty book has nothing to hedge, and a target for it is met from zero', () => {
  const empty = exposed(MARKET, []);
  expect(plan({}, empty)).toMatchObject({ orders: [], underlyings: [], noTrade: { code: 'nothing_valued' } });
  expect(plan({ targets: [{ underlying: 'BTC' }] }, empty).noTrade).toMatchObject({ code: 'within_tolerance' });
  expect(plan({ targets: [{ underlying: 'BTC', target: 0.5 }] }, empty).orders).toMatchObject([
    { side: 'buy', quantity: '50000' },
  ]);
});

it('a target without a market has no instrument', () => {
  const market = marketView(AS_OF, [ether()]);
  const valuation = exposed(market, [{ underlying: 'ETH', delta: 1 }]);
  const result = plan({ targets: [{ underlying: 'BTC', target: 1 }] }, valuation, market);
  expect(result.orders).toEqual([]);
  expect(result.underlyings[0]!.noTrade).toEqual({
    code: 'no_instrument',
    detail: 'There is no instrument to hedge BTC/USD with',
  });
});

it('the delta convention of the valuation is that of the plan', () => {
  const result = plan({}, { ...two, deltaConvention: 'premium_adjusted' });
  expect(result.deltaConvention).toBe('premium_adjusted');
  expect(result.reasons[0]).toContain('premium-adjusted delta');
});

it('a plan changes nothing that it was given', () => {
  const frozen = structuredClone(two);
  plan({ instruments: [{ instrument: 'spot:BTC/USD' }, { instrument: 'deribit:BTC-PERPETUAL' }] }, two);
  expect(two).toEqual(frozen);
});
