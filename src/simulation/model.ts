import { z } from 'zod';
import { asset, InstrumentInputSchema, instant, OPTION_TYPES } from '../instruments/model.ts';
import { decimal, positiveDecimal } from '../platform/decimal.ts';
import { versionNumber } from '../platform/http.ts';
import { text } from '../platform/text.ts';
import type { CostModelSchema } from '../hedging/costModel.ts';
import { costFields } from '../hedging/costModel.ts';
import { optimalRules, PolicySchema } from '../hedging/policyModel.ts';
import { NO_COSTS } from '../quant/hedging/cost.ts';
import { SETTLEMENTS } from '../quant/simulation/hedgeSetup.ts';
import { MOST_DIMENSIONS } from '../quant/simulation/sobolDirections.ts';

// What is asked of a backtest: paths (or a history), a book, and strategies that hedge it. What it answers is in result.ts.

const MAX_PATHS = 1_000_000;
const MAX_STEPS = 100_000;
const MAX_STRATEGIES = 50;
const MAX_OPTIONS = 200;
/** Paths × strategies whose outcomes are kept until they are added up: 100 bytes each. */
const MAX_OUTCOMES = 4_000_000;
/** Paths × steps × (options + strategies): some minutes of two processors. */
const MAX_WORK = 1e10;
/** Steps × columns of a block of paths, 8 kB each, that a thread keeps at once. */
const MAX_COLUMNS = 30_000;
const COLUMNS = {
  gbm: () => 2,
  heston: (substeps: number) => 2 + 2 * substeps,
  bates: (substeps: number) => 2 + 4 * substeps,
};
/** Bands that are solved: seconds each. */
const MAX_SOLVED = 40;

const finite = z.number().finite();
const rate = finite.min(-1).max(10);
const vol = finite.positive().max(20);
const price = finite.positive().max(1e15);
const years = finite.positive().max(100);

const source = {
  spot: price,
  drift: rate.meta({ description: 'μ of the price, per year: E[S] = spot·exp(μt)' }),
  count: z.int().min(1).max(MAX_PATHS).meta({ description: 'Number of paths' }),
  seed: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(1)
    .meta({ description: 'The same seed gives the same paths, to the bit, however many workers there are' }),
  antithetic: z.boolean().default(false).meta({ description: 'Every second path is the mirror of the one before it' }),
  sobolPoints: z
    .int()
    .min(2)
    .max(2 ** 20)
    .refine((points) => Number.isInteger(Math.log2(points)), 'must be a power of two')
    .optional()
    .meta({
      description: `Quasi-random: paths of a scrambled Sobol net of so many points, built along a Brownian bridge; every net is independent, and standard errors are those between nets. Needs steps × random factors up to ${MOST_DIMENSIONS}`,
    }),
};

const heston = {
  v0: finite.nonnegative().max(400).meta({ description: 'Variance at the start' }),
  kappa: finite.nonnegative().max(1e3).meta({ description: 'Speed of the reversion of the variance, per year' }),
  theta: finite.nonnegative().max(400).meta({ description: 'Variance that it reverts to' }),
  sigma: finite.nonnegative().max(100).meta({ description: 'Volatility of the variance' }),
  rho: finite.min(-1).max(1).meta({ description: 'Correlation of price and variance' }),
  substeps: z.int().min(1).max(100).default(1).meta({ description: 'Steps of the scheme in one of the grid' }),
};

const PathsSchema = z
  .discriminatedUnion('model', [
    z.strictObject({ model: z.literal('gbm'), ...source, vol }),
    z.strictObject({ model: z.literal('heston'), ...source, ...heston }),
    z.strictObject({
      model: z.literal('bates'),
      ...source,
      ...heston,
      jumpIntensity: finite.nonnegative().max(1e3).meta({ description: 'Jumps per year' }),
      jumpMeanLog: finite.min(-5).max(5).meta({ description: 'Mean of the logarithm of a jump' }),
      jumpStdLog: finite.nonnegative().max(5).meta({ description: 'Standard deviation of the logarithm of a jump' }),
    }),
  ])
  .meta({ id: 'BacktestPaths', description: 'Simulated paths' });
export type PathsInput = z.infer<typeof PathsSchema>;

const SeriesSchema = z
  .strictObject({
    source: z.literal('series'),
    prices: z.array(price).min(2).max(MAX_STEPS).meta({ description: 'At equal steps of the monitoring grid' }),
    vols: z.array(vol).max(MAX_STEPS).optional().meta({
      description: 'Volatility that options are valued at, at each price; the vol of the market when left out',
    }),
    strideSteps: z
      .int()
      .min(1)
      .max(MAX_STEPS)
      .default(1)
      .meta({ description: 'Steps between the starts of two windows; each window of the horizon is a path' }),
    spot: price.optional().meta({
      description: 'Windows are scaled to start here, so that one book fits them all; the first price when left out',
    }),
  })
  .meta({ id: 'BacktestSeries', description: 'Prices of the past, such as the closes of candles' });

