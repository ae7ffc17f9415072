import { expect, it } from 'vitest';
import { MarketSnapshotInputSchema } from '../../../src/market/model.ts';
import { snapshotFaults } from '../../../src/market/validate.ts';
import { AS_OF, expiry, snapshot } from './snapshots.ts';

const LATER = expiry(1);
const forwards = [{ expiry: expiry(30), price: 100 }];
const iv = { expiry: expiry(30), strike: 100, iv: 0.5 };
const call = { expiry: expiry(30), strike: 90, optionType: 'call', price: 12 };
const slice = { expiry: expiry(365), a: 0.1, b: 0.1, rho: 0, m: 0, sigma: 0.1 };

const cases: [what: string, market: object, faults: [pointer: string, code: string][]][] = [
  ['spot observed later', { spot: { mark: 100, asOf: LATER } }, [['/spot/asOf', 'observed_later']]],
  ['perpetual observed later', { perpetual: { mark: 100, asOf: LATER } }, [['/perpetual/asOf', 'observed_later']]],
  ['carry observed later', { carry: { rate: 0, asOf: LATER } }, [['/carry/asOf', 'observed_later']]],
  [
    'flat volatility observed later',
    { volatility: { type: 'flat', vol: 1, asOf: LATER } },
    [['/volatility/asOf', 'observed_later']],
  ],
  [
    'an expired forward',
    { forwards: [...forwards, { expiry: AS_OF, price: 100 }] },
    [['/forwards/1/expiry', 'expired']],
  ],
  ['a forward given twice', { forwards: [...forwards, ...forwards] }, [['/forwards/1', 'duplicate']]],
  ['a crossed forward', { forwards: [{ ...forwards[0], bid: 101, ask: 100 }] }, [['/forwards/0/bid', 'crossed']]],
  [
    'quotes expired, given twice, observed later',
    {
      forwards,
      volatility: {
        type: 'quotes',
        quotes: [iv, { ...iv, iv: 0.6 }, { ...iv, expiry: expiry(-1) }, { ...iv, strike: 90, asOf: LATER }],
      },
    },
    [
      ['/volatility/quotes/2/expiry', 'expired'],
      ['/volatility/quotes/3/asOf', 'observed_later'],
      ['/volatility/quotes/1', 'duplicate'],
    ],
  ],
  [
    'prices given twice',
    { forwards, volatility: { type: 'prices', quotes: [call, { ...call, optionType: 'put', price: 2 }, call] } },
    [['/volatility/quotes/2', 'duplicate']],
  ],
  [
    'prices below and above their bounds',
    {
      forwards,
      volatility: {
        type: 'prices',
        quotes: [
          { ...call, price: 9.99 },
          { ...call, strike: 110, price: 100 },
          { ...call, strike: 120, price: 1 },
        ],
      },
    },
    [
      ['/volatility/quotes/0/price', 'no_implied_volatility'],
      ['/volatility/quotes/1/price', 'no_implied_volatility'],
    ],
  ],
  [
    'prices without a forward',
    { volatility: { type: 'prices', quotes: [call] } },
    [['/volatility', 'missing_forward']],
  ],
  [
    'an SVI slice with negative variance',
    { volatility: { type: 'svi', slices: [{ ...slice, a: -0.011 }] } },
    [['/volatility/slices/0', 'invalid_slice']],
  ],
  [
    'an SVI slice with wings beyond Lee’s bound',
    { volatility: { type: 'svi', slices: [{ ...slice, b: 1.5, rho: 0.5 }] } },
    [['/volatility/slices/0', 'invalid_slice']],
  ],
  [
    'SVI slices expired and given twice',
    { volatility: { type: 'svi', slices: [slice, slice, { ...slice, expiry: AS_OF }] } },
    [
      ['/volatility/slices/2/expiry', 'expired'],
      ['/volatility/slices/1', 'duplicate'],
    ],
  ],
];

it.each(cases)('%s', (_, market, faults) => {
  const found = snapshotFaults(snapshot(market));
  expect(found.map(({ pointer, code }) => [pointer.replace('/underlyings/0', ''), code])).toEqual(faults);
  for (const { detail } of found) expect(detail).toMatch(/[a-z]/);
});

it('an underlying given twice', () => {
  const one = { underlying: 'BTC', spot: { mark: 100 } };
  const input = {
    asOf: AS_OF,
    source: 'test',
    underlyings: [one, { ...one, quote: 'USDC' }, { ...one, quote: 'USD' }],
  };
  expect(snapshotFaults(MarketSnapshotInputSchema.parse(input))).toEqual([
    { pointer: '/underlyings/2', code: 'duplicate', detail: 'is given twice: BTC/USD, first at /underlyings/0' },
  ]);
});

it('all faults come at once', () => {
  const market = {
    spot: { mark: 100, asOf: LATER },
    forwards: [{ expiry: AS_OF, price: 1, bid: 2, ask: 1 }],
    volatility: { type: 'flat', vol: 1, asOf: LATER },
  };
  expect(snapshotFaults(snapshot(market)).map(({ code }) => code)).toEqual([
    'observed_later',
    'expired',
    'crossed',
    'observed_later',
  ]);
});

it('an instant before 1970', () => {
  const input = { ...snapshot({}), asOf: '0000-01-01T00:00:00.000Z' };
  expect(snapshotFaults(input)).toMatchObject([{ pointer: '/asOf', code: 'out_of_range' }]);
});

it('a snapshot without faults has none', () => {
  const quotes = [call, { ...call, optionType: 'put', price: 2 }, { ...call, expiry: expiry(60) }];
  expect(snapshotFaults(snapshot({ forwards, volatility: { type: 'prices', quotes } }))).toEqual([]);
});

it("a venue's mark that no volatility gives is no fault where its market is told: the fit rejects it with a reason", () => {
  const quotes = [call, { ...call, strike: 80, price: 19, bid: 20.5, ask: 21 }];
  expect(snapshotFaults(snapshot({ forwards, volatility: { type: 'prices', quotes } }))).toEqual([]);
});
