import { z } from 'zod';
import { asset, OPTION_TYPES, SETTLEMENTS } from '../instruments/model.ts';
import { decimalString } from '../platform/decimal.ts';
import { ALTERNATIVES, PRIORITIES } from '../quant/hedging/optimiser/model.ts';
import { GreeksSchema } from '../risk/model.ts';

// What is asked of the optimiser, and what it answers beside orders.

const finite = z.number().finite();
const positive = finite.positive();

export const priority = z.literal([...PRIORITIES]).meta({
  description: '0 must hold, or there is no plan; of the others 1 gives way first and 5 last',
});

function limit(description: string) {
  return z
    .strictObject({ value: finite.nonnegative().max(1e15), priority: priority.default(0) })
    .optional()
    .meta({ description });
}

function countLimit(description: string) {
  return z
    .strictObject({ value: z.int().nonnegative().max(10_000), priority: priority.default(0) })
    .optional()
    .meta({ description });
}

const range = (of: z.ZodType<number>, description: string) =>
  z
    .strictObject({ from: of.optional(), to: of.optional() })
    .refine(({ from = -Infinity, to = Infinity }) => from <= to, { message: 'must not be below from', path: ['to'] })
    .optional()
    .meta({ description });

const OptionFilterSchema = z
  .strictObject({
    underlying: asset,
    quote: asset.default('USD'),
    settlement: z
      .enum(SETTLEMENTS)
      .default('inverse')
      .meta({ description: 'What the options that are found settle in' }),
    optionTypes: z
      .array(z.enum(OPTION_TYPES))
      .min(1)
      .max(2)
      .default([...OPTION_TYPES]),
    expiryDays: range(positive, 'Days to expiry'),
    strikes: range(positive, 'Strikes'),
    deltas: range(finite.min(0).max(1), '|delta| of one unit'),
    minOpenInterest: finite
      .nonnegative()
      .optional()
      .meta({ description: 'Contracts; those that tell none are left out' }),
    minSize: finite.nonnegative().optional().meta({ description: 'At bid and ask; those that tell none are left out' }),
    maxSpread: finite.positive().max(2).default(0.5).meta({ description: '(ask − bid) / middle at most' }),
    maxCount: z.int().min(1).max(500).default(200).meta({ description: 'The tightest spreads are kept' }),
  })
  .meta({ id: 'OptionFilter', description: 'Options of the market snapshot that are quoted on both sides' });
export type OptionFilter = z.infer<typeof OptionFilterSchema>;

const MovesSchema = z
  .strictObject({
    underlying: asset,
    quote: asset.default('USD'),
    vol: positive.max(20).optional().meta({ description: 'Of the spot; the implied one 30 days out when left out' }),
    volOfVol: finite.nonnegative().max(20).default(1).meta({
      description: 'Of the implied volatility at 30 days, relative, per year: 1 moves 60 % by 60 % · √years points',
    }),
    spotVolCorrelation: finite.min(-1).max(1).default(-0.3),
  })
  .meta({ id: 'UnderlyingMoves' });

const CorrelationSchema = z
  .strictObject({
    underlyings: z.tuple([asset, asset]).refine(([a, b]) => a !== b, 'must be two'),
    correlation: finite.min(-1).max(1),
  })
  .meta({ id: 'SpotCorrelation' });

const CrossHedgeSchema = z
  .strictObject({
    underlying: asset.meta({ description: 'What has no liquid instrument of its own' }),
    with: asset.meta({ description: 'What it is hedged with, in the same quote currency' }),
    quote: asset.default('USD'),
    beta: finite
      .min(-10)
      .max(10)
      .meta({ description: 'Relative move of the one for a relative move of 1 of the other' }),
    basisVol: finite
      .nonnegative()
      .max(20)
      .meta({ description: 'Volatility, per year, of what beta does not explain: it is left unhedged' }),
  })
  .meta({ id: 'CrossHedge' });
export type CrossHedge = z.infer<typeof CrossHedgeSchema>;

export const OptimiseSchema = z
  .strictObject({
    choose: z
      .enum(ALTERNATIVES)
      .default('balanced')
      .meta({ description: 'Which of the alternatives becomes the orders of the plan' }),
    riskAversion: finite.nonnegative().max(1e6).default(1e-6).meta({
      description: 'γ: what is minimised is ½γ·variance + cost, per unit of quote currency',
    }),
    horizonDays: finite.min(0.001).max(365).default(1).meta({ description: 'Over which risk and funding are counted' }),
    options: z.array(OptionFilterSchema).max(20).default([]),
    existing: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether positions of the book may be reduced, closed and rolled, where they are quoted' }),
    participation: positive
      .max(1)
      .default(1)
      .meta({ description: 'Share of the size shown at bid or ask that an order takes at most' }),
    noShort: z.boolean().default(false).meta({ description: 'Whether nothing may be sold that is not held' }),
    maxCost: limit('Of all orders, quote currency'),
    maxLegs: countLimit('Orders'),
    maxNewLegs: countLimit('Orders in what the book does not hold'),
    maxNotional: limit('Σ|quantity| × price of the underlying, quote currency'),
    moves: z.array(MovesSchema).max(50).default([]),
    correlations: z
      .array(CorrelationSchema)
      .max(500)
      .default([])
      .meta({ description: 'Between the spots; 0.8 where none is given. All together must be possible' }),
    crossHedges: z.array(CrossHedgeSchema).max(50).default([]),
  })
  .meta({ id: 'Optimise', description: 'Lets the optimiser find the orders, among options too' });