const LegSchema = z
  .strictObject({
    instrument: InstrumentInputSchema.meta({ description: 'An option' }),
    quantity: decimal.refine((value) => Number(value) !== 0, 'must not be zero'),
    from: instant
      .optional()
      .meta({ description: 'Traded at the first snapshot from here on; the first when left out' }),
    until: instant
      .optional()
      .meta({ description: 'Closed at the first snapshot from here on; held to expiry otherwise' }),
  })
  .meta({ id: 'BacktestLeg' });

const SnapshotsSchema = z
  .strictObject({
    source: z.literal('snapshots'),
    underlying: asset,
    quote: asset.default('USD'),
    from: instant,
    to: instant,
    hedge: z
      .enum(['perpetual', 'spot'])
      .default('perpetual')
      .meta({ description: 'What the book is hedged with, at its mark' }),
    legs: z.array(LegSchema).min(1).max(MAX_OPTIONS),
  })
  .meta({ id: 'BacktestSnapshots', description: 'The market snapshots that are stored, from one instant to another' });

const HistorySchema = z.discriminatedUnion('source', [SeriesSchema, SnapshotsSchema]).meta({ id: 'BacktestHistory' });
export type SnapshotsInput = z.infer<typeof SnapshotsSchema>;

const BookOptionSchema = z
  .strictObject({
    type: z.enum(OPTION_TYPES),
    strike: positiveDecimal.transform(Number).pipe(price),
    expiryYears: years.meta({ description: 'From the start; settled at the first step at or after it' }),
    quantity: decimal
      .transform(Number)
      .pipe(finite.min(-1e15).max(1e15))
      .meta({ description: 'Units of the underlying; negative where it is sold' }),
  })
  .meta({ id: 'BacktestOption' });

const MarketSchema = z
  .strictObject({
    rate: rate.default(0).meta({ description: 'Continuously compounded' }),
    dividendYield: rate.default(0).meta({ description: 'Continuously compounded' }),
    vol: vol.meta({ description: 'What options are sold, valued and hedged at' }),
    skew: finite
      .min(-20)
      .max(20)
      .default(0)
      .meta({ description: '∂σ/∂ln K at the money, for the deltas that follow the smile' }),
  })
  .meta({ id: 'BacktestMarket', description: 'What the book is valued and hedged at, whatever the paths do' });

const CostsSchema = z
  .strictObject({
    ...Object.fromEntries(Object.entries(costFields).map(([name, field]) => [name, field.optional()])),
    proportional: finite
      .min(0)
      .lt(1)
      .optional()
      .meta({ description: 'Of the notional, as a fraction: 0.01 is 1 %; adds to feeBps' }),
  })
  .transform((given) => {
    const { proportional = 0, ...model } = given as Partial<z.infer<typeof CostModelSchema>> & {
      proportional?: number;
    };
    return { ...NO_COSTS, ...definedOf(model), feeBps: (model.feeBps ?? 0) + 10_000 * proportional };
  })
  .meta({ id: 'BacktestCosts', description: 'What is left out costs nothing' });

function definedOf<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

const StrategySchema = z
  .strictObject({
    name: text(100),
    policy: PolicySchema.optional(),
    policyId: z.uuid().optional().meta({ description: 'A stored hedge policy instead' }),
    policyVersion: versionNumber.optional().meta({ description: 'The latest when left out' }),
    costs: CostsSchema.optional().meta({ description: 'That of the policy when left out, or else nothing' }),
  })
  .meta({ id: 'BacktestStrategy' });
export type StrategyInput = z.infer<typeof StrategySchema>;

const StatisticsSchema = z
  .strictObject({
    confidence: z.number().min(0.5).lt(1).default(0.95).meta({ description: 'Of value at risk and CVaR' }),
    riskAversions: z
      .array(finite.positive().max(1e6))
      .max(10)
      .default([])
      .meta({ description: 'Certainty equivalents are told for these, and for the risk aversion of each policy' }),
    bins: z.int().min(1).max(500).optional().meta({ description: 'Of the histograms; by the data when left out' }),
  })
  .meta({ id: 'BacktestStatistics' });

