import { z } from 'zod';
import { text } from '../platform/text.ts';
import { InstrumentInputSchema, InstrumentTermsSchema } from '../instruments/model.ts';
import { decimalString, nonNegativeDecimal, positiveDecimal } from '../platform/decimal.ts';
import {
  ConstraintRelaxedSchema,
  FrontierPointSchema,
  OptimiseSchema,
  priority,
  WorthInputSchema,
  WorthSchema,
} from './optimiseModel.ts';
import { PolicySchema } from './policyModel.ts';
import { operationFields } from '../platform/operation.ts';
import { MAX_FAULTS } from '../platform/problem.ts';
import { versionNumber } from '../platform/http.ts';
import { CostModelSchema, costFields, EstimatedCostSchema } from './costModel.ts';
import { DECISION_REASONS } from '../quant/hedging/policyDecision.ts';
import { deltaConvention, FailureSchema, GreeksSchema } from '../risk/model.ts';

/** Greeks that a plan can bring to a target; those other than delta need the optimiser. */
export const TARGET_GREEKS = ['delta', 'gamma', 'vega', 'theta'] as const;

const finite = z.number().finite();

export const TargetSchema = z
  .strictObject({
    underlying: text(15),
    quote: text(15).default('USD'),
    greek: z.enum(TARGET_GREEKS).default('delta'),
    target: finite
      .min(-1e15)
      .max(1e15)
      .default(0)
      .meta({ description: 'Where the greek of the book should be, in the unit of the greek' }),
    tolerance: finite
      .nonnegative()
      .max(1e15)
      .default(0)
      .meta({ description: 'Half-width of the band in which nothing is traded; with a policy, the policy says it' }),
    tenorDays: z
      .strictObject({ from: finite.nonnegative().default(0), to: finite.positive().optional() })
      .refine(({ from, to = Infinity }) => from <= to, { message: 'must not be below from', path: ['to'] })
      .optional()
      .meta({ description: 'vega: of options that expire so many days from now alone' }),
    priority: priority.default(1),
  })
  .meta({ id: 'Target' });
export type Target = z.infer<typeof TargetSchema>;

export const HedgeInstrumentSchema = z
  .strictObject({
    instrument: InstrumentInputSchema,
    lotSize: positiveDecimal
      .optional()
      .meta({ description: "Quantities are multiples of this; the venue's own when left out" }),
    minTrade: positiveDecimal.optional().meta({ description: 'Smallest quantity that is traded' }),
    tickSize: positiveDecimal.optional().meta({ description: 'Limit prices are multiples of this' }),
    maxQuantity: positiveDecimal.optional().meta({ description: 'Largest quantity of one order' }),
    maxPosition: nonNegativeDecimal
      .optional()
      .meta({ description: 'With the optimiser: largest position, long or short, that may be held after it' }),
    maxNotional: finite
      .positive()
      .optional()
      .meta({ description: 'With the optimiser: largest order, quantity × price of the underlying' }),
    noShort: z.boolean().optional().meta({ description: 'With the optimiser: sell no more than is held' }),
    // Without defaults: what is left out here is that of the plan.
    costs: z
      .strictObject(costFields)
      .partial()
      .optional()
      .meta({ description: "Where this instrument differs from the plan's cost model" }),
  })
  .meta({ id: 'HedgeInstrument' });
export type HedgeInstrument = z.infer<typeof HedgeInstrumentSchema>;

