import { z } from 'zod';
import { decimalString } from '../platform/decimal.ts';
import { text } from '../platform/text.ts';
import { asset, instant, OPTION_TYPES } from '../instruments/model.ts';

// A market snapshot is what the market was worth at one instant. It is immutable; analyses and plans name the one they used.

const price = z.number().positive().finite();
const vol = z
  .number()
  .positive()
  .max(20)
  .meta({ description: 'Implied volatility as a decimal: 0.65 is 65 %', examples: [0.65] });
const observed = instant.optional().meta({ description: "When this was observed; the snapshot's asOf when left out" });

/** Price and top of book of something that can be traded as a hedge. Sizes are in the instrument's own quantity. */
export const QuoteSchema = z
  .strictObject({
    mark: price,
    bid: price.optional(),
    ask: price.optional(),
    bidSize: z.number().nonnegative().finite().optional(),
    askSize: z.number().nonnegative().finite().optional(),
    fundingRate: z
      .number()
      .min(-1)
      .max(1)
      .optional()
      .meta({
        description: 'Of a perpetual: what a long position pays per 8 hours, as a fraction of its notional',
        examples: [0.0000506],
      }),
    symbol: text(120)
      .optional()
      .meta({
        description: 'What it is called where it trades; a perpetual with a symbol is the default hedge',
        examples: ['deribit:BTC-PERPETUAL'],
      }),
    asOf: observed,
  })
  .refine((quote) => !(quote.bid !== undefined && quote.ask !== undefined && quote.bid > quote.ask), {
    message: 'bid must not be above ask',
    path: ['bid'],
  })
  .meta({ id: 'Quote' });
export type Quote = z.infer<typeof QuoteSchema>;

export const ForwardSchema = z
  .strictObject({
    expiry: instant,
    price: price.meta({ description: 'Forward (dated future, or synthetic) price for this expiry' }),
    bid: price.optional(),
    ask: price.optional(),
    asOf: observed,
  })
  .meta({ id: 'Forward' });

export const CarrySchema = z
  .strictObject({
    rate: z.number().min(-1).max(10).meta({ description: 'Continuously compounded interest rate, decimal' }),
    yield: z
      .number()
      .min(-1)
      .max(10)
      .default(0)
      .meta({ description: 'Continuously compounded dividend, borrow or staking yield, decimal' }),
    asOf: observed,
  })
  .meta({ id: 'Carry', description: 'Forward of every expiry as spot·exp((rate − yield)·T)' });

const FlatVolSchema = z.strictObject({ type: z.literal('flat'), vol, asOf: observed }).meta({ id: 'FlatVolatility' });

/** Of the option at that strike; what a plan may take of it, and whether it is liquid enough to be a hedge. */
const size = z.number().nonnegative().finite().optional();
const liquidity = {
  bidSize: size.meta({ description: 'Quantity at the bid, in contracts of one underlying' }),
  askSize: size.meta({ description: 'Quantity at the ask' }),
  openInterest: size.meta({ description: 'Open contracts of one underlying' }),
};

const IvQuoteSchema = z
  .strictObject({
    expiry: instant,
    strike: price,
    iv: vol,
    bidIv: vol.optional().meta({ description: 'Implied volatility of the bid; a fitted surface keeps to the spread' }),
    askIv: vol.optional().meta({ description: 'Implied volatility of the ask' }),
    ...liquidity,
    asOf: observed,
  })
  .meta({ id: 'IvQuote' });
const QuotedVolSchema = z
  .strictObject({ type: z.literal('quotes'), quotes: z.array(IvQuoteSchema).min(1).max(20_000) })
  .meta({ id: 'QuotedVolatility', description: 'One implied volatility per expiry and strike' });

const PriceQuoteSchema = z
  .strictObject({
    expiry: instant,
    strike: price,
    optionType: z.enum(OPTION_TYPES),
    price: z.number().positive().finite(),
    bid: price.optional().meta({ description: 'In the unit of `price`; a fitted surface keeps to the spread' }),
    ask: price.optional(),
    ...liquidity,
    asOf: observed,
  })
  .meta({ id: 'PriceQuote' });
const PricedVolSchema = z
  .strictObject({
    type: z.literal('prices'),
    unit: z.enum(['quote', 'underlying']).default('quote').meta({
      description: 'quote: prices in the quote currency; underlying: in the coin, as inverse options are quoted',
    }),
    quotes: z.array(PriceQuoteSchema).min(1).max(20_000),
  })
  .meta({ id: 'PricedVolatility', description: 'Option prices, from which the implied volatilities are solved' });

