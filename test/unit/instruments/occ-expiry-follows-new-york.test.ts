import { expect, it } from 'vitest';
import { decodeSymbol, expiryOf } from '../../../src/instruments/service.ts';

// Last day of winter time, first of summer time, last of summer time, first of winter time; and three ordinary days.
const cases: [date: string, expiry: string][] = [
  ['240308', '2024-03-08T21:00:00.000Z'],
  ['240311', '2024-03-11T20:00:00.000Z'],
  ['241101', '2024-11-01T20:00:00.000Z'],
  ['241104', '2024-11-04T21:00:00.000Z'],
  ['240621', '2024-06-21T20:00:00.000Z'],
  ['270115', '2027-01-15T21:00:00.000Z'],
  ['150117', '2015-01-17T21:00:00.000Z'], // a Saturday, as monthly options had until then
];

it.each(cases)('an option of %s expires at the New York close, %s', (date, expiry) => {
  const decoded = decodeSymbol(`occ:SPY   ${date}C00450000`);
  expect(decoded.ok && expiryOf(decoded.instrument.terms)).toBe(expiry);
});

it('agrees with the time zone database on every weekday of 2007 to 2040', () => {
  const hour = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', hour: 'numeric', hourCycle: 'h23' });
  for (let day = Date.UTC(2007, 0, 1); day < Date.UTC(2041, 0, 1); day += 86_400_000) {
    const date = new Date(day);
    if (date.getUTCDay() === 0) continue;
    const decoded = decodeSymbol(`occ:SPX   ${date.toISOString().slice(2, 10).replaceAll('-', '')}P04500500`);
    const expiry = decoded.ok ? expiryOf(decoded.instrument.terms) : undefined;
    if (hour.format(new Date(expiry!)) !== '16') expect.fail(`${expiry} is not 16:00 in New York`);
  }
});
