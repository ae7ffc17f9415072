import { describe, expect, it } from 'vitest';
import { denialOf, notionalOf, stricter, type Moment } from '../../../src/execution/limits.ts';
import type { DenialCode } from '../../../src/execution/limitsModel.ts';
import type { PlannedOrder } from '../../../src/hedging/model.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { AT, plannedOrder } from './orders.ts';

const now = new Date(AT);
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

/** Nothing speaks against the order. */
const moment: Moment = {
  ...{ now, state: 'active', limits: {}, validUntil: later(300), calledOff: false, isQuarantined: false },
  ...{ quote: { mark: 100_000, askSize: 4, bidSize: 3 }, quotedAt: later(-10) },
  ...{ windowNotional: exact(0), position: exact(0), delta: -2 },
};

function denied(change: Partial<Moment>, order: Partial<PlannedOrder> = {}) {
  const planned = plannedOrder(order);
  return denialOf(planned, { ...moment, ...change }, notionalOf(planned, 100_000));
}

describe('an order is sent', () => {
  it('where nothing is limited, whatever the market', () => {
    expect(denied({ quote: undefined, quotedAt: undefined, delta: undefined })).toBeUndefined();
  });

  const atTheLimit: [string, Partial<Moment>][] = [
    ['at the largest notional', { limits: { maxOrderNotional: 201_000 } }],
    ['that fills the window', { limits: { maxWindowNotional: 301_000 }, windowNotional: exact(100_000) }],
    ['at the collar', { limits: { collarBps: 50 } }],
    ['at the greatest age', { limits: { maxQuoteAgeSeconds: 10 } }],
    ['of half of what is displayed', { limits: { maxDepthShare: 0.5 } }],
    ['that closes the position', { limits: { reduceOnly: true }, position: exact(-2) }],
    ['in the last instant', { validUntil: now }],
    ['that reduces', { state: 'reducing' }],
    ['that turns a little over', { state: 'reducing', delta: -1.1 }],
  ];
  it.each(atTheLimit)('%s', (_, change) => expect(denied(change)).toBeUndefined());
});

describe('an order is denied', () => {
  const beyond: [DenialCode, Partial<Moment>][] = [
    ['canceled', { calledOff: true }],
    ['quarantined', { isQuarantined: true }],
    ['quote_stale', { limits: { maxQuoteAgeSeconds: 60 }, quotedAt: later(61) }],
    ['no_market', { limits: { maxWindowNotional: 1e9 }, windowNotional: undefined }],
    ['trading_halted', { state: 'halted' }],
    ['trading_state_reducing', { state: 'reducing', delta: 2 }],
    ['trading_state_reducing', { state: 'reducing', delta: -1 }],
    ['trading_state_reducing', { state: 'reducing', delta: undefined }],
    ['expired', { validUntil: later(-0.001) }],
    ['notional_exceeds_max_per_order', { limits: { maxOrderNotional: 200_999 } }],
    ['notional_exceeds_max_per_window', { limits: { maxWindowNotional: 300_999 }, windowNotional: exact(100_000) }],
    ['price_collar', { limits: { collarBps: 49 } }],
    ['quote_stale', { limits: { maxQuoteAgeSeconds: 9 } }],
    ['no_market', { limits: { collarBps: 50 }, quote: undefined }],
    ['no_market', { limits: { maxQuoteAgeSeconds: 50 }, quotedAt: undefined }],
    ['depth_share', { limits: { maxDepthShare: 0.49 } }],
    ['reduce_only_would_increase_position', { limits: { reduceOnly: true }, position: exact(-1.9) }],
    ['reduce_only_would_increase_position', { limits: { reduceOnly: true }, position: exact(5) }],
    ['reduce_only_would_increase_position', { limits: { reduceOnly: true } }],
  ];
  it.each(beyond)('as %s', (code, change) => {
    const denial = denied(change);
    expect(denial?.code).toBe(code);
    expect(denial?.detail).not.toBe('');
  });

  it('for a limit below the mark when it sells, and not for one above', () => {
    const selling = { side: 'sell', limitPrice: '99400', delta: -2 } as const;
    expect(denied({ limits: { collarBps: 50 } }, selling)?.code).toBe('price_collar');
    expect(denied({ limits: { collarBps: 50 } }, { ...selling, limitPrice: '120000' })).toBeUndefined();
  });
});

describe('the notional', () => {
  it('of an inverse contract is its quantity, and of an option priced in coin what the coin is worth', () => {
    const perpetual = { kind: 'perpetual', underlying: 'BTC', quote: 'USD', settlement: 'inverse' } as const;
    expect(notionalOf(plannedOrder({ terms: perpetual, quantity: '5000' }), 100_000)?.toNumber()).toBe(5_000);
    const option = {
      ...perpetual,
      kind: 'option',
      optionType: 'call',
      strike: '1',
      expiry: AT,
      style: 'european',
    } as never;
    const premium = plannedOrder({ terms: option, quantity: '3', limitPrice: '0.05' });
    expect(notionalOf(premium, 100_000)?.toNumber()).toBe(15_000);
  });
});

describe('what is priced in coin', () => {
  it('cannot be limited where no price tells what a coin is worth', () => {
    const option = {
      kind: 'option',
      underlying: 'BTC',
      quote: 'USD',
      settlement: 'inverse',
      optionType: 'call',
      strike: '1',
      expiry: AT,
    };
    const planned = plannedOrder({ terms: option as never });
    expect(notionalOf(planned, undefined)).toBeUndefined();
    const limited = { ...moment, limits: { maxOrderNotional: 1e9 } };
    expect(denialOf(planned, limited, undefined)?.code).toBe('no_market');
    expect(denialOf(planned, moment, undefined)).toBeUndefined();
  });
});

describe('of two sets of limits', () => {
  it('the stricter of each counts', () => {
    const tenant = { maxOrderNotional: 5, collarBps: 100, reduceOnly: false };
    expect(stricter(tenant, { maxOrderNotional: 9, collarBps: 50, reduceOnly: true, maxDepthShare: 1 })).toEqual({
      ...{ maxOrderNotional: 5, collarBps: 50, reduceOnly: true, maxDepthShare: 1 },
    });
  });

  it('a window keeps its length unless both have one: then the longer with the smaller sum', () => {
    const hour = { maxWindowNotional: 10, windowSeconds: 3_600 };
    expect(stricter(hour, {})).toEqual(hour);
    expect(stricter({}, hour)).toEqual(hour);
    expect(stricter(hour, { maxWindowNotional: 20, windowSeconds: 60 })).toEqual(hour);
    expect(stricter(hour, { maxWindowNotional: 5 })).toEqual({ maxWindowNotional: 5, windowSeconds: 86_400 });
  });
});
