import fc from 'fast-check';
import type { InstrumentTerms } from '../../../src/instruments/model.ts';
import { decimalText } from '../../../src/platform/decimal.ts';

/** Generators of terms, as the schemas let them through. */
const asset = fc.stringMatching(/^[A-Z0-9][A-Z0-9.]{0,14}$/);
const settlement = fc.constantFrom('linear' as const, 'inverse' as const);
const strike = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 17n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, places]) => decimalText(`${digits}e-${places}`));
const expiry = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const optionType = fc.constantFrom('call' as const, 'put' as const);

const pool = { kind: fc.constant('liquidity' as const), underlying: asset, quote: asset };
const prices = fc
  .uniqueArray(strike, { minLength: 2, maxLength: 2 })
  .map((pair) => pair.sort((a, b) => Number(a) - Number(b)));

export const anyTerms: fc.Arbitrary<InstrumentTerms> = fc.oneof(
  fc.record({ ...pool, pool: fc.constant('constant_product' as const), liquidity: strike }),
  fc
    .record({
      ...pool,
      pool: fc.constant('concentrated' as const),
      liquidity: strike,
      prices,
      feesBase: strike,
      feesQuote: strike,
    })
    .filter(({ prices: [low, high] }) => Number(low) < Number(high))
    .map(({ prices: [lowerPrice, upperPrice], ...rest }) => ({
      ...rest,
      lowerPrice: lowerPrice!,
      upperPrice: upperPrice!,
    })),
  fc.record({
    ...pool,
    pool: fc.constant('stable_swap' as const),
    invariant: strike,
    amplification: strike,
    coins: fc.integer({ min: 2, max: 8 }),
  }),
  fc.record({ kind: fc.constant('spot' as const), underlying: asset, quote: asset }),
  fc.record({ kind: fc.constant('perpetual' as const), underlying: asset, quote: asset, settlement }),
  fc.record({ kind: fc.constant('future' as const), underlying: asset, quote: asset, settlement, expiry }),
  fc.record({
    kind: fc.constant('option' as const),
    underlying: asset,
    quote: asset,
    settlement,
    expiry,
    strike,
    optionType,
  }),
);

const days = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2099-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const deribitDate = days.map(
  (date) => `${date.getUTCDate()}${MONTHS[date.getUTCMonth()]}${String(date.getUTCFullYear()).slice(2)}`,
);
const deribitPair = fc.constantFrom('BTC', 'ETH', 'SOL_USDC', 'XRP_USDC', 'BTC_USDT');
const deribitStrike = fc.constantFrom('90000', '2400', '0d625', '150', '1', '12d5', '999999999999');

export const deribitSymbol = fc.oneof(
  deribitPair.map((pair) => `deribit:${pair}-PERPETUAL`),
  fc.tuple(deribitPair, deribitDate).map(([pair, date]) => `deribit:${pair}-${date}`),
  fc
    .tuple(deribitPair, deribitDate, deribitStrike, fc.constantFrom('C', 'P'))
    .map(([pair, date, price, type]) => `deribit:${pair}-${date}-${price}-${type}`),
);

export const occSymbol = fc
  .tuple(fc.stringMatching(/^[A-Z0-9]{1,6}$/), days, fc.constantFrom('C', 'P'), fc.integer({ min: 1, max: 99_999_999 }))
  .filter(([, date]) => date.getUTCDay() !== 0)
  .map(([root, date, type, mills]) => {
    const day = date.toISOString().slice(2, 10).replaceAll('-', '');
    return `occ:${root.padEnd(6)}${day}${type}${String(mills).padStart(8, '0')}`;
  });
