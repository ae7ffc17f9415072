import { z } from 'zod';
import { VolatilitySchema } from './model.ts';

const VOLATILITY_TYPES = VolatilitySchema.options.map((option) => option.shape.type.value);
export const SMILE_METHODS = ['svi', 'essvi', 'interpolation', 'given'] as const;
export const FALLBACK_REASONS = ['no_quotes', 'fewer_than_5_quotes', 'no_svi_without_arbitrage'] as const;
export const FORWARD_SOURCES = ['given', 'future', 'parity'] as const;
export const REJECTION_CODES = [
  'invalid',
  'duplicate',
  'stale',
  'later',
  'crossed',
  'no_bid',
  'no_ask',
  'no_price',
  'below_intrinsic',
  'above_bound',
  'in_the_money_twin',
  'mark_only',
] as const;
export const OMISSION_REASONS = ['expired', 'no_forward', 'duplicate_time'] as const;

const vol = z.number().meta({ description: 'Volatility as a decimal: 0.65 is 65 %' });
const share = z.number().min(0).max(1).nullable();

export const SviParametersSchema = z
  .object({ a: z.number(), b: z.number(), rho: z.number(), m: z.number(), sigma: z.number() })
  .meta({
    id: 'SviParameters',
    description: 'Raw SVI: total variance w(k) = a + b(rho(k−m) + √((k−m)²+sigma²)), k = ln(strike/forward)',
  });

export const JumpWingsSchema = z
  .object({
    v: z.number().meta({ description: 'ATM variance per year' }),
    psi: z.number().meta({ description: 'ATM skew: half the slope of total variance over its root' }),
    p: z.number().meta({ description: 'Slope of the put wing' }),
    c: z.number().meta({ description: 'Slope of the call wing' }),
    vTilde: z.number().meta({ description: 'Least variance per year' }),
  })
  .meta({ id: 'JumpWings', description: 'The same slice in SVI jump-wings parameters (Gatheral-Jacquier 2014)' });

export const SmilePointSchema = z
  .object({
    k: z.number().meta({ description: 'ln(strike/forward)' }),
    totalVariance: z.number().meta({ description: 'Volatility² × years' }),
  })
  .meta({ id: 'SmilePoint' });

export const ArbitrageIntervalSchema = z
  .object({
    from: z.number().nullable().meta({ description: 'In ln(strike/forward); null: without end' }),
    to: z.number().nullable().meta({ description: 'In ln(strike/forward); null: without end' }),
    worst: z.number().meta({ description: 'Where it is worst, in ln(strike/forward)' }),
    value: z.number().meta({ description: "There, below 0: Durrleman's g, or the total variance that is missing" }),
  })
  .meta({ id: 'ArbitrageInterval' });

export const SurfaceQualitySchema = z
  .object({
    rmse: z.number().nullable().meta({ description: 'Root mean square of fitted less market volatility, decimal' }),
    quotes: z.int().meta({ description: 'Quotes used' }),
    twoSided: z.int().meta({ description: 'Of these, with a bid and an ask' }),
    withinBidAsk: share.meta({ description: 'Share of the two-sided with the fitted volatility inside the spread' }),
    liquid: z.int().meta({ description: 'Of the two-sided, with |delta| from 0.05 to 0.95' }),
    liquidWithinBidAsk: share.meta({ description: 'Share of the liquid inside the spread' }),
  })
  .meta({ id: 'SurfaceQuality' });

export const SmileWingSchema = z
  .object({
    delta: z.number().meta({ description: '0.25 or 0.1; undiscounted Black delta to the forward' }),
    callStrike: z.number(),
    callVol: vol,
    putStrike: z.number(),
    putVol: vol,
    riskReversal: z.number().meta({ description: 'Call less put volatility, decimal' }),
    butterfly: z.number().meta({ description: 'Mean of call and put volatility less ATM, decimal' }),
  })
  .meta({ id: 'SmileWing' });

