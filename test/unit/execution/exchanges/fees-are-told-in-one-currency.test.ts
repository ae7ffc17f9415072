import { expect, it } from 'vitest';
import type { VenueState } from '../../../../src/execution/exchanges/dialect.ts';
import { reportOf } from '../../../../src/execution/exchanges/report.ts';
import { fill } from '../orders.ts';

const state = (fills: VenueState['fills']): VenueState => ({
  ...{ venueOrderId: 'v-1', status: 'filled', reason: null, executed: '2', fills },
});

it('fees in a second currency are left out of the sum, and named', () => {
  const bnb = { ...fill('1', '1'), fee: '0.002', feeCurrency: 'BNB' };
  const usd = { ...fill('2', '1'), fee: '0.25', feeCurrency: 'USD' };
  expect(reportOf([state([bnb, usd])])).toEqual({
    ...{ venueOrderId: 'v-1', status: 'filled' },
    reason: 'Fees were also taken of 0.25 USD, which are in no sum',
    fills: [bnb, { ...usd, fee: '0', feeCurrency: 'BNB' }],
  });
});

it('fees of one currency are told as they are', () => {
  const fills = [fill('1', '1'), fill('2', '1')];
  expect(reportOf([state(fills)])).toMatchObject({ reason: null, fills });
});
