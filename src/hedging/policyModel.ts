import { z } from 'zod';
import { InstrumentInputSchema } from '../instruments/model.ts';
import { text } from '../platform/text.ts';
import { REBALANCES, TOLERANCE_UNITS, type Policy, type Rebalance, type Rule } from '../quant/hedging/policy.ts';
import { deltaConvention } from '../risk/model.ts';
import { CostModelSchema } from './costModel.ts';

// When to trade, and to where. A rule says when; the options beside it say how far, how often and at what cost.

/** Rules within rules, and rules altogether, of one policy at most. */
const MAX_DEPTH = 6;
const MAX_RULES = 30;
const YEAR_SECONDS = 365 * 86_400;

const finite = z.number().finite();
const seconds = finite.positive().max(10 * YEAR_SECONDS);
const tolerance = finite.nonnegative().max(1e15);

const RULE_KINDS = [
  'interval',
  'delta_tolerance',
  'leland',
  'whalley_wilmott',
  'zakamouline',
  'optimal',
  'stop_loss',
  'all_of',
  'any_of',
  'not',
] as const;
type RuleKind = (typeof RULE_KINDS)[number];

const ruleFields = {
  kind: z.enum(RULE_KINDS).meta({
    description:
      'interval: by the clock; delta_tolerance: outside a band around the target; leland: by the clock, to the delta at the volatility that pays for it; whalley_wilmott, zakamouline, optimal: outside the no-trade band of exponential utility (two formulas, and the solution itself); stop_loss: covered while in the money; all_of, any_of, not: made of other rules',
  }),
  everySeconds: seconds.optional().meta({ description: 'interval, leland: time since the last trade' }),
  everySteps: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .meta({ description: 'interval, leland: the same in steps of the grid of a backtest; plans take seconds only' }),
  tolerance: tolerance.optional().meta({ description: 'delta_tolerance: half-width of the band, on both sides' }),
  toleranceBelow: tolerance
    .optional()
    .meta({ description: 'delta_tolerance: where the sides differ, below the target' }),
  toleranceAbove: tolerance
    .optional()
    .meta({ description: 'delta_tolerance: where the sides differ, above the target' }),
  toleranceUnit: z.enum(TOLERANCE_UNITS).optional().meta({
    description:
      'delta_tolerance: absolute: units of the underlying; cash: quote currency, delta × spot; gross_fraction: share of the sum of |delta| over the positions of the book. absolute when left out',
  }),
  riskAversion: finite.positive().max(1e6).optional().meta({
    description:
      'whalley_wilmott, zakamouline, optimal: absolute risk aversion γ of the utility −exp(−γ·wealth), per unit of quote currency',
  }),
};

const CLOCK = ['everySeconds', 'everySteps'];
/** What each kind takes beside itself. */
const TAKES: Record<RuleKind, readonly string[]> = {
  interval: CLOCK,
  leland: CLOCK,
  delta_tolerance: ['tolerance', 'toleranceBelow', 'toleranceAbove', 'toleranceUnit'],
  whalley_wilmott: ['riskAversion'],
  zakamouline: ['riskAversion'],
  optimal: ['riskAversion'],
  stop_loss: [],
  all_of: ['of'],
  any_of: ['of'],
  not: ['of'],
};
const RULE_PARTS = [...new Set(Object.values(TAKES).flat())] as (keyof PolicyRule)[];

export interface PolicyRule extends z.infer<z.ZodObject<typeof ruleFields>> {
  of?: PolicyRule[] | undefined;
}

export const PolicyRuleSchema = z
  .strictObject({
    ...ruleFields,
    get of(): z.ZodOptional<z.ZodArray<z.ZodType<PolicyRule>>> {
      return z
        .array(PolicyRuleSchema)
        .min(1)
        .max(MAX_RULES)
        .optional()
        .meta({ description: 'all_of, any_of: the rules; not: one rule' });
    },
  })
  .meta({ id: 'HedgePolicyRule', description: 'When to trade; a rule may be made of rules' });
