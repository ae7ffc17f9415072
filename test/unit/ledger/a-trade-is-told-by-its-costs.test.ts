import { describe, expect, it } from 'vitest';
import { decodeSymbol } from '../../../src/instruments/service.ts';
import type { Trade } from '../../../src/ledger/model.ts';
import { bookedMove, bookedTrade, outcomeOf as outcomeAt, type Booked } from '../../../src/ledger/trades.ts';
import type { Holding } from '../../../src/portfolios/model.ts';
import { row } from '../../support/books.ts';

function instrument(symbol: string) {
  const decoded = decodeSymbol(symbol);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.instrument;
}

const fill = (symbol: string, quantity: number, price: number, rest: Partial<Trade>) =>
  bookedTrade({
    ...{ orderId: 'order', portfolioVersion: 2, instrument: instrument(symbol), quantity: String(quantity) },
    ...{ price: String(price), referencePrice: String(price), halfSpreadBps: 0, fee: '0', feeCurrency: 'USD', ...rest },
  });
/** In a market that prices nothing else. */
const outcomeOf = (booked: Booked, at: ReturnType<typeof mark>) => outcomeAt(booked, at, () => undefined);
const mark = (price: number, coin = 1) => ({ price, value: 0, coin });

const PERPETUAL = 'deribit:BTC-PERPETUAL';
const CALL = 'deribit:BTC-27DEC30-100000-C';

describe('what a fill was worse than the reference price', () => {
  // Sold 100,000 dollars at 99,990 with the middle at 100,000: 100,000/99,990 × 10 = 10.001 dollars
  const sold = (halfSpreadBps: number) =>
    outcomeOf(fill(PERPETUAL, -100_000, 99_990, { referencePrice: '100000', halfSpreadBps }), mark(100_000));

  it('is spread up to half of the spread, and impact beyond', () => {
    const { spread, impact, profit } = sold(0.5); // half of the spread: 5 dollars
    expect([spread, impact]).toEqual([5, expect.closeTo(10.001 - 5, 4)]);
    expect(profit).toBeCloseTo(0, 9); // at the middle it would have made nothing
  });

  it('is spread alone where it is within it', () => {
    const { spread, impact } = sold(2);
    expect([spread, impact]).toEqual([expect.closeTo(10.001, 4), 0]);
  });

  it('is negative where the fill was better', () => {
    const bought = fill('spot:BTC/USD', 2, 99, { referencePrice: '100', halfSpreadBps: 10 });
    expect(outcomeOf(bought, mark(103))).toMatchObject({ spread: -2, impact: 0, profit: 6 });
  });
});

it('fees in coin are told in the quote currency', () => {
  const inCoin = fill(PERPETUAL, 10, 100_000, { fee: '0.0005', feeCurrency: 'BTC' });
  expect(outcomeOf(inCoin, mark(100_000, 100_000)).fees).toBe(50);
  const inDollars = fill('spot:BTC/USD', 1, 100, { fee: '0.25' });
  expect(outcomeOf(inDollars, mark(100, 100)).fees).toBe(0.25);
});

describe('fees in a third currency', () => {
  const inEther = fill('spot:BTC/USD', 1, 100_000, { fee: '0.01', feeCurrency: 'ETH' });

  it('are told in the quote currency where a market prices them', () => {
    const priceOf = (currency: string) => (currency === 'ETH' ? 4_000 : undefined);
    expect(outcomeAt(inEther, mark(100_000, 100_000), priceOf).fees).toBe(40);
  });

  it('are unknown where none does, not nothing', () => {
    expect(outcomeOf(inEther, mark(100_000, 100_000)).fees).toBeUndefined();
    const free = fill('spot:BTC/USD', 1, 100_000, { fee: '0', feeCurrency: 'ETH' });
    expect(outcomeOf(free, mark(100_000, 100_000)).fees).toBe(0);
  });
});

describe('a premium', () => {
  it('is received for an option sold: its price in coin, at what the coin is worth', () => {
    const sold = outcomeOf(fill(CALL, -10, 0.05, {}), mark(5_200, 101_000));
    expect(sold.premium).toBeCloseTo(10 * 0.05 * 101_000, 9);
    expect(sold.profit).toBeCloseTo(-10 * (5_200 - 5_050), 9);
  });

  it('is none of what is no option', () => {
    expect(outcomeOf(fill('spot:BTC/USD', -10, 5, {}), mark(5)).premium).toBe(0);
  });
});

describe('what the client changed', () => {
  const held = (size: number, averagePrice: number | null): Holding => ({ size, averagePrice });
  const moved = (symbol: string, before: Holding | null, after: Holding | null) =>
    bookedMove({ version: 2, row: row(symbol, 1), before, after });

  it.each<[string, string, Holding | null, Holding | null, number, number | undefined]>([
    ['was entered at its average price', 'spot:BTC/USD', null, held(3, 90), 3, 90],
    ['is added at what moves the average price', 'spot:BTC/USD', held(10, 100), held(15, 110), 5, 130],
    ['is added in coins, of an inverse contract', PERPETUAL, held(1_000, 100), held(2_000, 400 / 3), 1_000, 200],
    ['is added to what is short', 'spot:BTC/USD', held(-1, 100), held(-2, 90), -1, 80],
    ['is sold at the mark', 'spot:BTC/USD', held(10, 100), held(4, 100), -6, undefined],
    ['is closed at the mark', 'spot:BTC/USD', held(10, 100), null, -10, undefined],
    ['is turned at the mark', 'spot:BTC/USD', held(10, 100), held(-4, 90), -14, undefined],
    ['tells no price', 'spot:BTC/USD', null, held(3, null), 3, undefined],
    ['told none before', 'spot:BTC/USD', held(1, null), held(3, 90), 2, undefined],
    ['tells an average that no price explains', 'spot:BTC/USD', held(10, 100), held(11, 80), 1, undefined],
  ])('%s', (_what, symbol, before, after, quantity, price) => {
    const booked = moved(symbol, before, after);
    expect(booked.row.quantity).toBe(quantity);
    expect(booked.price).toEqual(price === undefined ? undefined : expect.closeTo(price, 9));
    expect(booked.trade).toBeUndefined();
  });

  it('without a price makes nothing at once, and costs nothing', () => {
    const booked = moved('spot:BTC/USD', null, held(3, null));
    expect(outcomeOf(booked, mark(100))).toEqual({ profit: 0, premium: 0, fees: 0, spread: 0, impact: 0 });
  });
});