const shape = z.strictObject({
  name: text(200).optional(),
  paths: PathsSchema.optional().meta({ description: 'Give this or `history`' }),
  history: HistorySchema.optional(),
  market: MarketSchema.optional().meta({ description: 'Stored snapshots bring their own; needed otherwise' }),
  monitoringSteps: z.int().min(1).max(MAX_STEPS).optional().meta({
    description: 'Decisions fall on steps 0 … n − 1 of equal length. Stored snapshots are a grid of their own',
  }),
  horizonYears: years.optional(),
  book: z.array(BookOptionSchema).min(1).max(MAX_OPTIONS).optional(),
  strategies: z
    .array(StrategySchema)
    .min(1)
    .max(MAX_STRATEGIES)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'must have names of their own'),
  financing: z.boolean().default(true).meta({
    description:
      'Whether cash earns the rate and the hedge the dividend yield. Without, costs are undiscounted sums of Δshares × price',
  }),
  settlement: z.enum(SETTLEMENTS).default('cash').meta({
    description: 'cash: options pay their intrinsic value; physical: the underlying changes hands at the strike',
  }),
  statistics: StatisticsSchema.prefault({}),
});

const GRID = ['market', 'monitoringSteps', 'horizonYears', 'book'] as const;

export const BacktestInputSchema = shape
  .superRefine((input, context) => {
    const fault = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', message, path });
    if ((input.paths === undefined) === (input.history === undefined)) fault([], 'give one of paths and history');
    const recorded = input.history?.source === 'snapshots';
    for (const name of GRID) {
      if (recorded && input[name] !== undefined) fault([name], 'stored snapshots bring their own');
      if (!recorded && input[name] === undefined) fault([name], 'is needed');
    }
    input.strategies.forEach(({ policy, policyId, policyVersion }, i) => {
      if ((policy === undefined) === (policyId === undefined))
        fault(['strategies', i], 'give one of policy and policyId');
      if (policyVersion !== undefined && policyId === undefined)
        fault(['strategies', i, 'policyVersion'], 'is of no policyId');
    });
    if (input.paths?.antithetic && input.paths.sobolPoints !== undefined)
      fault(['paths', 'sobolPoints'], 'paths are antithetic or of a net, not both');
    const { history } = input;
    if (history?.source === 'series') {
      if (history.vols && history.vols.length !== history.prices.length)
        fault(['history', 'vols'], 'must be as many as the prices');
      if (history.prices.length <= (input.monitoringSteps ?? 0))
        fault(['history', 'prices'], 'must be more than the steps of the horizon');
    }
    if (history?.source === 'snapshots' && Date.parse(history.from) >= Date.parse(history.to))
      fault(['history', 'to'], 'must be after from');
    const solved = input.strategies.reduce((sum, { policy }) => sum + (policy ? optimalRules(policy) : 1), 0);
    if (solved > MAX_SOLVED)
      fault(['strategies'], `must not have more than ${MAX_SOLVED} rules that are solved (optimal)`);
    const count = pathCount(input);
    if (count * input.strategies.length > MAX_OUTCOMES)
      fault(['strategies'], `paths × strategies must not be above ${MAX_OUTCOMES}`);
    const each = input.strategies.length + (input.book?.length ?? 0);
    const substeps = input.paths?.model === 'gbm' ? 1 : (input.paths?.substeps ?? 1);
    const columns = input.paths ? COLUMNS[input.paths.model](substeps) : 0;
    if (columns * (input.monitoringSteps ?? 0) > MAX_COLUMNS)
      fault(['monitoringSteps'], `must not be above ${Math.floor(MAX_COLUMNS / columns)} for such paths`);
    if (count * (input.monitoringSteps ?? 0) * (each + substeps - 1) > MAX_WORK)
      fault(['monitoringSteps'], `paths × steps × (options + strategies) must not be above ${MAX_WORK}`);
  })
  .meta({
    id: 'BacktestRequest',
    examples: [
      {
        paths: { model: 'gbm', spot: 49, drift: 0.13, vol: 0.2, count: 10_000, seed: 1, antithetic: false },
        market: { rate: 0.05, dividendYield: 0, vol: 0.2 },
        monitoringSteps: 80,
        horizonYears: 0.384615,
        book: [{ type: 'call', strike: 50, expiryYears: 0.384615, quantity: '-1' }],
        strategies: [
          { name: 'weekly', policy: { kind: 'interval', everySteps: 4 } },
          {
            name: 'ww',
            policy: { kind: 'whalley_wilmott', riskAversion: 1 },
            costs: { proportional: 0.01 },
          },
        ],
        financing: true,
        settlement: 'cash',
      },
    ],
  });
export type BacktestInput = z.infer<typeof BacktestInputSchema>;

/** Paths of a backtest: those asked for, or the windows of a series; one for stored snapshots. */
export function pathCount({ paths, history, monitoringSteps = 0 }: z.infer<typeof shape>): number {
  if (paths) return paths.count;
  if (history?.source !== 'series') return 1;
  return Math.max(0, Math.floor((history.prices.length - 1 - monitoringSteps) / history.strideSteps) + 1);
}
