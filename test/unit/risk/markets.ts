import type { MarketView } from '../../../src/market/service.ts';
import { DAY_MS, marketView } from '../../support/books.ts';

// One market twice: with listed forwards, as a crypto exchange gives it, and with a carry, as an equity desk has it.

export const AS_OF = '2030-01-01T08:00:00.000Z';

export function expiry(days: number): string {
  return new Date(Date.parse(AS_OF) + days * DAY_MS).toISOString();
}

export const SPOT = 50_000;
export const RATE = 0.06;
export const YIELD = 0.02;
export const CARRY = RATE - YIELD;
export const VOL = 0.65;
export const FORWARD = 51_000;
/** A year less a bit, so that no factor of time is 1 by chance. */
export const EXPIRY = expiry(300);
export const TIME = 300 / 365;

export interface Bump {
  spot?: number;
  vol?: number;
  rate?: number;
  /** Days passed. */
  days?: number;
}

function shifted({ days = 0 }: Bump): string {
  return new Date(Date.parse(AS_OF) + days * DAY_MS).toISOString();
}

export function carryMarket(bump: Bump = {}): MarketView {
  const { spot = 0, vol = 0, rate = 0 } = bump;
  return marketView(shifted(bump), [
    {
      underlying: 'BTC',
      spot: { mark: SPOT + spot },
      perpetual: { mark: 50_100 + spot },
      carry: { rate: RATE + rate, yield: YIELD },
      volatility: { type: 'flat', vol: VOL + vol },
    },
  ]);
}

/** Forwards move one for one with spot. */
export function listedMarket(bump: Bump = {}): MarketView {
  const { spot = 0, vol = 0, rate = 0 } = bump;
  return marketView(shifted(bump), [
    {
      underlying: 'BTC',
      spot: { mark: SPOT + spot },
      perpetual: { mark: 50_100 + spot },
      forwards: [{ expiry: EXPIRY, price: FORWARD + spot }],
      rate,
      volatility: { type: 'flat', vol: VOL + vol },
    },
  ]);
}

export function option(optionType: 'call' | 'put', strike: number, settlement: 'linear' | 'inverse' = 'linear') {
  return {
    kind: 'option' as const,
    underlying: 'BTC',
    quote: 'USD',
    settlement,
    optionType,
    strike: String(strike),
    expiry: EXPIRY,
  };
}

export function future(settlement: 'linear' | 'inverse') {
  return { kind: 'future' as const, underlying: 'BTC', quote: 'USD', settlement, expiry: EXPIRY };
}

export function perpetual(settlement: 'linear' | 'inverse') {
  return { kind: 'perpetual' as const, underlying: 'BTC', quote: 'USD', settlement };
}
