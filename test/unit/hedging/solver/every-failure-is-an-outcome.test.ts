import { afterEach, describe, expect, it } from 'vitest';
import { openHedgeSolver, type HedgeSolver, type SolverOptions } from '../../../../src/hedging/solver/solver.ts';
import { plan } from '../../../../src/hedging/solver/worker.ts';
import { DEFAULT_EFFORT, type Problem } from '../../../../src/quant/hedging/optimiser/model.ts';
import { candidate, problem, target } from '../../quant/hedging-optimiser/problems.ts';

let solver: HedgeSolver | undefined;

function open(options: SolverOptions): HedgeSolver {
  solver = openHedgeSolver(options);
  return solver;
}

afterEach(async () => {
  await solver?.close();
  solver = undefined;
});

const small = problem({
  candidates: [candidate({ greeks: Float64Array.of(1), sellCost: 1 })],
  targets: [target({ id: 'delta', value: 10, tolerance: 1 })],
});

describe('a thread', () => {
  it('answers while the event loop stays free', async () => {
    const answer = open({}).solve(small);
    let turns = 0;
    const counted = setInterval(() => turns++, 1);
    const outcome = await answer;
    clearInterval(counted);
    expect(outcome).toMatchObject({ status: 'solved', isLeastRelaxed: true });
    expect(turns).toBeGreaterThan(3);
  });

  it('that does not answer in time is ended, and the next problem is answered', async () => {
    const late = open({ timeoutMs: 1 });
    expect(await late.solve(small)).toEqual({ status: 'unsolved', reason: 'timed_out' });
    await late.close();
    expect(await open({}).solve(small)).toMatchObject({ status: 'solved' });
  });

  it('that dies is an outcome', async () => {
    const dying = open({ entry: new URL('./crashing.ts', import.meta.url) });
    expect(await dying.solve(small)).toEqual({ status: 'unsolved', reason: 'crashed' });
    expect(await dying.solve(small)).toEqual({ status: 'unsolved', reason: 'crashed' });
  });
});

describe('the task of a thread', () => {
  it('survives an error within it, with a solver loaded anew', async () => {
    const broken = { problem: {} as Problem, effort: DEFAULT_EFFORT };
    expect(await plan(broken)).toEqual({ status: 'unsolved', reason: 'solver' });
    expect(await plan({ problem: small, effort: DEFAULT_EFFORT })).toMatchObject({ status: 'solved' });
  });
});