const options = {
  rebalanceTo: z.enum(REBALANCES).optional().meta({
    description:
      'Where a trade ends: target, edge of the band, or inner, which is between them. Edge when left out where the rule is a band of utility (whalley_wilmott, zakamouline, optimal), else target',
  }),
  innerFraction: finite
    .min(0)
    .max(1)
    .default(0.5)
    .meta({ description: 'For inner: 0 is the target, 1 the edge of the band' }),
  hedgeRatio: finite.min(0).max(1.5).default(1).meta({ description: "Share of the book's delta that is hedged" }),
  target: finite.min(-1e15).max(1e15).default(0).meta({ description: 'Net delta aimed at, units of the underlying' }),
  minIntervalSeconds: finite
    .nonnegative()
    .max(YEAR_SECONDS)
    .default(0)
    .meta({ description: 'Between two looks of an agent or a backtest; a plan that is asked for looks at once' }),
  coolDownSeconds: finite
    .nonnegative()
    .max(YEAR_SECONDS)
    .default(0)
    .meta({ description: 'After a trade in which there is no other' }),
  minTrade: finite
    .nonnegative()
    .max(1e15)
    .default(0)
    .meta({ description: 'Smallest trade, units of the underlying: what keeps a band of no width from trading dust' }),
  maxTrade: finite.positive().max(1e15).optional().meta({ description: 'Largest trade of one decision' }),
  maxClips: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .meta({ description: "Orders that one trade may be cut into where it is above an instrument's `maxQuantity`" }),
  deltaConvention: deltaConvention.default('black_scholes'),
  forecastVol: finite
    .positive()
    .max(20)
    .optional()
    .meta({
      description: 'Forecast volatility, decimal, that replaces the implied one in the width of the band',
      examples: [0.55],
    }),
  costs: CostModelSchema.optional().meta({
    description: "What trading costs, for the width of the band; the plan's or backtest's own when left out",
  }),
  instruments: z
    .strictObject({ buy: InstrumentInputSchema.optional(), sell: InstrumentInputSchema.optional() })
    .optional()
    .meta({ description: 'What is bought and what is sold, where they differ or are not the default' }),
  maxSnapshotAgeSeconds: finite
    .positive()
    .max(YEAR_SECONDS)
    .optional()
    .meta({ description: 'Market snapshots older than this are refused: no plan is made on stale prices' }),
};

export const PolicySchema = PolicyRuleSchema.extend(options)
  .superRefine((policy, context) => {
    const rules = rulesOf(policy, []);
    if (rules.length > MAX_RULES) fault(context, [], `A policy is made of ${MAX_RULES} rules at most`);
    for (const each of rules) checkRule(each, context);
  })
  .meta({
    id: 'HedgePolicy',
    description: 'When to trade, to where, and at what cost',
    examples: [
      { kind: 'whalley_wilmott', riskAversion: 0.001, rebalanceTo: 'edge', minTrade: 0.01, maxSnapshotAgeSeconds: 60 },
    ],
  });
export type HedgePolicy = z.infer<typeof PolicySchema>;

interface Placed {
  rule: PolicyRule;
  path: PropertyKey[];
}

function checkRule({ rule, path }: Placed, context: z.core.$RefinementCtx): void {
  const { kind } = rule;
  if (path.length / 2 > MAX_DEPTH) fault(context, path, `Rules are nested at most ${MAX_DEPTH} deep`);
  for (const name of RULE_PARTS) {
    if (rule[name] !== undefined && !TAKES[kind].includes(name)) fault(context, [...path, name], `is not of ${kind}`);
  }
  const given = (name: keyof PolicyRule) => rule[name] !== undefined;
  if (TAKES[kind] === CLOCK && given('everySeconds') === given('everySteps'))
    fault(context, path, 'give one of everySeconds and everySteps');
  if (TAKES[kind].includes('riskAversion') && !given('riskAversion'))
    fault(context, [...path, 'riskAversion'], `${kind} needs it`);
  if (TAKES[kind].includes('of') && !given('of')) fault(context, [...path, 'of'], `${kind} needs it`);
  if (kind === 'not' && (rule.of?.length ?? 1) > 1) fault(context, [...path, 'of'], 'not takes one rule');
  const sides = [given('toleranceBelow'), given('toleranceAbove')];
  if (kind === 'delta_tolerance' && (given('tolerance') ? sides.includes(true) : sides.includes(false)))
    fault(context, path, 'give tolerance, or both toleranceBelow and toleranceAbove');
}

