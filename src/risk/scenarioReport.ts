import { groupBy } from '../platform/pagination.ts';
import type { Revalued } from './revaluation.ts';
import type { ScenarioPlan, StressPlan } from './scenarioPlan.ts';
import { columnOf, type SumColumn } from './linearScenarios.ts';
import type { CashScenarios, Ladder, Matrix, Scenarios, Stress, UnderlyingScenarios } from './scenarioResult.ts';
import { STRESS_SCENARIOS } from './stress.ts';

/** What a book of one underlying makes in a scenario against the market as it is, which is scenario 0; there it is 0 exactly. */
export function profitOf({ sums }: Pick<Revalued, 'sums'>, s: number): number {
  const [value, margin] = [columnOf(sums, 'value'), columnOf(sums, 'margin')];
  return value[s]! - value[0]! + (margin[s]! - margin[0]!);
}

const numberAt = ({ sums }: Revalued, name: SumColumn, s: number) => columnOf(sums, name)[s]!;
const spotAt = ({ spot, scenarios }: Revalued, s: number) => spot * (1 + scenarios.spotMoves[s]!);

function underlyingAt(each: Revalued, at: readonly number[]): UnderlyingScenarios {
  const column = (name: SumColumn) => at.map((s) => numberAt(each, name, s));
  return {
    underlying: each.underlying,
    quote: each.quote,
    profit: at.map((s) => profitOf(each, s)),
    value: column('value'),
    delta: column('delta'),
    gamma: column('gamma'),
    vega: column('vega'),
  };
}

function cashAt(revalued: readonly Revalued[], at: readonly number[]): CashScenarios[] {
  return [...groupBy([...revalued], ({ quote }) => quote)].map(([currency, same]) => {
    const sum = (of: (each: Revalued, s: number) => number) =>
      at.map((s) => same.reduce((total, each) => total + of(each, s), 0));
    return {
      currency,
      profit: sum(profitOf),
      value: sum((each, s) => numberAt(each, 'value', s)),
      deltaCash: sum((each, s) => numberAt(each, 'delta', s) * spotAt(each, s)),
      gammaCash: sum((each, s) => (numberAt(each, 'gamma', s) * spotAt(each, s) ** 2) / 100),
      vega: sum((each, s) => numberAt(each, 'vega', s)),
    };
  });
}

function gridAt(revalued: readonly Revalued[], at: readonly number[]): Pick<Ladder, 'underlyings' | 'cash'> {
  return { underlyings: revalued.map((each) => underlyingAt(each, at)), cash: cashAt(revalued, at) };
}

/** The parts that are revaluations, as they are told. */
export function reportGrids(
  plan: ScenarioPlan,
  revalued: readonly Revalued[],
): Pick<Scenarios, 'ladders' | 'matrix' | 'stress'> {
  const ladder = (part: { steps: number[]; at: number[] } | undefined): Ladder | null =>
    part ? { steps: part.steps, ...gridAt(revalued, part.at) } : null;
  const { ladders, matrix, stress } = plan;
  return {
    ladders: ladders ? { spot: ladder(ladders.spot), vol: ladder(ladders.vol), time: ladder(ladders.time) } : null,
    matrix: matrix ? matrixOf(matrix, revalued) : null,
    stress: stress ? stress.map((each) => stressOf(each, plan, revalued)) : null,
  };
}

function matrixOf({ at, ...axes }: NonNullable<ScenarioPlan['matrix']>, revalued: readonly Revalued[]): Matrix {
  return { ...axes, ...gridAt(revalued, at) };
}

function stressOf(part: StressPlan, plan: ScenarioPlan, revalued: readonly Revalued[]): Stress {
  const known = part.known && STRESS_SCENARIOS[part.known];
  const underlyings = revalued.map((each) => {
    const shock = plan.scenarios[part.at]!(each.underlying, each.quote);
    const { underlying, quote, profit, ...columns } = underlyingAt(each, [part.at]);
    const one = (numbers: number[]) => numbers[0]!;
    return {
      ...{ underlying, quote, spotMove: shock.spot, volMove: shock.vol, profit: one(profit) },
      value: one(columns.value),
      delta: one(columns.delta),
      gamma: one(columns.gamma),
      vega: one(columns.vega),
    };
  });
  return {
    name: part.name,
    date: known?.date ?? null,
    description: known?.description ?? null,
    source: known?.source ?? null,
    volMoves: part.volMoves,
    days: part.days,
    underlyings,
    cash: cashAt(revalued, [part.at]).map(({ currency, profit }) => ({ currency, profit: profit[0]! })),
  };
}
