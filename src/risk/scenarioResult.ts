import { z } from 'zod';
import { MAX_FAULTS } from '../platform/problem.ts';
import { VOL_MOVES } from './scenarioModel.ts';

// What the scenarios of an analysis answer.

const numbers = (description: string) => z.array(z.number()).meta({ description });

const profit =
  'Change of worth against the market as it is, in the quote currency; perpetuals and futures count with what they are marked to market by';
const value = 'Worth in the quote currency; perpetuals and futures are margined and have none of their own';
const delta =
  'Units of the underlying in the delta convention of the analysis; the profit of an inverse contract is kept in coin';
const gamma = 'Change of the Black–Scholes delta per 1.00 of underlying price';
const vega = 'Quote currency per volatility point (0.01)';
const deltaCash = 'delta × spot as it is then, over the underlyings of the currency';
const gammaCash = 'Change of deltaCash for a 1 % move: gamma × spot² / 100, at spot as it is then';

const UnderlyingScenariosSchema = z
  .object({
    underlying: z.string(),
    quote: z.string(),
    profit: numbers(profit),
    value: numbers(value),
    delta: numbers(delta),
    gamma: numbers(gamma),
    vega: numbers(vega),
  })
  .meta({ id: 'UnderlyingScenarios', description: 'One number per scenario' });
export type UnderlyingScenarios = z.infer<typeof UnderlyingScenariosSchema>;

const CashScenariosSchema = z
  .object({
    currency: z.string(),
    profit: numbers(profit),
    value: numbers(value),
    deltaCash: numbers(deltaCash),
    gammaCash: numbers(gammaCash),
    vega: numbers(vega),
  })
  .meta({ id: 'CashScenarios', description: 'Sums over the underlyings of one quote currency, one per scenario' });
export type CashScenarios = z.infer<typeof CashScenariosSchema>;

const gridFields = { underlyings: z.array(UnderlyingScenariosSchema), cash: z.array(CashScenariosSchema) };

const LadderSchema = z
  .object({ steps: numbers('As asked for; number i of every column belongs to step i'), ...gridFields })
  .meta({ id: 'Ladder' });
export type Ladder = z.infer<typeof LadderSchema>;

const LaddersSchema = z
  .object({
    spot: LadderSchema.nullable().meta({ description: 'Relative moves of spot' }),
    vol: LadderSchema.nullable().meta({ description: 'Moves of volatility, in the unit of `volMoves`' }),
    time: LadderSchema.nullable().meta({
      description:
        'Days passed: spot, listed forwards and volatilities are held; what expires within them is worth its intrinsic value',
    }),
  })
  .meta({ id: 'Ladders' });

const MatrixSchema = z
  .object({
    spot: numbers('As asked for'),
    vol: numbers('As asked for'),
    days: z.number(),
    ...gridFields,
  })
  .meta({
    id: 'Matrix',
    description: 'Spot step i with volatility step j is number i × (volatility steps) + j of every column',
  });
export type Matrix = z.infer<typeof MatrixSchema>;

const TenorVegaSchema = z
  .object({
    aboveDays: z.number().meta({ description: 'Expiries later than so many days' }),
    toDays: z.number().nullable().meta({ description: 'Up to so many days; null: without end' }),
    vega: z.number().meta({ description: vega }),
  })
  .meta({ id: 'TenorVega' });

const VegaBucketsSchema = z
  .object({ underlying: z.string(), quote: z.string(), buckets: z.array(TenorVegaSchema) })
  .meta({ id: 'VegaBuckets', description: 'The vega of an underlying by tenor; the buckets add up to its vega' });
export type VegaBuckets = z.infer<typeof VegaBucketsSchema>;

const StressUnderlyingSchema = z
  .object({
    underlying: z.string(),
    quote: z.string(),
    spotMove: z.number().meta({ description: 'Relative' }),
    volMove: z.number().meta({ description: 'In the unit of `volMoves` of the scenario' }),
    profit: z.number().meta({ description: profit }),
    value: z.number().meta({ description: value }),
    delta: z.number().meta({ description: delta }),
    gamma: z.number().meta({ description: gamma }),
    vega: z.number().meta({ description: vega }),
  })
  .meta({ id: 'StressUnderlying' });

const CashProfitSchema = z
  .object({ currency: z.string(), profit: z.number().meta({ description: profit }) })
  .meta({ id: 'CashProfit' });

const StressSchema = z
  .object({
    name: z.string(),
    date: z.string().nullable().meta({ description: 'Day of the low; null for scenarios of your own' }),
    description: z.string().nullable(),
    source: z.string().nullable().meta({
      description:
        'Where the shocks come from, and which are measured and which approximate. ETH has shocks of its own; every other underlying moves as BTC did',
    }),
    volMoves: z.enum(VOL_MOVES),
    days: z.number(),
    underlyings: z.array(StressUnderlyingSchema),
    cash: z.array(CashProfitSchema),
  })
  .meta({ id: 'Stress' });
export type Stress = z.infer<typeof StressSchema>;

const RiskMeasureSchema = z
  .object({
    confidence: z.number(),
    valueAtRisk: z.number().meta({
      description:
        'Loss (positive) in the currency: the smallest loss of the history that at least the share `confidence` of its scenarios do not exceed, the ⌈n·confidence⌉-th of n',
    }),
    expectedShortfall: z.number().meta({
      description:
        'Mean loss of the worst n·(1 − confidence) scenarios, the last of them with the part that belongs to the tail (Acerbi & Tasche 2002)',
    }),
  })
  .meta({ id: 'RiskMeasure' });
