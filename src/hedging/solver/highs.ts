import loadHighs, { type Highs, type Model } from 'highs';
import type {
  LinearAnswer,
  LinearProgramme,
  LinearSolver,
  OpenProgramme,
  Rows,
  SolveOptions,
} from '../../quant/hedging/optimiser/linearProgramme.ts';

// The package's types are those of its CommonJS form, in which the function is a member; of this form it is the default export.
const load = loadHighs as unknown as typeof loadHighs.default;

/** HiGHS (highs.dev) compiled to WebAssembly. Blocks the thread that it is called on. */
export async function openHighs(): Promise<LinearSolver> {
  const highs = await load();
  return { open: (programme) => openProgramme(highs, programme) };
}

/** Tighter than its own 1e-7: the tangents of a parabola meet at a distance of which the gap is the square. */
const TOLERANCE = 1e-9;
/** Of `simplex_strategy`. */
const DUAL = 1;
const PRIMAL = 4;

function openProgramme(highs: Highs, programme: LinearProgramme): OpenProgramme {
  const columns = programme.lower.length;
  const isWhole = programme.whole.includes(1);
  // What a model holds lies outside the garbage collector's reach: close() must be called.
  const model = highs.createModel(modelData(highs, programme, isWhole));
  model.options.set({
    output_flag: false,
    primal_feasibility_tolerance: TOLERANCE,
    dual_feasibility_tolerance: TOLERANCE,
    mip_feasibility_tolerance: TOLERANCE,
    // A relaxation is solved again and again from its last basis, which presolving would throw away.
    presolve: isWhole ? 'choose' : 'off',
  });
  let held: Float64Array | undefined;
  return {
    solve(cost, options) {
      if (columns === 0) return withoutColumns(programme);
      // Costs that are set again, though the same, are a new objective to it.
      const isNew = cost !== held;
      if (isNew) model.changeColsCost({ kind: 'range', from: 0, to: columns - 1 }, cost);
      // A new objective leaves the last point feasible, a new row the last prices: primal and dual simplex start from those.
      model.options.set({ simplex_strategy: isNew ? PRIMAL : DUAL });
      held = cost;
      return run(highs, model, isWhole, options);
    },
    addRows: (rows) => void model.addRows({ ...boundsOf(rows), matrix: matrixOf(rows, columns) }),
    boundRow: (row, lower, upper) => void model.changeRowBounds(row, lower, upper),
    close: () => model.dispose(),
  };
}

function modelData(highs: Highs, { lower, upper, whole, rows }: LinearProgramme, isWhole: boolean) {
  const { continuous, integer } = highs.constants.variableType;
  const { lower: lowerRows, upper: upperRows } = boundsOf(rows);
  return {
    numCols: lower.length,
    numRows: rows.lower.length,
    colCost: new Float64Array(lower.length),
    colLower: lower,
    colUpper: upper,
    rowLower: lowerRows,
    rowUpper: upperRows,
    matrix: matrixOf(rows, lower.length),
    ...(isWhole ? { integrality: Array.from(whole, (one) => (one ? integer : continuous)) } : {}),
  };
}

function boundsOf({ lower, upper }: Rows) {
  return { lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}

function matrixOf({ starts, columns, values, lower }: Rows, numCols: number) {
  return {
    format: 'csr' as const,
    ...{ numRows: lower.length, numCols },
    starts: Int32Array.from(starts),
    indices: Int32Array.from(columns),
    values: Float64Array.from(values),
  };
}

function run(highs: Highs, model: Model, isWhole: boolean, { gap, nodes, seconds }: SolveOptions): LinearAnswer {
  model.options.set({ time_limit: seconds });
  // Half of the gap for the integers, half for the tangents.
  if (isWhole) model.options.set({ mip_rel_gap: gap / 2, mip_max_nodes: nodes });
  model.zeroAllClocks(); // its time limit counts all runs together
  // Where the last basis has become singular, from none.
  if (model.raw.run().status < 0) {
    model.clearSolver();
    if (model.raw.run().status < 0) return { status: 'failed', reason: 'solver' };
  }
  const { modelStatus } = highs.constants;
  switch (model.getModelStatus()) {
    case modelStatus.optimal:
      return answer(model, isWhole, 'optimal');
    case modelStatus.infeasible:
    case modelStatus.unboundedOrInfeasible: // every column that costs is bounded
      return { status: 'infeasible' };
    case modelStatus.timeLimit:
    case modelStatus.iterationLimit:
    case modelStatus.solutionLimit: // what it calls the end of its nodes
      return isWhole && hasPoint(model) ? answer(model, isWhole, 'limit') : { status: 'failed', reason: 'limit' };
    default:
      return { status: 'failed', reason: 'solver' };
  }
}

/** Of `primal_solution_status`: feasible. */
const FEASIBLE = 2;

function hasPoint(model: Model): boolean {
  return Number(model.info.get('primal_solution_status')) === FEASIBLE;
}

function answer(model: Model, isWhole: boolean, status: 'optimal' | 'limit'): LinearAnswer {
  const { colValue, colDual } = model.getSolution();
  const bound = isWhole ? Number(model.info.get('mip_dual_bound')) : model.getObjectiveValue();
  return { status, x: colValue, bound, reducedCosts: colDual };
}

/** Rows that come to 0 whatever is done. */
function withoutColumns({ rows }: LinearProgramme): LinearAnswer {
  const holds = rows.lower.every((lower, i) => lower <= TOLERANCE && rows.upper[i]! >= -TOLERANCE);
  const none = new Float64Array(0);
  return holds ? { status: 'optimal', x: none, bound: 0, reducedCosts: none } : { status: 'infeasible' };
}
