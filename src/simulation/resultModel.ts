import { z } from 'zod';
import { operationFields } from '../platform/operation.ts';
import { BacktestInputSchema } from './model.ts';

// What a backtest answers. Money is in the currency of the prices.

const EstimateSchema = z
  .object({
    value: z.number(),
    standardError: z.number().nullable().meta({ description: 'null where too few independent paths tell none' }),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof EstimateSchema>;

const HistogramSchema = z
  .object({ from: z.number(), width: z.number(), counts: z.array(z.int()) })
  .meta({ id: 'Histogram', description: 'Bin i is [from + i·width, from + (i + 1)·width)' });

/** The parts of the profit, in the order in which they are told. */
export const ATTRIBUTION = [
  'delta',
  'gamma',
  'vega',
  'theta',
  'unexplained',
  'optionPnl',
  'hedgePnl',
  'financing',
  'fee',
  'spread',
  'impact',
  'fixed',
  'funding',
] as const;
export type AttributionPart = (typeof ATTRIBUTION)[number];

const mean = (what: string) => z.number().meta({ description: `Mean over the paths: ${what}` });

const AttributionSchema = z
  .object({
    delta: mean('delta × move of the underlying, of the options'),
    gamma: mean('½ × gamma × move²'),
    vega: mean('vega × move of the volatility'),
    theta: mean('theta × time'),
    unexplained: mean('optionPnl less the four above'),
    optionPnl: mean('profit of the options, the premium counted'),
    hedgePnl: mean('profit of the hedge at the prices of the paths'),
    financing: mean('interest and dividends'),
    fee: mean('fees, a cost'),
    spread: mean('spread, a cost'),
    impact: mean('impact, a cost'),
    fixed: mean('what orders cost whatever their size'),
    funding: mean('funding paid, a cost'),
  })
  .meta({
    id: 'BacktestAttribution',
    description: 'pnl = optionPnl + hedgePnl + financing − fee − spread − impact − fixed − funding',
  });

const PointSchema = z
  .object({ at: z.iso.datetime(), spot: z.number(), pnl: z.number(), cost: z.number() })
  .meta({ id: 'EquityPoint' });

const StrategyResultSchema = z
  .object({
    name: z.string(),
    policy: z.string().meta({ description: 'Kind of its rule' }),
    pnl: EstimateSchema.meta({ description: 'Mean profit at the horizon, costs paid' }),
    sd: EstimateSchema.meta({ description: 'Standard deviation of the profit' }),
    cost: EstimateSchema.meta({ description: 'Mean of all costs' }),
    trades: z.number().meta({ description: 'Mean number of trades of a path, the liquidation counted' }),
    turnover: z.number().meta({ description: 'Mean notional traded' }),
    performance: EstimateSchema.nullable().meta({
      description: "sd / premium, Hull's performance measure; null where there is no premium",
    }),
    valueAtRisk: z.number().meta({ description: 'At the confidence of the request; positive is a loss' }),
    cvar: EstimateSchema.meta({ description: 'Mean of the losses beyond it (expected shortfall)' }),
    certaintyEquivalents: z.array(
      z
        .object({ riskAversion: z.number(), ...EstimateSchema.shape })
        .meta({ id: 'CertaintyEquivalent', description: '−ln E[exp(−γ·pnl)]/γ' }),
    ),
    worst: z.number(),
    best: z.number(),
    quantiles: z.array(z.object({ probability: z.number(), value: z.number() }).meta({ id: 'Quantile' })),
    hedgeError: z.number().meta({ description: 'Mean over the paths of the largest net delta that a decision left' }),
    attribution: AttributionSchema,
    histogram: HistogramSchema,
    efficient: z.boolean().meta({
      description: 'Whether no other strategy has both less cost and less standard deviation',
    }),
    maxDrawdown: z.number().nullable().meta({ description: 'Of stored snapshots, which are one path; null otherwise' }),
    equity: z
      .array(PointSchema)
      .nullable()
      .meta({ description: 'Of stored snapshots, thinned to 1,000 points; null otherwise' }),
  })
  .meta({ id: 'StrategyResult' });
export type StrategyResult = z.infer<typeof StrategyResultSchema>;

export const BacktestResultSchema = z
  .object({
    paths: z.int(),
    steps: z.int(),
    premium: z.number().nullable().meta({
      description:
        'What the book is sold for at the start, of a recorded history all that is ever sold less what is bought; null where a mark is missing',
    }),
    financing: z.boolean(),
    strategies: z.array(StrategyResultSchema),
    notes: z.array(z.string()).meta({ description: 'What a reader of the numbers ought to know' }),
  })
  .meta({ id: 'BacktestResult' });
export type BacktestResult = z.infer<typeof BacktestResultSchema>;

export type PlotKind = 'frontier' | 'histograms';

export const BacktestSchema = z
  .object({
    id: z.uuid(),
    ...operationFields,
    shards: z.int().meta({ description: 'Pieces that the paths are cut into, each a job of its own' }),
    shardsDone: z.int(),
    request: BacktestInputSchema.meta({
      description:
        'As it was asked for, with stored policies as they were then; lists leave out the prices of a series',
    }),
    result: BacktestResultSchema.nullable(),
  })
  .meta({ id: 'Backtest' });
export type Backtest = z.infer<typeof BacktestSchema>;