/** Raw SVI (Gatheral 2004): w(k) = a + b(ρ(k−m) + √((k−m)²+σ²)), k = ln(K/F), w the total variance. */
export const SviSliceSchema = z
  .strictObject({
    expiry: instant,
    a: z.number().finite(),
    b: z.number().nonnegative().finite(),
    rho: z.number().gt(-1).lt(1),
    m: z.number().finite(),
    sigma: z.number().positive().finite(),
    asOf: observed,
  })
  .meta({ id: 'SviSlice' });
const SviVolSchema = z
  .strictObject({ type: z.literal('svi'), slices: z.array(SviSliceSchema).min(1).max(200) })
  .meta({ id: 'SviVolatility' });

export const VolatilitySchema = z.discriminatedUnion('type', [
  FlatVolSchema,
  QuotedVolSchema,
  PricedVolSchema,
  SviVolSchema,
]);
export type Volatility = z.infer<typeof VolatilitySchema>;

export const UnderlyingMarketSchema = z
  .strictObject({
    underlying: asset,
    quote: asset.default('USD').meta({ description: 'Currency of every price here', examples: ['USD'] }),
    spot: QuoteSchema.meta({ description: 'Spot or index price' }),
    perpetual: QuoteSchema.optional().meta({ description: 'The perpetual; needed to value and to hedge with it' }),
    forwards: z
      .array(ForwardSchema)
      .max(500)
      .optional()
      .meta({ description: 'One forward per expiry; give these or `carry`' }),
    carry: CarrySchema.optional(),
    rate: z.number().min(-1).max(10).default(0).meta({
      description: 'Discount rate where `forwards` are given: continuously compounded, decimal. 0 at Deribit',
    }),
    volatility: VolatilitySchema.optional().meta({ description: 'Needed to value options' }),
  })
  .refine((market) => !(market.forwards && market.carry), {
    message: 'give forwards or carry, not both',
    path: ['carry'],
  })
  .meta({ id: 'UnderlyingMarket' });
export type UnderlyingMarket = z.infer<typeof UnderlyingMarketSchema>;

const EXAMPLE = {
  asOf: '2026-08-21T15:47:01Z',
  source: 'deribit',
  underlyings: [
    {
      underlying: 'BTC',
      spot: { mark: 77382.72 },
      perpetual: { mark: 77382.72, bid: 77382.5, ask: 77383, bidSize: 385760, askSize: 23540 },
      forwards: [{ expiry: '2026-12-25T08:00:00Z', price: 78586.7 }],
      volatility: {
        type: 'quotes',
        quotes: [
          { expiry: '2026-12-25T08:00:00Z', strike: 70000, iv: 0.4402 },
          { expiry: '2026-12-25T08:00:00Z', strike: 90000, iv: 0.4239 },
        ],
      },
    },
  ],
};

export const MarketSnapshotInputSchema = z
  .strictObject({
    asOf: instant.meta({
      description: 'The instant that everything here was valid at, unless it says otherwise itself',
    }),
    source: text(100).meta({ examples: ['deribit'] }),
    underlyings: z.array(UnderlyingMarketSchema).min(1).max(200),
  })
  .meta({ id: 'MarketSnapshotRequest', examples: [EXAMPLE] });
export type MarketSnapshotInput = z.infer<typeof MarketSnapshotInputSchema>;

/** Age in seconds at the snapshot's asOf, oldest observation of each field. */
export const StalenessSchema = z
  .object({
    spot: z.number(),
    perpetual: z.number().nullable(),
    forwards: z.number().nullable().meta({ description: 'Oldest forward, or the carry' }),
    volatility: z.number().nullable(),
  })
  .meta({
    id: 'Staleness',
    description: 'Age in seconds at asOf of the oldest observation of each field; null where the field is absent',
  });
export type Staleness = z.infer<typeof StalenessSchema>;

export const MarketSnapshotSummarySchema = z
  .object({
    id: z.uuid(),
    asOf: z.iso.datetime(),
    source: z.string(),
    createdAt: z.iso.datetime(),
    underlyings: z.array(
      z.object({
        underlying: z.string(),
        quote: z.string(),
        spot: decimalString,
        expiries: z.int().meta({ description: 'Number of expiries with a forward or a volatility' }),
        staleness: StalenessSchema,
      }),
    ),
  })
  .meta({ id: 'MarketSnapshotSummary' });
export type MarketSnapshotSummary = z.infer<typeof MarketSnapshotSummarySchema>;

export const MarketSnapshotSchema = MarketSnapshotSummarySchema.extend({
  data: MarketSnapshotInputSchema.meta({ description: 'The snapshot as it was given' }),
}).meta({ id: 'MarketSnapshot' });
export type MarketSnapshot = z.infer<typeof MarketSnapshotSchema>;
