import { z } from 'zod';
import { ExecutionInputSchema, OUTCOMES } from '../execution/model.ts';
import { HedgePlanInputSchema } from '../hedging/model.ts';
import { GreeksSchema } from '../risk/model.ts';

const { policyId, policyVersion, policy, deltaConvention, targets, instruments, costs, collarBps } =
  HedgePlanInputSchema.shape;

export const MonitorInputSchema = z
  .strictObject({
    portfolioId: z.uuid(),
    plan: z
      .strictObject({ policyId, policyVersion, policy, deltaConvention, targets, instruments, costs, collarBps })
      .refine((plan) => (plan.policyId === undefined) !== (plan.policy === undefined), {
        message: 'needs a policyId or a policy, and not both',
        path: ['policyId'],
      })
      .meta({
        id: 'MonitorPlan',
        description: 'How it hedges, as plans are asked for; without a policyVersion the latest of each time counts',
      }),
    execution: ExecutionInputSchema.prefault({}),
    maxAgeSeconds: z
      .number()
      .positive()
      .max(7 * 86_400)
      .default(60)
      .meta({ description: 'It never acts on a market snapshot that is older' }),
    coolDownSeconds: z
      .number()
      .nonnegative()
      .max(7 * 86_400)
      .default(30)
      .meta({ description: 'Least time between two rebalances, also after one that came to nothing' }),
  })
  .meta({
    id: 'MonitorRequest',
    examples: [
      {
        portfolioId: '018f0000-0000-7000-8000-000000000000',
        plan: { policy: { kind: 'delta_tolerance', tolerance: 0.25, rebalanceTo: 'inner' } },
        execution: { mode: 'approve' },
      },
    ],
  });
export type MonitorInput = z.infer<typeof MonitorInputSchema>;

export const VERDICTS = [
  'held',
  'triggered',
  'rebalanced',
  'expired',
  'cooling_down',
  'busy',
  'no_market',
  'stale',
  'unvalued',
  'refused',
  'paused',
  'resumed',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export const DecisionSchema = z
  .object({
    verdict: z.enum(VERDICTS).meta({
      description: [
        'held: the policy wants nothing; triggered: a rebalance was asked for; rebalanced: it has ended, see `outcome`',
        'expired: positions that had expired were taken off the book; cooling_down: the last rebalance was too short a time ago',
        'busy: another execution holds the book; no_market, stale: there are no prices, or none young enough',
        'unvalued: part of the book cannot be valued, so nothing is done; refused: the plan or its execution was refused; paused, resumed: by you',
      ].join('; '),
    }),
    reasons: z.array(z.string()),
    at: z.iso.datetime(),
    marketSnapshotId: z.uuid().nullable(),
    portfolioVersion: z.int().nullable(),
    hedgePlanId: z.uuid().nullable(),
    executionId: z.uuid().nullable(),
    outcome: z.enum(OUTCOMES).nullable().meta({ description: 'Of the execution, once it has ended' }),
    underlyings: z
      .array(z.object({ underlying: z.string(), quote: z.string(), greeks: GreeksSchema }))
      .meta({ description: 'The book as it was valued for this decision; empty where it was not' }),
  })
  .meta({ id: 'MonitorDecision' });
export type MonitorDecision = z.infer<typeof DecisionSchema>;

export const MonitorSchema = z
  .object({
    id: z.uuid(),
    portfolioId: z.uuid(),
    status: z.enum(['active', 'paused']),
    request: MonitorInputSchema,
    decision: DecisionSchema.nullable().meta({ description: 'The last one; null before the first' }),
    executionId: z.uuid().nullable().meta({ description: 'Of the rebalance under way; null while there is none' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Monitor' });
export type Monitor = z.infer<typeof MonitorSchema>;