export type Optimise = z.infer<typeof OptimiseSchema>;

export const ConstraintRelaxedSchema = z
  .object({
    constraint: z.string().meta({ examples: ['BTC/USD vega', 'maxCost'] }),
    priority: z.int(),
    value: z.number().meta({ description: 'What is reached' }),
    by: z.number().meta({ description: 'How far it misses the band, or exceeds the limit' }),
  })
  .meta({ id: 'ConstraintRelaxed' });

const StressedSchema = z.object({ scenario: z.string(), before: z.number(), after: z.number() }).meta({
  id: 'StressedPlan',
  description: 'Profit under a shock; worst: the least of all shocks, before and after, which need not be of one shock',
});
export type Stressed = z.infer<typeof StressedSchema>;

const LegCostSchema = z
  .object({
    fee: decimalString,
    spread: decimalString,
    impact: decimalString,
    fixed: decimalString,
    funding: decimalString,
    total: decimalString,
  })
  .meta({ id: 'LegCost' });

const FrontierLegSchema = z
  .object({
    symbol: z.string(),
    action: z.enum(['open', 'increase', 'reduce', 'close', 'reverse', 'roll']),
    side: z.enum(['buy', 'sell']),
    quantity: decimalString,
    cost: LegCostSchema,
  })
  .meta({ id: 'FrontierLeg' });
export type FrontierLeg = z.infer<typeof FrontierLegSchema>;

export const FrontierPointSchema = z
  .object({
    names: z.array(z.enum(ALTERNATIVES)).meta({ description: 'More than one where they coincide' }),
    currency: z.string(),
    chosen: z.boolean(),
    legs: z.array(FrontierLegSchema),
    cost: LegCostSchema,
    residualRisk: z.number().meta({ description: 'Standard deviation over the horizon, quote currency' }),
    riskBefore: z.number(),
    greeks: z.array(
      z
        .object({
          ...{ underlying: z.string(), quote: z.string() },
          ...{ before: GreeksSchema, hedge: GreeksSchema, after: GreeksSchema },
        })
        .meta({ id: 'UnderlyingHedge' }),
    ),
    stress: z.object({ worst: StressedSchema, scenarios: z.array(StressedSchema) }).nullable(),
    constraintsRelaxed: z.array(ConstraintRelaxedSchema),
    gap: z.number().meta({ description: 'How far it may be from the best possible, as a fraction: proved' }),
    reasons: z.array(z.string()),
  })
  .meta({ id: 'FrontierPoint', description: 'One way to hedge, on the frontier between cost and residual risk' });
export type FrontierPoint = z.infer<typeof FrontierPointSchema>;

export const WorthInputSchema = z
  .strictObject({
    riskAversion: positive.max(1e6).optional().meta({
      description: 'γ that variance is priced at; that of the policy or of the optimiser when left out',
    }),
    horizonDays: positive.max(365).optional().meta({
      description: "Over which variance is counted; 1 when left out. With the optimiser, the optimiser's own",
    }),
    enforce: z.boolean().default(true).meta({ description: 'Trade nothing where it costs more than it saves' }),
  })
  .meta({ id: 'WorthRequest' });
export type WorthInput = z.infer<typeof WorthInputSchema>;

export const WorthSchema = z
  .object({
    currency: z.string(),
    riskAversion: z.number().nullable(),
    horizonDays: z.number(),
    cost: z.number().meta({ description: 'Of all orders of the plan' }),
    varianceBefore: z.number().meta({ description: 'Over the horizon, quote currency squared' }),
    varianceAfter: z.number(),
    saved: z.number().nullable().meta({ description: '½γ·(varianceBefore − varianceAfter); null without γ' }),
    worthIt: z.boolean().nullable(),
    thetaPerDay: z.number().meta({ description: 'What the book earns by the passing of a day' }),
    income: z
      .object({
        premium: z.number().meta({ description: 'Received less paid for options' }),
        thetaEarned: z.number(),
        funding: z.number(),
        hedgingCost: z.number().meta({ description: 'Spent on hedging' }),
      })
      .nullable()
      .meta({
        description:
          "The book's own income since its inception, from its ledger; null where `worthIt` does not ask for it, or the ledger cannot be told",
      }),
  })
  .meta({ id: 'Worth', description: 'What the plan costs against what it saves, and against what the book earns' });
export type Worth = z.infer<typeof WorthSchema>;
