import { z } from 'zod';
import { operationFields } from '../platform/operation.ts';
import { MAX_FAULTS } from '../platform/problem.ts';
import { StalenessSchema } from '../market/model.ts';
import { versionNumber } from '../platform/http.ts';
import { DELTA_CONVENTIONS } from '../quant/hedging/deltaConvention.ts';
import { ScenariosInputSchema } from './scenarioModel.ts';
import { ScenariosSchema } from './scenarioResult.ts';

export { DELTA_CONVENTIONS, type DeltaConvention } from '../quant/hedging/deltaConvention.ts';

export const deltaConvention = z.enum(DELTA_CONVENTIONS).meta({
  description:
    'black_scholes: sensitivity of the value in quote currency at the implied volatility of the strike; premium_adjusted: the same less the premium in coin, for coin-settled options of a book whose result is counted in coin; sticky_strike: black_scholes, said of a smile that stays at its strikes; sticky_delta: the smile moves along with the underlying; min_variance: each volatility moves along the skew as it does on average (twice the slope of sticky strike). In scenarios every strike keeps its volatility, whatever the convention',
});

export const AnalysisInputSchema = z
  .strictObject({
    portfolioVersion: versionNumber.optional().meta({ description: 'The latest when left out' }),
    marketSnapshotId: z.uuid().optional().meta({ description: 'The one with the latest asOf when left out' }),
    deltaConvention: deltaConvention.default('black_scholes'),
    scenarios: ScenariosInputSchema.optional().meta({
      description:
        'What is to be computed beside the Greeks: ladders, a matrix, stress, value at risk, explained profit',
    }),
  })
  .meta({ id: 'AnalysisRequest', examples: [{ deltaConvention: 'black_scholes' }] });
export type AnalysisInput = z.infer<typeof AnalysisInputSchema>;

/** The columns of a result, in the order that they are stored in. */
export const RESULT_COLUMNS = [
  'price',
  'value',
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
  'vanna',
  'volga',
  'charm',
] as const;
export type ResultColumn = (typeof RESULT_COLUMNS)[number];

const value = z.number().meta({
  description:
    'Worth in the quote currency. Perpetuals and futures are margined: they are marked to market and have no worth of their own',
});

export const greeksFields = {
  delta: z.number().meta({ description: 'Units of the underlying, in the delta convention stated' }),
  gamma: z.number().meta({ description: 'Change of the Black–Scholes delta per 1.00 of underlying price' }),
  vega: z.number().meta({ description: 'Quote currency per volatility point (0.01)' }),
  theta: z
    .number()
    .meta({ description: 'Quote currency per calendar day, or for the remaining life where that is shorter' }),
  rho: z.number().meta({ description: 'Quote currency per percentage point of interest rate' }),
  vanna: z.number().meta({ description: 'Change of delta per volatility point' }),
  volga: z.number().meta({ description: 'Change of vega per volatility point' }),
  charm: z.number().meta({ description: 'Change of delta per day' }),
};
export const GreeksSchema = z.object(greeksFields).meta({ id: 'Greeks' });
export type Greeks = z.infer<typeof GreeksSchema>;
export const GREEKS = Object.keys(greeksFields) as (keyof Greeks)[];

const aggregateFields = {
  positionCount: z.int(),
  value,
  ...greeksFields,
  deltaCash: z.number().meta({ description: 'delta × spot, in the quote currency' }),
  gammaCash: z
    .number()
    .meta({ description: 'Change of deltaCash for a 1 % move of the underlying: gamma × spot² / 100' }),
};

export const ExpiryGreeksSchema = z
  .object({
    expiry: z.iso.datetime().nullable().meta({ description: 'null: instruments that do not expire' }),
    ...aggregateFields,
  })
  .meta({ id: 'ExpiryGreeks' });

export const UnderlyingGreeksSchema = z
  .object({
    underlying: z.string(),
    quote: z.string(),
    spot: z.number(),
    ...aggregateFields,
    staleness: StalenessSchema,
    expiries: z.array(ExpiryGreeksSchema),
  })
  .meta({ id: 'UnderlyingGreeks' });
export type UnderlyingGreeks = z.infer<typeof UnderlyingGreeksSchema>;

export const CashTotalSchema = z
  .object({
    currency: z.string(),
    value,
    deltaCash: z.number(),
    gammaCash: z.number(),
    vega: z.number(),
    theta: z.number(),
    rho: z.number(),
  })
  .meta({ id: 'CashTotal', description: 'What can be added over underlyings of one quote currency' });

export const FailureSchema = z
  .object({ positionId: z.string(), code: z.string(), detail: z.string() })
  .meta({ id: 'Failure', description: 'A position that could not be valued, and why' });
export type Failure = z.infer<typeof FailureSchema>;

export const ValuationSchema = z
  .object({
    deltaConvention,
    valuationTime: z.iso
      .datetime()
      .meta({ description: 'asOf of the market snapshot: time to expiry counts from here' }),
    valued: z.int().meta({ description: 'Number of positions valued' }),
    unvalued: z.int().meta({ description: 'Number of positions that are not in any total' }),
    failures: z
      .array(FailureSchema)
      .max(MAX_FAULTS)
      .meta({ description: 'The first unvalued positions; the positions of the analysis list them all' }),
    underlyings: z.array(UnderlyingGreeksSchema),
    cash: z.array(CashTotalSchema),
    scenarios: ScenariosSchema.nullable().meta({
      description: 'null: none were asked for, or the analysis was not read by its own id: lists go without',
    }),
  })
  .meta({ id: 'Valuation' });
export type Valuation = z.infer<typeof ValuationSchema>;

export const AnalysisSchema = z
  .object({
    id: z.uuid(),
    portfolioId: z.uuid(),
    portfolioVersion: z.int(),
    marketSnapshotId: z.uuid(),
    ...operationFields,
    result: ValuationSchema.nullable(),
  })
  .meta({ id: 'Analysis' });
export type Analysis = z.infer<typeof AnalysisSchema>;

export const PositionGreeksSchema = z
  .object({
    positionId: z.string(),
    symbol: z.string(),
    deltaConvention,
    price: z.number().nullable().meta({ description: 'Per unit, in the quote currency' }),
    value: value.nullable(),
    greeks: GreeksSchema.nullable().meta({ description: 'Of the whole position: quantity × multiplier × per unit' }),
    failure: FailureSchema.omit({ positionId: true })
      .nullable()
      .meta({ description: 'Why there are no numbers; null when there are' }),
  })
  .meta({ id: 'PositionGreeks' });
export type PositionGreeks = z.infer<typeof PositionGreeksSchema>;

/** The results of one run of positions, columnar. */
export interface Shard {
  ordinal: number;
  positionIds: string[];
  /** RESULT_COLUMNS one after another, `positionIds.length` values each; NaN where there is a failure. */
  columns: Float64Array;
  /** By index in `positionIds`. */
  failures: Record<number, { code: string; detail: string }>;
}