export type RiskMeasure = z.infer<typeof RiskMeasureSchema>;

const WorstScenarioSchema = z
  .object({
    index: z.int().meta({ description: 'Place in the history, from 0' }),
    at: z.string().nullable().meta({ description: 'When it was; of snapshots, the later of the two' }),
    profit: z.number().meta({ description: profit }),
  })
  .meta({ id: 'WorstScenario' });
export type WorstScenario = z.infer<typeof WorstScenarioSchema>;

const CashRiskSchema = z
  .object({ currency: z.string(), measures: z.array(RiskMeasureSchema), worst: z.array(WorstScenarioSchema) })
  .meta({ id: 'CashRisk' });

const LeftOutSchema = z
  .object({ underlying: z.string(), quote: z.string(), code: z.string(), detail: z.string() })
  .meta({ id: 'LeftOut', description: 'An underlying of the book that the history says nothing of' });
export type LeftOut = z.infer<typeof LeftOutSchema>;

const ValueAtRiskSchema = z
  .object({
    scenarioCount: z.int().meta({ description: 'Moves of the history, all revalued in full; the horizon is theirs' }),
    cash: z.array(CashRiskSchema),
    leftOut: z.array(LeftOutSchema).meta({ description: 'In no number here' }),
  })
  .meta({ id: 'ValueAtRisk' });
export type ValueAtRisk = z.infer<typeof ValueAtRiskSchema>;

const term = (description: string) => z.number().meta({ description });
const explainFields = {
  profit: term(
    'What the positions made from one snapshot to the other by full valuation in both, in the quote currency',
  ),
  delta: term(
    'delta × move of the price that the position is valued from: the forward of its expiry where the first snapshot lists forwards, spot where it gives a carry',
  ),
  gamma: term('½ × gamma × move²'),
  vega: term('vega × change of the volatility at the strike and expiry of the option'),
  theta: term('Decay per year × years between the snapshots'),
  rho: term('Change of the discount rate and, where the first snapshot gives a carry, of the carry'),
  vanna: term('vanna × move × change of volatility'),
  volga: term('½ × volga × change of volatility²'),
  charm: term('charm × move × time'),
  unexplained: term('What is left: profit less all the terms'),
};
export const EXPLAIN_TERMS = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

const UnderlyingExplainSchema = z
  .object({
    underlying: z.string(),
    quote: z.string(),
    spotBefore: z.number(),
    spotAfter: z.number(),
    ...explainFields,
  })
  .meta({ id: 'UnderlyingExplain' });
export type UnderlyingExplain = z.infer<typeof UnderlyingExplainSchema>;

const CashExplainSchema = z.object({ currency: z.string(), ...explainFields }).meta({ id: 'CashExplain' });

const ExplainFailureSchema = z
  .object({ positionId: z.string(), code: z.string(), detail: z.string() })
  .meta({ id: 'ExplainFailure', description: 'A position that cannot be valued in the other snapshot, and why' });
export type ExplainFailure = z.infer<typeof ExplainFailureSchema>;

const ExplainSchema = z
  .object({
    marketSnapshotId: z.uuid(),
    from: z.iso.datetime().meta({ description: 'asOf of the snapshot of the analysis' }),
    to: z.iso.datetime().meta({ description: 'asOf of the other snapshot; it may be the earlier one' }),
    explained: z.int().meta({ description: 'Number of positions valued in both snapshots' }),
    unvalued: z
      .int()
      .meta({ description: 'Number of positions valued in the first snapshot alone; they are in no number here' }),
    failures: z.array(ExplainFailureSchema).max(MAX_FAULTS),
    underlyings: z.array(UnderlyingExplainSchema),
    cash: z.array(CashExplainSchema),
  })
  .meta({
    id: 'Explain',
    description: 'Of the Black–Scholes Greeks, whatever the delta convention; profits are in the quote currency',
  });
export type Explain = z.infer<typeof ExplainSchema>;

export const ScenariosSchema = z
  .object({
    volMoves: z.enum(VOL_MOVES),
    ladders: LaddersSchema.nullable(),
    matrix: MatrixSchema.nullable(),
    vegaBuckets: z.array(VegaBucketsSchema).nullable(),
    stress: z.array(StressSchema).nullable(),
    valueAtRisk: ValueAtRiskSchema.nullable(),
    explain: ExplainSchema.nullable(),
  })
  .meta({
    id: 'Scenarios',
    description:
      'Every position valued anew in every scenario; positions that are not valued in the analysis are in none. A part is null where it was not asked for',
  });
export type Scenarios = z.infer<typeof ScenariosSchema>;

/** The schemas by the name that GraphQL has them under. */
export const scenarioResults = {
  Scenarios: ScenariosSchema,
  Ladders: LaddersSchema,
  Ladder: LadderSchema,
  UnderlyingScenarios: UnderlyingScenariosSchema,
  CashScenarios: CashScenariosSchema,
  Matrix: MatrixSchema,
  VegaBuckets: VegaBucketsSchema,
  TenorVega: TenorVegaSchema,
  Stress: StressSchema,
  StressUnderlying: StressUnderlyingSchema,
  CashProfit: CashProfitSchema,
  ValueAtRisk: ValueAtRiskSchema,
  CashRisk: CashRiskSchema,
  RiskMeasure: RiskMeasureSchema,
  WorstScenario: WorstScenarioSchema,
  LeftOut: LeftOutSchema,
  Explain: ExplainSchema,
  UnderlyingExplain: UnderlyingExplainSchema,
  CashExplain: CashExplainSchema,
};
