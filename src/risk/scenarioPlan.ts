import type { Scenarios } from '../quant/kernel/scenarioGrid.ts';
import type { History } from './history.ts';
import type { ScenariosInput, VolMoves } from './scenarioModel.ts';
import { STRESS_NAMES, STRESS_SCENARIOS, stressShock, type StressName } from './stress.ts';

const DAYS_PER_YEAR = 365;

/** Moves of one underlying: spot relative, volatility in the unit of `volMoves`. */
export interface Shock {
  readonly spot: number;
  readonly vol: number;
  readonly volMoves: VolMoves;
  readonly days: number;
}

/** What an underlying does in a scenario. */
type Scenario = (underlying: string, quote: string) => Shock;

interface LadderPlan {
  readonly steps: number[];
  readonly at: number[];
}

export interface StressPlan {
  readonly name: string;
  /** The named scenario that it is; undefined for the client's own. */
  readonly known: StressName | undefined;
  readonly days: number;
  readonly volMoves: VolMoves;
  readonly at: number;
}

/** Everything asked for as one list of scenarios, each once, and where in it each part finds its own. Scenario 0 is the market as it is. */
export interface ScenarioPlan {
  readonly scenarios: readonly Scenario[];
  readonly ladders: { readonly spot?: LadderPlan; readonly vol?: LadderPlan; readonly time?: LadderPlan } | undefined;
  readonly matrix:
    { readonly spot: number[]; readonly vol: number[]; readonly days: number; readonly at: number[] } | undefined;
  readonly stress: StressPlan[] | undefined;
  readonly history: { readonly moves: History; readonly at: number[] } | undefined;
}

/** Places of scenarios in a list in which those that move every underlying alike come once. */
function createList(volMoves: VolMoves) {
  const scenarios: Scenario[] = [];
  const known = new Map<string, number>();
  const add = (scenario: Scenario): number => scenarios.push(scenario) - 1;
  const uniform = (spot: number, vol: number, days: number): number => {
    const key = `${spot} ${vol} ${days}`; // -0 is written as 0
    const at = known.get(key) ?? add(() => ({ spot, vol, days, volMoves }));
    known.set(key, at);
    return at;
  };
  uniform(0, 0, 0);
  return { scenarios, add, uniform };
}

type List = ReturnType<typeof createList>;

export function planScenarios(input: ScenariosInput, history: History | undefined): ScenarioPlan {
  const list = createList(input.volMoves);
  const { ladders, matrix } = input;
  const ladder = (steps: number[] | undefined, add: (step: number) => number) => steps && { steps, at: steps.map(add) };
  return {
    scenarios: list.scenarios,
    ladders: ladders && {
      spot: ladder(ladders.spot, (step) => list.uniform(step, 0, 0)),
      vol: ladder(ladders.vol, (step) => list.uniform(0, step, 0)),
      time: ladder(ladders.time, (step) => list.uniform(0, 0, step)),
    },
    matrix: matrix && {
      ...matrix,
      at: matrix.spot.flatMap((spot) => matrix.vol.map((vol) => list.uniform(spot, vol, matrix.days))),
    },
    stress: input.stress && planStress(input.stress, input.volMoves, list),
    history: history && { moves: history, at: planHistory(history, list) },
  };
}

function planStress(
  { names = [...STRESS_NAMES], custom }: NonNullable<ScenariosInput['stress']>,
  volMoves: VolMoves,
  list: List,
): StressPlan[] {
  const named = names.map((name): StressPlan => {
    const scenario = STRESS_SCENARIOS[name];
    const at = list.add((underlying) => ({ ...stressShock(scenario, underlying), volMoves: 'points', days: 0 }));
    return { name, known: name, days: 0, volMoves: 'points', at };
  });
  const own = custom.map(({ name, spot, vol, days }): StressPlan => ({
    ...{ name, known: undefined, days, volMoves },
    at: list.uniform(spot, vol, days),
  }));
  return [...named, ...own];
}

function planHistory(history: History, list: List): number[] {
  return Array.from({ length: history.length }, (_, i) =>
    list.add((underlying, quote) => {
      // An underlying without a history is left out of what is told, so it may stay where it is.
      const { spot, vol } = history.moveOf(underlying, quote, i) ?? { spot: 0, vol: 0 };
      return { spot, vol, volMoves: history.volMoves, days: 0 };
    }),
  );
}

/** The columns that the kernel reads, for one underlying. */
export function columnsOf({ scenarios }: ScenarioPlan, underlying: string, quote: string): Scenarios {
  const shocks = scenarios.map((scenario) => scenario(underlying, quote));
  const column = (of: (shock: Shock) => number) => Float64Array.from(shocks, of);
  const relative = ({ volMoves }: Shock) => volMoves === 'relative';
  return {
    spotMoves: column(({ spot }) => spot),
    volScales: column((shock) => (relative(shock) ? 1 + shock.vol : 1)),
    volShifts: column((shock) => (relative(shock) ? 0 : shock.vol / 100)),
    years: column(({ days }) => days / DAYS_PER_YEAR),
  };
}
