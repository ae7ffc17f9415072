import { describe, expect, it } from 'vitest';
import { balanceFor, invariant, swapOut } from '../../../../src/quant/pools/stableSwap.ts';
import { referenceJson, referencePresent } from '../../../support/reference.ts';

interface Case {
  A: number;
  xp: string[];
  fee_1e10: number;
  i: number;
  j: number;
  dx_1e18: string;
  D: string;
  dy_net_1e18: string;
}

describe.runIf(referencePresent)('Curve StableSwap to the last unit', () => {
  const cases = referencePresent ? referenceJson<{ cases: Case[] }>('curve_stableswap_integer.json').cases : [];

  it("gives the 120 answers of Curve's own model", () => {
    expect(cases).toHaveLength(120);
    for (const { A, xp, fee_1e10, i, j, dx_1e18, D, dy_net_1e18 } of cases) {
      const balances = xp.map(BigInt);
      expect(invariant(balances, BigInt(A))).toBe(BigInt(D));
      // The model leaves out the unit that the contract keeps for itself in case of rounding.
      const gross = balances[j]! - balanceFor(balances, BigInt(A), i, j, balances[i]! + BigInt(dx_1e18));
      const fee = BigInt(fee_1e10);
      expect(gross - (gross * fee) / 10_000_000_000n).toBe(BigInt(dy_net_1e18));
      const kept = gross - 1n;
      expect(swapOut(balances, BigInt(A), fee, i, j, BigInt(dx_1e18))).toBe(kept - (kept * fee) / 10_000_000_000n);
    }
  });
});
