import { expect, it } from 'vitest';
import type { OpenCrossingOrder } from '../../../src/execution/crossingStore.ts';
import { obstacleOf } from '../../../src/execution/venues/internal.ts';
import { exact } from '../../../src/platform/decimal.ts';

const now = new Date('2030-11-01T08:00:00Z');
const order: OpenCrossingOrder = {
  ...{ client_order_id: 'b1', venue: 'paper', account_id: null, symbol: 'spot:BTC/USD', side: 'sell' },
  terms: { kind: 'spot', underlying: 'BTC', quote: 'USD' },
  ...{ quantity: '10', crossed: '0', lot_size: '1', limit_price: '99000', max_quote_age_seconds: null },
  ...{ delta: -10, delta_before: 10, valid_until: '2030-11-01T08:05:00Z', closes_at: '2030-11-01T08:00:02Z' },
  ...{ status: 'open', reason: null, is_called_off: false, is_quarantined: false, is_given_up: false },
};
const middle = { price: exact(100_000), marketSnapshotId: 'm', asOf: now };

it.each<[string, Partial<OpenCrossingOrder>, boolean]>([
  ['all of it takes the delta away', {}, true],
  ['it turns the delta a little over', { delta_before: 6 }, true],
  ['it adds to the delta', { delta_before: -1 }, false],
  ['it turns the delta over by more than it was', { delta_before: 4 }, false],
  ['what is left of it takes the rest away', { crossed: '5' }, true],
  ['what is left of it only turns the delta over', { delta_before: 6, crossed: '6' }, false],
  ['its plan does not tell the delta before it', { delta_before: null }, false],
  ['it is of an older release', { delta: null, delta_before: null }, false],
])('while trading is reducing: %s', (_, rest, isCrossed) => {
  const moment = { now, middle, limits: {} };
  const why = obstacleOf({ ...order, ...rest }, { ...moment, state: 'reducing' });
  expect(why).toBe(isCrossed ? undefined : 'Only orders that make the delta smaller are crossed now');
  expect(obstacleOf({ ...order, ...rest }, { ...moment, state: 'active' })).toBeUndefined();
});