export const HedgePlanInputSchema = z
  .strictObject({
    analysisId: z
      .uuid()
      .optional()
      .meta({ description: 'Use the Greeks of this analysis; they are computed afresh when left out' }),
    portfolioVersion: versionNumber.optional().meta({ description: 'The latest when left out' }),
    marketSnapshotId: z.uuid().optional().meta({ description: 'The one with the latest asOf when left out' }),
    deltaConvention: deltaConvention
      .optional()
      .meta({ description: 'black_scholes when left out, or that of the policy, or of the analysis' }),
    policyId: z.uuid().optional().meta({
      description: 'A stored hedge policy that decides whether and how far each underlying is traded',
    }),
    policyVersion: versionNumber.optional().meta({ description: 'Of that policy; the latest when left out' }),
    policy: PolicySchema.optional().meta({ description: 'A policy given with the request instead' }),
    targets: z
      .array(TargetSchema)
      .max(200)
      .default([])
      .meta({ description: 'One per underlying and greek; delta 0 ± 0 for every underlying of the book when empty' }),
    rebalanceTo: z
      .enum(['target', 'edge'])
      .default('target')
      .meta({ description: 'Trade back to the target, or to the nearest edge of the band' }),
    instruments: z.array(HedgeInstrumentSchema).max(100).default([]).meta({
      description: 'What may be traded; the perpetual, or else spot, of each underlying when none is named for it',
    }),
    costs: CostModelSchema.prefault({}),
    optimise: OptimiseSchema.optional().meta({
      description:
        'Lets the optimiser find the orders: several Greeks at once, options among the instruments, limits. Taken with its defaults where the targets or instruments need it',
    }),
    worthIt: WorthInputSchema.optional().meta({
      description: 'Compare the cost with what it saves, and with the income of the book',
    }),
    collarBps: finite.positive().max(5_000).default(50).meta({
      description:
        'How far from the reference price a limit may be, in basis points; of options, from the price of the other side',
    }),
  })
  .meta({
    id: 'HedgePlanRequest',
    examples: [
      {
        targets: [{ underlying: 'BTC', target: 0, tolerance: 0.25 }],
        instruments: [{ instrument: 'deribit:BTC-PERPETUAL' }],
      },
    ],
  });
export type HedgePlanInput = z.infer<typeof HedgePlanInputSchema>;

export const PlannedOrderSchema = z
  .object({
    leg: z.int(),
    underlying: z.string(),
    quote: z.string(),
    symbol: z.string(),
    terms: InstrumentTermsSchema,
    side: z.enum(['buy', 'sell']),
    quantity: decimalString.meta({
      description: 'On the lot grid; in quote currency for inverse contracts, else in the underlying',
    }),
    quantityUnit: z.string().meta({ description: 'Currency or asset that the quantity counts', examples: ['USD'] }),
    lotSize: decimalString,
    referencePrice: decimalString.meta({ description: 'Middle of the market, in `priceUnit`' }),
    limitPrice: decimalString.meta({ description: 'No fill may be worse than this' }),
    priceUnit: z
      .string()
      .meta({ description: 'What prices are in: the coin of inverse options, else the quote currency' }),
    timeInForce: z.literal('immediate_or_cancel'),
    delta: z.number().meta({ description: 'What a full fill adds to the delta' }),
    costModel: CostModelSchema,
    estimatedCost: EstimatedCostSchema,
  })
  .meta({ id: 'PlannedOrder' });
export type PlannedOrder = z.infer<typeof PlannedOrderSchema>;

export const NoTradeSchema = z
  .object({
    code: z.enum([
      'within_tolerance',
      'below_minimum_trade',
      'no_instrument',
      'nothing_valued',
      'not_due',
      'cooling_down',
      'not_worth_it',
    ]),
    detail: z.string(),
  })
  .meta({ id: 'NoTrade', description: 'Why nothing is traded' });
export type NoTrade = z.infer<typeof NoTradeSchema>;

export const AlternativeSchema = z
  .object({
    symbol: z.string(),
    chosen: z.boolean(),
    side: z.enum(['buy', 'sell']).nullable(),
    quantity: decimalString.nullable(),
    residual: z.number().nullable().meta({ description: 'What it would leave of the greek, beyond the target' }),
    estimatedCost: EstimatedCostSchema.nullable(),
    reason: z.string(),
  })
  .meta({ id: 'Alternative' });
export type Alternative = z.infer<typeof AlternativeSchema>;

