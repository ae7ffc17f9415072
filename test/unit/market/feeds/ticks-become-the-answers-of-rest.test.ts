import { expect, it } from 'vitest';
import { importDeribit } from '../../../../src/market/deribit.ts';
import type { Listed } from '../../../../src/market/feeds/listing.ts';
import { createTicks } from '../../../../src/market/feeds/ticks.ts';
import { fixedClock } from '../../../../src/platform/clock.ts';

const clock = fixedClock('2026-05-20T12:00:01.000Z');
const AT = Date.parse('2026-05-20T12:00:00.000Z');
const EXPIRY = Date.parse('2026-06-26T08:00:00.000Z');

function option(name: string, change: object = {}): object {
  const prices = {
    mark_price: 0.05,
    best_bid_price: 0.0495,
    best_ask_price: 0.0505,
    mark_iv: 52.5,
    index_price: 80_000,
  };
  const underlying = { underlying_price: 80_400, underlying_index: 'SYN.BTC-26JUN26', open_interest: 7 };
  return { instrument_name: name, timestamp: AT, ...prices, ...underlying, ...change };
}

const PERPETUAL = {
  ...{ instrument_name: 'BTC-PERPETUAL', timestamp: AT, mark_price: 80_010, index_price: 80_000, funding_8h: 1e-5 },
  ...{ best_bid_price: 80_009.5, best_ask_price: 80_010.5, best_bid_amount: 1000, best_ask_amount: 2000 },
};
const CALL = 'BTC-26JUN26-80000-C';
const PUT = 'BTC-26JUN26-70000-P';

function listed(...names: string[]): Listed[] {
  return names.map((name) => ({
    ...{ instrument_name: name, creation_timestamp: AT - 86_400_000, is_active: true },
    expiration_timestamp: name.endsWith('PERPETUAL') ? 32_503_708_800_000 : EXPIRY,
  }));
}

function ticksOf(...data: object[]) {
  const ticks = createTicks(clock);
  data.forEach(ticks.take);
  return ticks;
}

it('a snapshot of ticks is one of book summaries, with an instant for each', () => {
  const ticks = ticksOf(PERPETUAL, option(CALL), option(PUT, { timestamp: AT - 1_500, mark_iv: 58 }));
  const { snapshot, skipped } = importDeribit(ticks.answers('chain', listed(CALL, PUT, 'BTC-PERPETUAL')));
  expect(skipped).toEqual([]);
  expect(snapshot.asOf).toBe('2026-05-20T12:00:00.000Z');
  const [market] = snapshot.underlyings;
  expect(market).toMatchObject({
    spot: { mark: 80_000 },
    perpetual: { mark: 80_010, bid: 80_009.5, bidSize: 1000, askSize: 2000, fundingRate: 1e-5 },
    forwards: [{ expiry: '2026-06-26T08:00:00.000Z', price: 80_400 }],
  });
  expect(market!.volatility).toMatchObject({
    type: 'quotes',
    quotes: [
      { strike: 70_000, iv: 0.58, openInterest: 7, asOf: '2026-05-20T11:59:58.500Z' },
      { strike: 80_000, iv: 0.525, asOf: undefined },
    ],
  });
});

it('of one instrument the latest tick counts, also where an older one comes after it', () => {
  const ticks = ticksOf(
    PERPETUAL,
    option(CALL, { timestamp: AT + 100, mark_iv: 53 }),
    option(CALL, { timestamp: AT + 200, mark_iv: 54 }),
    option(CALL, { timestamp: AT + 150, mark_iv: 99 }),
  );
  const { snapshot } = importDeribit(ticks.answers('chain', listed(CALL, 'BTC-PERPETUAL')));
  expect(snapshot.underlyings[0]!.volatility).toMatchObject({ quotes: [{ iv: 0.54 }] });
});

it('an instrument that was never heard makes the chain no chain', () => {
  const ticks = ticksOf(PERPETUAL, option(CALL));
  expect(() => ticks.answers('chain of BTC', listed(CALL, PUT, 'BTC-PERPETUAL'))).toThrow(
    `The chain of BTC of Deribit is not whole: 1 of 3 instruments are missing, ${PUT} among them`,
  );
  expect(() => createTicks(clock).answers('chain of BTC', [])).toThrow(
    'Nothing of the chain of BTC of Deribit has come yet',
  );
});

it('what has just been listed, or has expired, is not waited for', () => {
  const ticks = ticksOf(PERPETUAL, option(CALL));
  const [call, put] = listed(CALL, PUT);
  for (const change of [{ creation_timestamp: AT - 59_000 }, { expiration_timestamp: AT }])
    expect(() => ticks.answers('chain', [call!, { ...put!, ...change }])).not.toThrow();
  expect(() => ticks.answers('chain', [call!, { ...put!, creation_timestamp: AT - 61_000 }])).toThrow(/not whole/);
});

it('what was taken off the list has no prices', () => {
  const ticks = ticksOf(PERPETUAL, option(CALL), option(PUT));
  ticks.keep(new Set([CALL]));
  expect([CALL, PUT].map(ticks.has)).toEqual([true, false]);
  ticks.clear();
  expect(ticks.has(CALL)).toBe(false);
});

it.each([{}, null, option(CALL, { timestamp: 'now' }), option(CALL, { mark_price: undefined })])(
  'a tick that cannot be read is refused: %j',
  (data) => {
    expect(() => createTicks(clock).take(data)).toThrow('Deribit sent a ticker that cannot be read');
  },
);

it('a tick of the future is refused: nothing real would ever be later', () => {
  const ticks = createTicks(clock);
  ticks.take(option(CALL, { timestamp: AT + 61_000 }));
  expect(() => ticks.take(option(CALL, { timestamp: AT + 61_001 }))).toThrow(
    'Deribit gave prices of 2026-05-20T12:01:01.001Z, which is ahead of the clock here',
  );
});
