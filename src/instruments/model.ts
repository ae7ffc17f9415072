import { z } from 'zod';
import { nonNegativeDecimal, positiveDecimal } from '../platform/decimal.ts';

export const SETTLEMENTS = ['linear', 'inverse'] as const;
export const OPTION_TYPES = ['call', 'put'] as const;
export const INSTRUMENT_KINDS = ['option', 'perpetual', 'future', 'spot', 'liquidity'] as const;

/** The code of an asset, as instruments and markets name it. */
export const asset = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9.]{0,14}$/, 'must be 1 to 15 of A-Z 0-9 .')
  .meta({ examples: ['BTC'] });

const underlying = asset.meta({ description: 'The asset that the instrument is written on', examples: ['BTC'] });
const quote = asset
  .default('USD')
  .meta({ description: 'The currency that strikes and prices are stated in', examples: ['USD'] });
const settlement = z.enum(SETTLEMENTS).meta({
  description: 'linear: settled in the quote currency; inverse: settled in the underlying (coin)',
});
const YEAR_10000_MS = Date.UTC(10_000, 0);
/** RFC 3339 in; normalised to UTC with milliseconds. Years of more than four digits have no place in RFC 3339. */
export const instant = z.iso
  .datetime({ offset: true, abort: true, error: 'must be an RFC 3339 instant such as 2026-03-27T08:00:00Z' })
  .overwrite((text) => new Date(text).toISOString())
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < YEAR_10000_MS, 'must lie in the years 1970 to 9999')
  .meta({ description: 'RFC 3339 instant, UTC', examples: ['2026-12-25T08:00:00.000Z'] });

export const OptionSchema = z
  .strictObject({
    kind: z.literal('option'),
    underlying,
    quote,
    settlement,
    optionType: z.enum(OPTION_TYPES),
    strike: positiveDecimal,
    expiry: instant,
  })
  .meta({ id: 'Option', description: 'European option' });

export const PerpetualSchema = z
  .strictObject({ kind: z.literal('perpetual'), underlying, quote, settlement })
  .meta({ id: 'Perpetual' });

export const FutureSchema = z
  .strictObject({ kind: z.literal('future'), underlying, quote, settlement, expiry: instant })
  .meta({ id: 'Future', description: 'Dated future' });

export const SpotSchema = z.strictObject({ kind: z.literal('spot'), underlying, quote }).meta({ id: 'Spot' });

// A share of a pool of two tokens, the underlying (base) and the quote. Amounts are in whole tokens; fees that stay in the pool are in
// its liquidity already.

const liquidity = positiveDecimal.meta({
  description:
    '√(base · quote) of the share in whole tokens: √(x·y) of a constant product pool, L of a concentrated position',
  examples: ['1250.5'],
});
const uncollected = nonNegativeDecimal.default('0');

const ConstantProductSchema = z
  .strictObject({ kind: z.literal('liquidity'), pool: z.literal('constant_product'), underlying, quote, liquidity })
  .meta({ id: 'ConstantProductLiquidity', description: 'Share of a pool x·y = k, such as Uniswap v2' });

const ConcentratedSchema = z
  .strictObject({
    kind: z.literal('liquidity'),
    pool: z.literal('concentrated'),
    underlying,
    quote,
    liquidity,
    lowerPrice: positiveDecimal.meta({ description: 'Price of the underlying at the lower tick', examples: ['1800'] }),
    upperPrice: positiveDecimal.meta({ description: 'Price of the underlying at the upper tick', examples: ['2600'] }),
    feesBase: uncollected.meta({ description: 'Fees earned and not collected, in the underlying' }),
    feesQuote: uncollected.meta({ description: 'Fees earned and not collected, in the quote currency' }),
  })
  .refine(({ lowerPrice, upperPrice }) => Number(lowerPrice) < Number(upperPrice), {
    message: 'must be above lowerPrice',
    path: ['upperPrice'],
  })
  .meta({ id: 'ConcentratedLiquidity', description: 'Liquidity between two prices, such as a Uniswap v3 position' });

const StableSwapSchema = z
  .strictObject({
    kind: z.literal('liquidity'),
    pool: z.literal('stable_swap'),
    underlying,
    quote,
    invariant: positiveDecimal.meta({ description: 'D of the share, in whole tokens', examples: ['250000'] }),
    amplification: positiveDecimal.meta({ description: "A·n of the pool's contract", examples: ['400'] }),
    coins: z
      .int()
      .min(2)
      .max(8)
      .meta({ description: 'Number of coins; those other than the underlying are worth 1 each' }),
  })
  .meta({ id: 'StableSwapLiquidity', description: 'Share of a Curve StableSwap pool' });

const LiquiditySchema = z.discriminatedUnion('pool', [ConstantProductSchema, ConcentratedSchema, StableSwapSchema]);

export const InstrumentTermsSchema = z.discriminatedUnion('kind', [
  OptionSchema,
  PerpetualSchema,
  FutureSchema,
  SpotSchema,
  LiquiditySchema,
]);

/** What an instrument is, whichever venue lists it. */
export type InstrumentTerms = z.infer<typeof InstrumentTermsSchema>;
export type OptionTerms = z.infer<typeof OptionSchema>;
export type LiquidityTerms = z.infer<typeof LiquiditySchema>;

/**
 * An instrument with its name. `symbol` is `<venue>:<venue's own symbol>` where a venue lists it (`deribit:BTC-PERPETUAL`,
 * `occ:SPY   240621C00450000`), else the canonical name that the codec derives from the terms (`otc:…`). The symbol alone
 * says everything: `decodeSymbol(encodeSymbol(terms))` gives the terms back.
 */
export interface Instrument {
  symbol: string;
  terms: InstrumentTerms;
}

/** As instruments are given: a venue symbol, or the terms. */
export const InstrumentInputSchema = z
  .union([
    z
      .string()
      .min(3)
      .max(120)
      .meta({
        description: 'Venue symbol with its venue',
        examples: ['deribit:BTC-25DEC26-90000-C', 'deribit:BTC-PERPETUAL', 'occ:SPY   270618C00450000', 'spot:BTC/USD'],
      }),
    InstrumentTermsSchema,
  ])
  .meta({ id: 'InstrumentRef' });
export type InstrumentInput = z.infer<typeof InstrumentInputSchema>;
