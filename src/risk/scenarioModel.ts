import { z } from 'zod';
import { text } from '../platform/text.ts';
import { asset, instant } from '../instruments/model.ts';
import { STRESS_NAMES } from './stress.ts';

// What is asked of the scenarios of an analysis. What they answer is in scenarioResult.ts.

/** Steps of one ladder at most. */
const MAX_STEPS = 101;
/** Cells of a matrix at most. */
const MAX_CELLS = 2_601;
/** Moves of one history at most: all of them are revalued in full. */
const MAX_MOVES = 1_000;
const MAX_CUSTOM = 50;
const MAX_BUCKETS = 30;
/** Volatility points, and multiples, beyond which no volatility means anything. */
const MOST_POINTS = 1_000;
const MOST_RELATIVE = 100;

export const VOL_MOVES = ['points', 'relative'] as const;
export type VolMoves = (typeof VOL_MOVES)[number];

const volMoves = z.enum(VOL_MOVES).default('points').meta({
  description:
    'What `vol` means wherever it is asked for: points are added to every volatility (5 takes 60 % to 65 %), relative moves multiply it (0.1 takes 60 % to 66 %). No volatility falls below 0',
});
const spot = z.number().gt(-1, 'must be above -1: a price stays positive').max(100).meta({
  description: 'Relative move of spot, and of the forwards and the perpetual in proportion: -0.2 is a fall of 20 %',
});
const vol = z
  .number()
  .min(-MOST_POINTS)
  .max(MOST_POINTS)
  .meta({ description: 'Move of every volatility at its strike (sticky strike), in the unit of `volMoves`' });
const days = z.number().min(0).max(36_500).meta({ description: 'Calendar days passed; fractions are taken' });

function steps<T extends z.ZodType>(step: T) {
  return z.array(step).min(1).max(MAX_STEPS);
}

const LaddersInputSchema = z
  .strictObject({
    spot: steps(spot).optional(),
    vol: steps(vol).optional(),
    time: steps(days).optional(),
  })
  .meta({ id: 'LaddersRequest', description: 'Each ladder moves one thing and holds the others' });

const MatrixInputSchema = z
  .strictObject({
    spot: steps(spot),
    vol: steps(vol),
    days: days.default(0).meta({ description: 'Days passed in every cell, before spot and volatility move' }),
  })
  .refine((matrix) => matrix.spot.length * matrix.vol.length <= MAX_CELLS, {
    message: `must not have more than ${MAX_CELLS} cells`,
    path: ['vol'],
  })
  .meta({ id: 'MatrixRequest' });

const VegaBucketsInputSchema = z
  .strictObject({
    tenorDays: z
      .array(z.number().positive().max(36_500))
      .min(1)
      .max(MAX_BUCKETS)
      .default([7, 30, 60, 90, 180, 365])
      .refine((tenors) => tenors.every((tenor, i) => i === 0 || tenor > tenors[i - 1]!), 'must ascend')
      .meta({ description: 'Upper bounds, included; what expires after the last is a bucket of its own' }),
  })
  .meta({ id: 'VegaBucketsRequest' });

const CustomStressSchema = z
  .strictObject({ name: text(100), spot, vol, days: days.default(0) })
  .meta({ id: 'CustomStressRequest', description: 'Moves every underlying alike' });

const StressInputSchema = z
  .strictObject({
    names: z
      .array(z.enum(STRESS_NAMES))
      .max(STRESS_NAMES.length)
      .refine((names) => new Set(names).size === names.length, 'must not name a scenario twice')
      .optional()
      .meta({ description: 'All when left out' }),
    custom: z.array(CustomStressSchema).max(MAX_CUSTOM).default([]),
  })
  .meta({ id: 'StressRequest' });

const MoveSchema = z
  .strictObject({
    at: instant.optional().meta({ description: 'When it was, to be told back with the worst' }),
    spot,
    vol,
  })
  .meta({ id: 'MoveRequest' });
const moves = z.array(MoveSchema).min(2).max(MAX_MOVES);

const HISTORIES = ['moves', 'underlyings', 'snapshotIds'] as const;