export const SmileMetricsSchema = z
  .object({
    atmVol: vol.meta({ description: 'Volatility at strike = forward, decimal' }),
    skew: z.number().meta({ description: 'Slope of volatility in ln(strike) at the forward' }),
    curvature: z.number().meta({ description: 'Second derivative of volatility in ln(strike) at the forward' }),
    wings: z.array(SmileWingSchema),
  })
  .meta({ id: 'SmileMetrics' });

export const QuoteResidualSchema = z
  .object({
    index: z.int().meta({ description: "Position in the snapshot's quotes" }),
    strike: z.number(),
    liquid: z.boolean().meta({ description: '|delta| from 0.05 to 0.95' }),
    marketVol: vol,
    bidVol: vol.nullable(),
    askVol: vol.nullable(),
    fittedVol: vol,
    withinSpread: z.boolean().nullable().meta({ description: 'Null where the quote has no two sides' }),
  })
  .meta({ id: 'QuoteResidual' });

export const RejectedQuoteSchema = z
  .object({
    index: z.int().meta({ description: "Position in the snapshot's quotes" }),
    strike: z.number(),
    code: z.enum(REJECTION_CODES).meta({ description: 'Why it is not used' }),
  })
  .meta({ id: 'RejectedQuote' });

export const SurfaceExpirySchema = z
  .object({
    expiry: z.iso.datetime(),
    timeYears: z.number().meta({ description: 'ACT/365' }),
    forward: z.number().nullable().meta({ description: 'Null where SVI slices are given and no forward' }),
    forwardSource: z.enum(FORWARD_SOURCES),
    forwardStandardError: z.number().nullable().meta({ description: 'Of a forward by put-call parity' }),
    discount: z.number().meta({ description: 'Value now of 1 at expiry' }),
    method: z.enum(SMILE_METHODS).meta({
      description:
        'svi: fitted; essvi: of the arbitrage-free eSSVI surface; interpolation: joined; given: as submitted',
    }),
    reason: z.enum(FALLBACK_REASONS).nullable().meta({ description: 'Why there is no SVI slice of its own' }),
    svi: SviParametersSchema.nullable(),
    jumpWings: JumpWingsSchema.nullable(),
    points: z.array(SmilePointSchema).nullable().meta({ description: 'What an interpolation joins' }),
    quality: SurfaceQualitySchema,
    butterfly: z
      .array(ArbitrageIntervalSchema)
      .meta({ description: 'Where there is butterfly arbitrage; none in what was fitted by SVI' }),
    calendar: z
      .array(ArbitrageIntervalSchema)
      .meta({ description: 'Where total variance is below that of the expiry before' }),
    smile: SmileMetricsSchema.nullable().meta({
      description: 'Null without variance at the money, or without a forward',
    }),
    residuals: z.array(QuoteResidualSchema),
    rejected: z.array(RejectedQuoteSchema),
  })
  .meta({ id: 'SurfaceExpiry' });

export const OmittedExpirySchema = z
  .object({ expiry: z.iso.datetime(), reason: z.enum(OMISSION_REASONS) })
  .meta({ id: 'OmittedExpiry' });

export const MarketSurfaceSchema = z
  .object({
    snapshotId: z.uuid(),
    asOf: z.iso.datetime(),
    underlying: z.string(),
    quote: z.string(),
    source: z.enum(VOLATILITY_TYPES).meta({ description: 'The form in which the snapshot gives the volatility' }),
    flatVol: vol.nullable().meta({ description: 'The volatility where it is the same everywhere, decimal' }),
    quality: SurfaceQualitySchema,
    arbitrageFree: z.boolean().meta({ description: 'Whether no expiry has butterfly or calendar arbitrage' }),
    expiries: z.array(SurfaceExpirySchema),
    omitted: z.array(OmittedExpirySchema).meta({ description: 'Expiries that are not in the surface' }),
  })
  .meta({ id: 'MarketSurface' });
export type MarketSurface = z.infer<typeof MarketSurfaceSchema>;
