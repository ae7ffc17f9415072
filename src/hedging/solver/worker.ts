import type { LinearSolver } from '../../quant/hedging/optimiser/linearProgramme.ts';
import type { Effort, Outcome, Problem } from '../../quant/hedging/optimiser/model.ts';
import { optimise } from '../../quant/hedging/optimiser/optimise.ts';
import { openHighs } from './highs.ts';

// Entry of a worker thread: its export is the task that it can be given.

/** Loaded with the first problem; again where WebAssembly has failed, which leaves its memory as it was then. */
let solver: Promise<LinearSolver> | undefined;

export async function plan({ problem, effort }: { problem: Problem; effort: Effort }): Promise<Outcome> {
  solver ??= openHighs();
  const loaded = await solver;
  try {
    return optimise(problem, loaded, effort);
  } catch {
    solver = undefined;
    return { status: 'unsolved', reason: 'solver' };
  }
}
