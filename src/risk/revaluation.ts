import { INPUT_COLUMNS } from '../quant/pricing/black.ts';
import { GRID_COLUMNS, type Scenarios } from '../quant/kernel/scenarioGrid.ts';
import { groupBy } from '../platform/pagination.ts';
import { Problem } from '../platform/problem.ts';
import type { MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import { sharedFloats, type PricingPool } from '../pricing/service.ts';
import { addLinear, columnOf, SUM_COLUMNS } from './linearScenarios.ts';
import type { DeltaConvention } from './model.ts';
import { columnsOf, type ScenarioPlan } from './scenarioPlan.ts';
import type { ValuedShard } from './valuation.ts';

/** Numbers that one analysis may answer per scenario and underlying: about 10 MB of JSON. */
const MAX_POINTS = 100_000;

/** An underlying in every scenario; `sums` holds SUM_COLUMNS in the units of the API. */
export interface Revalued {
  readonly underlying: string;
  readonly quote: string;
  readonly spot: number;
  readonly scenarios: Scenarios;
  readonly sums: Float64Array;
}

/** Positions of one underlying in a shard: rows of the book, and indices among the options of the shard. */
interface Group {
  readonly row: BookRow;
  readonly option: number | undefined;
}

/**
 * Values a book in every scenario of a plan, shard by shard. Only sums per underlying are kept; positions × scenarios are
 * never written down.
 */
export function createRevaluation(
  pool: Pick<PricingPool, 'grid'>,
  market: MarketView,
  convention: DeltaConvention,
  plan: ScenarioPlan,
) {
  const revalued = new Map<string, Revalued>();

  const sumsOf = ({ underlying, quote }: BookRow): Revalued => {
    const key = `${underlying}/${quote}`;
    const known = revalued.get(key);
    if (known) return known;
    refuseTooMany(plan, revalued.size + 1);
    const made: Revalued = {
      ...{ underlying, quote },
      spot: market.underlying(underlying, quote)!.spot.mark,
      scenarios: columnsOf(plan, underlying, quote),
      sums: new Float64Array(plan.scenarios.length * SUM_COLUMNS.length),
    };
    revalued.set(key, made);
    return made;
  };

  const addGroup = async (shard: ValuedShard, group: Group[]): Promise<void> => {
    const into = sumsOf(group[0]!.row);
    const view = market.underlying(into.underlying, into.quote)!;
    const linear = group.filter(({ option }) => option === undefined).map(({ row }) => row);
    addLinear(view, market.asOf.getTime(), linear, into.scenarios, into.sums);
    const options = group.filter(({ option }) => option !== undefined);
    if (options.length > 0) await addOptions(pool, shard, options, convention, into);
  };

  return {
    /** Adds the positions that were valued. */
    async add(shard: ValuedShard, book: readonly BookRow[]): Promise<void> {
      const places = new Map(shard.options.rows.map((row, i) => [row, i]));
      const valued = book
        .map((row, i): Group & { failed: boolean } => ({ row, option: places.get(i), failed: i in shard.failures }))
        .filter(({ failed }) => !failed);
      const groups = groupBy(valued, ({ row }) => `${row.underlying}/${row.quote}`);
      await Promise.all([...groups.values()].map((group) => addGroup(shard, group)));
    },

    /** In the order of their names. @throws Problem where a scenario leads to what no number can say */
    underlyings(): Revalued[] {
      const ordered = [...revalued.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [name, { sums }] of ordered) {
        if (sums.every(Number.isFinite)) continue;
        throw new Problem(
          'validation_failed',
          `Some scenario takes ${name} to where its numbers are too large to be represented; ask for smaller moves`,
        );
      }
      return ordered.map(([, each]) => each);
    },
  };
}

/** What is told of every scenario and every underlying; of a history only the worst are. */
function refuseTooMany(plan: ScenarioPlan, underlyings: number): void {
  const { ladders, matrix, stress } = plan;
  const steps = [ladders?.spot, ladders?.vol, ladders?.time, matrix, stress && { at: stress }];
  const points = underlyings * steps.reduce((sum, each) => sum + (each?.at.length ?? 0), 0);
  if (points <= MAX_POINTS) return;
  throw new Problem(
    'validation_failed',
    `The ladders, matrix and stress scenarios of ${underlyings} underlyings or more have more than ${MAX_POINTS} points; ask for fewer steps`,
  );
}

async function addOptions(
  pool: Pick<PricingPool, 'grid'>,
  shard: ValuedShard,
  group: readonly Group[],
  convention: DeltaConvention,
  { scenarios, sums }: Revalued,
): Promise<void> {
  const weights = sharedFloats(group.length);
  group.forEach(({ row }, i) => (weights[i] = row.quantity * row.multiplier));
  const input = inputsOf(shard, group);
  const grid = await pool.grid(input, weights, scenarios);
  const n = scenarios.spotMoves.length;
  const add = (name: (typeof GRID_COLUMNS)[number], scale: number) => {
    const column = columnOf(sums, name);
    const from = GRID_COLUMNS.indexOf(name) * n;
    for (let s = 0; s < n; s++) column[s]! += scale * grid[from + s]!;
  };
  add('value', 1);
  add('delta', 1);
  add('gamma', 1);
  add('vega', 0.01);
  if (convention === 'premium_adjusted') await adjustDelta(pool, input, group, scenarios, sums);
}

function inputsOf({ options }: ValuedShard, group: readonly Group[]) {
  const input = sharedFloats(INPUT_COLUMNS.length * group.length);
  const all = options.rows.length;
  INPUT_COLUMNS.forEach((_, c) => {
    group.forEach(({ option }, i) => (input[c * group.length + i] = options.input[c * all + option!]!));
  });
  return input;
}

/** The coin that the premium of an inverse option is worth at the moved price is a holding too: less V/S' of each. */
async function adjustDelta(
  pool: Pick<PricingPool, 'grid'>,
  input: Parameters<PricingPool['grid']>[0],
  group: readonly Group[],
  scenarios: Scenarios,
  sums: Float64Array,
): Promise<void> {
  const weights = sharedFloats(group.length);
  group.forEach(({ row }, i) => {
    weights[i] = row.settlement === 'inverse' ? (row.quantity * row.multiplier) / input[i]! : 0;
  });
  const coins = await pool.grid(input, weights, scenarios);
  const delta = columnOf(sums, 'delta');
  scenarios.spotMoves.forEach((move, s) => (delta[s]! -= coins[s]! / (1 + move)));
}
