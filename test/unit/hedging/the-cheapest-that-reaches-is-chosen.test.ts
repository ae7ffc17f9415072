import { describe, expect, it } from 'vitest';
import { marketView } from '../../support/books.ts';
import { AS_OF, bitcoin, EXPIRY, hedge, orderOf } from '../../support/plans.ts';

const cheap = { feeBps: 0, halfSpreadBps: 0, impactCoefficient: 0 };
const dear = { feeBps: 20 };
const perpetual = (rules: object = {}) => ({ instrument: 'deribit:BTC-PERPETUAL', ...rules });
const spot = (rules: object = {}) => ({ instrument: 'spot:BTC/USD', ...rules });
const future = (rules: object = {}) => ({ instrument: 'deribit:BTC-27DEC30', ...rules });

it('of those that reach the target, the cheapest, in whichever order they are named', () => {
  const instruments = [perpetual({ costs: dear }), spot({ costs: cheap }), future()];
  expect(orderOf(hedge(1, { instruments })).symbol).toBe('spot:BTC/USD');
  expect(orderOf(hedge(1, { instruments: instruments.toReversed() })).symbol).toBe('spot:BTC/USD');
});

it('one that does not reach it is not chosen, however cheap', () => {
  const instruments = [spot({ costs: cheap, maxQuantity: '0.5' }), perpetual({ costs: dear })];
  expect(orderOf(hedge(1, { instruments })).symbol).toBe('deribit:BTC-PERPETUAL');
});

it('one whose lot is too coarse for the target is not chosen while a finer one is there', () => {
  const instruments = [spot({ costs: cheap, lotSize: '1', minTrade: '1' }), perpetual({ costs: dear })];
  expect(orderOf(hedge(1.3, { instruments })).symbol).toBe('deribit:BTC-PERPETUAL');
});

it('one whose lot is coarse will do where the tolerance lets it', () => {
  const instruments = [spot({ costs: cheap, lotSize: '1', minTrade: '1' }), perpetual({ costs: dear })];
  const targets = [{ underlying: 'BTC', tolerance: 0.4 }];
  expect(orderOf(hedge(1.3, { instruments, targets })).symbol).toBe('spot:BTC/USD');
});

it('where none reaches it, the one that comes closest', () => {
  const instruments = [
    spot({ costs: cheap, maxQuantity: '1' }),
    perpetual({ costs: dear, maxQuantity: '250000' }),
    future({ maxQuantity: '200000' }),
  ];
  const result = hedge(5, { instruments });
  expect(orderOf(result).symbol).toBe('deribit:BTC-PERPETUAL');
  expect(result.residuals[0]).toMatchObject({ value: 2.5, withinTolerance: false });
});

it('of two equally close, the cheaper', () => {
  const instruments = [perpetual({ costs: dear, maxQuantity: '100000' }), spot({ costs: cheap, maxQuantity: '1' })];
  expect(orderOf(hedge(5, { instruments })).symbol).toBe('spot:BTC/USD');
});

describe('the alternatives', () => {
  const instruments = [
    spot({ costs: cheap, maxQuantity: '0.5' }),
    perpetual({ costs: dear }),
    { instrument: 'deribit:BTC-28MAR31' },
  ];
  const { underlyings, reasons } = hedge(1, { instruments });
  const [small, chosen, unlisted] = underlyings[0]!.alternatives;

  it('are all told, in the order asked for, with what each would do and cost', () => {
    expect(underlyings[0]!.alternatives).toHaveLength(3);
    expect(small).toMatchObject({
      symbol: 'spot:BTC/USD',
      chosen: false,
      side: 'sell',
      quantity: '0.5',
      residual: 0.5,
    });
    expect(small!.estimatedCost).toMatchObject({ total: '0' });
    expect(chosen).toMatchObject({ symbol: 'deribit:BTC-PERPETUAL', chosen: true, quantity: '100000' });
  });

  it('with the reason of each, also of those that cannot be traded', () => {
    expect(small!.reason).toBe('sell 0.5 BTC leaves 0.5 for 0 USD');
    expect(unlisted).toMatchObject({
      ...{ symbol: 'deribit:BTC-28MAR31', chosen: false, side: null, quantity: null, residual: null },
      reason: 'The market snapshot has no price for deribit:BTC-28MAR31',
    });
  });

  it('and the plan says why the one was chosen', () => {
    expect(reasons[0]).toMatch(
      /^The black-scholes delta of BTC\/USD is 1; .* so -1 has to be added\. Sell 100000 USD of/,
    );
    expect(reasons[0]).toContain('chosen over 2 others: it leaves 0 and costs about');
  });
});

describe('without an instrument named for the underlying', () => {
  it('its perpetual is traded, under the name that the snapshot gives it', () => {
    expect(orderOf(hedge(1, { instruments: [{ instrument: 'deribit:ETH-PERPETUAL' }] })).symbol).toBe(
      'deribit:BTC-PERPETUAL',
    );
  });

  it('a perpetual without a name is taken to be linear', () => {
    const market = marketView(AS_OF, [bitcoin({ perpetual: { mark: 100_000 } })]);
    expect(orderOf(hedge(1, {}, market))).toMatchObject({ symbol: 'otc:BTC/USD:perpetual:linear', quantity: '1' });
  });

  it.each(['deribit:ETH-PERPETUAL', 'deribit:BTC-27DEC30', 'deribit:BTC_USDC-PERPETUAL', 'binance:BTCUSDT'])(
    'a name that is not of this perpetual is not believed: %s',
    (symbol) => {
      const market = marketView(AS_OF, [bitcoin({ perpetual: { mark: 100_000, symbol } })]);
      expect(orderOf(hedge(1, {}, market)).symbol).toBe('otc:BTC/USD:perpetual:linear');
    },
  );

  it('spot is traded where there is no perpetual', () => {
    const market = marketView(AS_OF, [bitcoin({ perpetual: undefined })]);
    expect(orderOf(hedge(-1, {}, market))).toMatchObject({ symbol: 'spot:BTC/USD', side: 'buy', quantity: '1' });
  });
});

describe('what cannot be traded is no order', () => {
  it.each([
    ['a perpetual without a price', perpetual(), { perpetual: undefined }, 'no BTC perpetual'],
    ['a future that is not listed', { instrument: 'deribit:BTC-28MAR31' }, {}, 'no price for'],
    ['a future where the carry is given', future(), { forwards: undefined, carry: { rate: 0.05 } }, 'no price for'],
    ['an option', { instrument: 'deribit:BTC-27DEC30-100000-C' }, {}, 'Only spot, perpetuals and futures'],
    ['an expired future', { instrument: 'deribit:BTC-25OCT30' }, {}, 'expired'],
  ])('%s', (_name, instrument, rest, detail) => {
    const result = hedge(1, { instruments: [instrument] }, marketView(AS_OF, [bitcoin(rest)]));
    expect(result).toMatchObject({
      orders: [],
      noTrade: { code: 'no_instrument', detail: expect.stringContaining(detail) },
      residuals: [{ value: 1, withinTolerance: false }],
    });
  });
});

it('a dated future quoted in the snapshot is priced at its own bid and ask', () => {
  const order = orderOf(hedge(1, { instruments: [future()] }));
  expect(order).toMatchObject({ referencePrice: '101000', terms: { kind: 'future', expiry: EXPIRY } });
  expect(order.costModel.halfSpreadBps).toBeCloseTo((10 / 101_000) * 1e4, 10);
});
