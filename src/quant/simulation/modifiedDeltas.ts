import { DELTA_TERMS, type DeltaConvention } from '../hedging/deltaConvention.ts';
import type { HedgeState } from '../hedging/policy.ts';
import type { CompiledPolicy } from '../hedging/policyDecision.ts';
import { type BookRows, type DeltaSums, conventionDelta } from './bookRows.ts';
import type { Valuation } from './bookValuation.ts';
import { PATH_BLOCK } from './pathNormals.ts';

/** Deltas of the book at other variances, for the leaves of a policy that trade to them. */
export interface ModifiedDeltas {
  /** Prices the book again, for a block; `readPath` puts a path into `state`. */
  write(state: HedgeState, readPath: (i: number) => void, rows: BookRows, step: number, size: number): void;
  /** Deltas of path i, by leaf. */
  read(i: number, out: Float64Array): void;
}

export function openModifiedDeltas(
  valuation: Valuation,
  convention: DeltaConvention,
  policy: CompiledPolicy,
): ModifiedDeltas {
  const leaves = policy.modifiedLeaves;
  const row = () => new Float64Array(PATH_BLOCK);
  const factors = new Float64Array(leaves);
  const rowsOfFactors = Array.from({ length: leaves }, row);
  const results = Array.from({ length: leaves }, row);
  const sums: DeltaSums = { value: row(), delta: row(), vega: row(), skewVega: row() };
  return {
    write(state, readPath, rows, step, size) {
      if (leaves === 0) return;
      for (let i = 0; i < size; i++) {
        readPath(i);
        policy.factors(state, factors);
        for (let leaf = 0; leaf < leaves; leaf++) rowsOfFactors[leaf]![i] = factors[leaf]!;
      }
      for (let leaf = 0; leaf < leaves; leaf++) {
        Object.values(sums).forEach((sum) => sum.fill(0, 0, size));
        valuation.addAtVariance(rowsOfFactors[leaf]!, rows, step, sums, size);
        const deltas = conventionDelta(DELTA_TERMS[convention], rows.spot, sums, results[leaf]!, size);
        // Black's own are the sums, which the next leaf writes over.
        if (deltas !== results[leaf]) results[leaf]!.set(deltas);
      }
    },
    read(i, out) {
      for (let leaf = 0; leaf < leaves; leaf++) out[leaf] = results[leaf]![i]!;
    },
  };
}