const HistoryInputSchema = z
  .strictObject({
    moves: moves.optional().meta({ description: 'Every underlying moves so' }),
    underlyings: z
      .array(z.strictObject({ underlying: asset, moves }).meta({ id: 'UnderlyingMovesRequest' }))
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'Moves of each underlying; those at one place of the lists happen together' }),
    snapshotIds: z
      .array(z.uuid())
      .min(3)
      .max(MAX_MOVES + 1)
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a snapshot twice')
      .optional()
      .meta({
        description:
          'Market snapshots, taken in the order of their asOf: the moves are those between neighbours, of spot as the relative change and of volatility in points as the change of the at-the-money-forward volatility 30 days out',
      }),
  })
  .superRefine((history, context) => {
    if (HISTORIES.filter((name) => history[name] !== undefined).length !== 1) {
      context.addIssue({ code: 'custom', message: `give one of ${HISTORIES.join(', ')}`, path: [] });
    }
    const [first, ...others] = history.underlyings ?? [];
    others.forEach((other, i) => {
      if (other.moves.length === first!.moves.length) return;
      const path = ['underlyings', i + 1, 'moves'];
      context.addIssue({ code: 'custom', message: 'must be as many as those of the first underlying', path });
    });
    const names = (history.underlyings ?? []).map(({ underlying }) => underlying);
    names.forEach((name, i) => {
      if (names.indexOf(name) === i) return;
      context.addIssue({ code: 'custom', message: 'must not come twice', path: ['underlyings', i, 'underlying'] });
    });
  })
  .meta({ id: 'HistoryRequest', description: 'The moves of the past, in one of three ways: give exactly one' });
export type HistoryInput = z.infer<typeof HistoryInputSchema>;

const ValueAtRiskInputSchema = z
  .strictObject({
    confidences: z
      .array(z.number().min(0.5).lt(1))
      .min(1)
      .max(10)
      .default([0.95, 0.99])
      .meta({ description: 'Of the loss distribution: 0.99 is what 99 of 100 scenarios do not exceed' }),
    history: HistoryInputSchema,
  })
  .meta({ id: 'ValueAtRiskRequest' });

const ExplainInputSchema = z
  .strictObject({
    marketSnapshotId: z
      .uuid()
      .meta({ description: 'The profit is told from the snapshot of the analysis to this one' }),
  })
  .meta({ id: 'ExplainRequest' });

const EXAMPLE = {
  ladders: { spot: [-0.2, -0.1, 0, 0.1, 0.2], vol: [-10, 10], time: [1, 7, 30] },
  matrix: { spot: [-0.2, 0, 0.2], vol: [-10, 0, 10], days: 1 },
  vegaBuckets: { tenorDays: [7, 30, 90] },
  stress: { names: ['march_2020', 'ftx'], custom: [{ name: 'melt-up', spot: 0.3, vol: 15 }] },
  valueAtRisk: {
    confidences: [0.95],
    history: {
      moves: [
        { spot: -0.04, vol: 3 },
        { spot: 0.02, vol: -1 },
      ],
    },
  },
};

/** Relative moves that would take a volatility below nothing, or beyond what the kernel takes, are faults wherever they stand. */
function volFaults(scenarios: z.infer<typeof shape>, context: z.core.$RefinementCtx): void {
  if (scenarios.volMoves !== 'relative') return;
  const message = `must lie between -1 and ${MOST_RELATIVE} where moves are relative`;
  const check = (given: number, path: PropertyKey[]) => {
    if (given >= -1 && given <= MOST_RELATIVE) return;
    context.addIssue({ code: 'custom', message, path, input: given });
  };
  const { ladders, matrix, stress, valueAtRisk } = scenarios;
  const history = valueAtRisk?.history;
  ladders?.vol?.forEach((step, i) => check(step, ['ladders', 'vol', i]));
  matrix?.vol.forEach((step, i) => check(step, ['matrix', 'vol', i]));
  stress?.custom.forEach((each, i) => check(each.vol, ['stress', 'custom', i, 'vol']));
  const at = ['valueAtRisk', 'history'];
  history?.moves?.forEach((move, i) => check(move.vol, [...at, 'moves', i, 'vol']));
  history?.underlyings?.forEach((each, u) =>
    each.moves.forEach((move, i) => check(move.vol, [...at, 'underlyings', u, 'moves', i, 'vol'])),
  );
}

const shape = z.strictObject({
  ladders: LaddersInputSchema.optional(),
  matrix: MatrixInputSchema.optional(),
  volMoves,
  vegaBuckets: VegaBucketsInputSchema.optional(),
  stress: StressInputSchema.optional(),
  valueAtRisk: ValueAtRiskInputSchema.optional(),
  explain: ExplainInputSchema.optional(),
});

export const ScenariosInputSchema = shape.superRefine(volFaults).meta({ id: 'ScenariosRequest', examples: [EXAMPLE] });
export type ScenariosInput = z.infer<typeof ScenariosInputSchema>;

export const scenarioInputs = {
  LaddersInput: LaddersInputSchema,
  MatrixInput: MatrixInputSchema,
  VegaBucketsInput: VegaBucketsInputSchema,
  StressInput: StressInputSchema,
  CustomStressInput: CustomStressSchema,
  MoveInput: MoveSchema,
  HistoryInput: HistoryInputSchema,
  ValueAtRiskInput: ValueAtRiskInputSchema,
  ExplainInput: ExplainInputSchema,
};