export const PolicyDecisionSchema = z
  .object({
    kind: z.string().meta({ description: 'Of the rule that decides' }),
    policyId: z.uuid().nullable().meta({ description: 'null where the policy came with the request' }),
    policyVersion: z.int().nullable(),
    reason: z.enum(DECISION_REASONS),
    lower: z.number().nullable().meta({ description: 'Net delta that is left alone, from here; null without a band' }),
    upper: z.number().nullable().meta({ description: 'to here' }),
    aim: z.number().meta({ description: 'Net delta that a trade leads to' }),
    trade: z.number().meta({ description: 'Delta to be added; 0 for none' }),
    spot: z.number(),
    gamma: z.number().meta({ description: 'Of the book, per 1.00 of spot' }),
    vol: z.number().nullable().meta({
      description: 'Volatility that the band is for: |gamma|-weighted, or the forecast; null without options',
    }),
    yearsToExpiry: z.number().nullable().meta({ description: '|gamma|-weighted, ACT/365; null without options' }),
    costRate: z.number().meta({ description: 'Fee and half-spread, as a fraction of the notional' }),
  })
  .meta({ id: 'PolicyDecision', description: 'What a policy looked at and decided' });
export type PolicyDecision = z.infer<typeof PolicyDecisionSchema>;

export const UnderlyingPlanSchema = z
  .object({
    underlying: z.string(),
    quote: z.string(),
    target: TargetSchema,
    greeks: z.object({ before: GreeksSchema, hedge: GreeksSchema, after: GreeksSchema }),
    residual: z.object({
      greek: z.enum(TARGET_GREEKS),
      value: z
        .number()
        .meta({ description: 'After the hedge, less the target; with a policy, less the middle of its band' }),
      unhedged: z.number().meta({ description: 'The same without the hedge' }),
      withinTolerance: z.boolean(),
    }),
    decision: PolicyDecisionSchema.nullable().meta({ description: 'null where no policy decided' }),
    noTrade: NoTradeSchema.nullable(),
    alternatives: z.array(AlternativeSchema),
    reasons: z.array(z.string()),
  })
  .meta({ id: 'UnderlyingPlan' });
export type UnderlyingPlan = z.infer<typeof UnderlyingPlanSchema>;

export const PlanResultSchema = z
  .object({
    deltaConvention,
    valuationTime: z.iso.datetime(),
    orders: z.array(PlannedOrderSchema),
    underlyings: z.array(UnderlyingPlanSchema),
    residuals: z.array(
      z.object({
        underlying: z.string(),
        quote: z.string(),
        greek: z.enum(TARGET_GREEKS),
        value: z.number(),
        unhedged: z.number(),
        withinTolerance: z.boolean(),
      }),
    ),
    estimatedCost: z.array(EstimatedCostSchema).meta({ description: 'Of all orders, by currency' }),
    frontier: z
      .array(FrontierPointSchema)
      .meta({ description: 'Of the optimiser: up to three ways to hedge, cheapest first, for each quote currency' }),
    constraintsRelaxed: z
      .array(ConstraintRelaxedSchema)
      .meta({ description: 'What had to give way in the one that was chosen' }),
    worth: z.array(WorthSchema).meta({
      description: 'By quote currency; without those of an underlying whose volatility the market does not tell',
    }),
    noTrade: NoTradeSchema.nullable().meta({ description: 'Why there are no orders at all; null when there are' }),
    reasons: z.array(z.string()),
    unvalued: z.int().meta({ description: 'Positions that the plan had to leave out' }),
    failures: z.array(FailureSchema).max(MAX_FAULTS),
  })
  .meta({ id: 'HedgePlanResult' });
export type PlanResult = z.infer<typeof PlanResultSchema>;

export const HedgePlanSchema = z
  .object({
    id: z.uuid(),
    portfolioId: z.uuid(),
    portfolioVersion: z.int(),
    marketSnapshotId: z.uuid(),
    analysisId: z.uuid().nullable(),
    ...operationFields,
    result: PlanResultSchema.nullable(),
  })
  .meta({ id: 'HedgePlan' });
export type HedgePlan = z.infer<typeof HedgePlanSchema>;