function fault(context: z.core.$RefinementCtx, path: PropertyKey[], message: string): void {
  context.addIssue({ code: 'custom', message, path });
}

/** The rule and all rules within it, with the path of each. */
function rulesOf(rule: PolicyRule, path: PropertyKey[]): Placed[] {
  const within = (rule.of ?? []).flatMap((each, i) => rulesOf(each, [...path, 'of', i]));
  return [{ rule, path }, ...within];
}

/** How many of its rules are solved. */
export function optimalRules(policy: PolicyRule): number {
  return rulesOf(policy, []).filter(({ rule }) => rule.kind === 'optimal').length;
}

/** Where the first rule that counts its clock in steps is, for those that know no grid. */
export function stepsIn(policy: PolicyRule): PropertyKey[] | undefined {
  const counted = rulesOf(policy, []).find(({ rule }) => rule.everySteps !== undefined);
  return counted && [...counted.path, 'everySteps'];
}

/** For `quant`: times in years. `stepYears` is the length of a step of the grid, where there is one. */
function quantRule(rule: PolicyRule, stepYears: number): Rule {
  const { kind, riskAversion = 0, of = [] } = rule;
  switch (kind) {
    case 'interval':
      return { kind, years: clockYears(rule, stepYears) };
    case 'leland':
      return { kind, periodYears: clockYears(rule, stepYears) };
    case 'delta_tolerance': {
      const { tolerance: both = 0, toleranceBelow: below = both, toleranceAbove: above = both } = rule;
      return { kind, below, above, unit: rule.toleranceUnit ?? 'absolute' };
    }
    case 'whalley_wilmott':
    case 'zakamouline':
    case 'optimal':
      return { kind, riskAversion };
    case 'stop_loss':
      return { kind };
    case 'all_of':
    case 'any_of':
      return { kind, rules: of.map((each) => quantRule(each, stepYears)) };
    case 'not':
      return { kind, rule: quantRule(of[0]!, stepYears) };
  }
}

function clockYears({ everySeconds, everySteps }: PolicyRule, stepYears: number): number {
  return everySeconds === undefined ? everySteps! * stepYears : everySeconds / YEAR_SECONDS;
}

/** For `quant`. */
export function quantPolicy(policy: HedgePolicy, stepYears: number): Policy {
  const { innerFraction, hedgeRatio, minTrade, maxTrade = Infinity, minIntervalSeconds, coolDownSeconds } = policy;
  return {
    rule: quantRule(policy, stepYears),
    rebalanceTo: rebalanceOf(policy),
    ...{ innerFraction, hedgeRatio, minTrade, maxTrade },
    minInterval: minIntervalSeconds / YEAR_SECONDS,
    coolDown: coolDownSeconds / YEAR_SECONDS,
  };
}

/** Proportional costs call for the edge of a band of utility (Davis, Panas & Zariphopoulou 1993); other bands for the target. */
function rebalanceOf(policy: HedgePolicy): Rebalance {
  const ofUtility = rulesOf(policy, []).some(({ rule }) => rule.riskAversion !== undefined);
  return policy.rebalanceTo ?? (ofUtility ? 'edge' : 'target');
}

export const HedgePolicyInputSchema = z.strictObject({ name: text(200), policy: PolicySchema }).meta({
  id: 'HedgePolicyRequest',
  examples: [
    {
      name: 'Edge of the Whalley–Wilmott band',
      policy: { kind: 'whalley_wilmott', riskAversion: 0.001, minTrade: 0.01, maxSnapshotAgeSeconds: 60 },
    },
  ],
});
export type HedgePolicyInput = z.infer<typeof HedgePolicyInputSchema>;

export const StoredPolicySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    version: z.int().meta({ description: 'Grows by one with every change; also the ETag' }),
    policy: PolicySchema,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime().meta({ description: 'When this version was made' }),
  })
  .meta({ id: 'StoredHedgePolicy' });
export type StoredPolicy = z.infer<typeof StoredPolicySchema>;
