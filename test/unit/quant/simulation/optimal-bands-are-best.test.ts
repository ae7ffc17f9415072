import { describe, expect, it } from 'vitest';
import type { RuleKind } from '../../../../src/quant/hedging/policy.ts';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { certaintyEquivalentGain } from '../../../../src/quant/simulation/pairedGains.ts';
import { clusterSize } from '../../../../src/quant/simulation/pathNormals.ts';
import { hedge, strategyOf, termsOf } from './setups.ts';

// A month's call at 5 bp, looked at three times a day, on the same paths. docs/backtests.md has it every hour, on more of them.
const TERMS = termsOf(90, 30 / 365, { market: { rate: 0, dividendYield: 0, vol: 0.6, skew: 0 } });
const SAMPLING = { kind: 'antithetic' } as const;
const COUNT = 1 << 11;
const AVERSIONS = [0.003, 0.03, 0.3, 1, 3];
const KINDS = ['optimal', 'whalley_wilmott', 'zakamouline'] as const;

const strategies = AVERSIONS.flatMap((riskAversion) =>
  KINDS.map((kind) => strategyOf({ kind, riskAversion }, { rebalanceTo: 'edge' }, { feeBps: 5 })),
);
const shard = hedge({ terms: TERMS, strategies, sampling: SAMPLING, count: COUNT });

function column(kind: RuleKind, aversion: number, name: 'pnl' | 'cost'): Float64Array {
  const index = strategies.findIndex(({ policy: { rule } }) => {
    return rule.kind === kind && 'riskAversion' in rule && rule.riskAversion === aversion;
  });
  return strategyColumn(shard, index, name);
}

describe.each(AVERSIONS)('at a risk aversion of %d', (aversion) => {
  it.each(['whalley_wilmott', 'zakamouline'] as const)('the solved band is worth more than %s', (kind) => {
    const [own, other] = [column('optimal', aversion, 'pnl'), column(kind, aversion, 'pnl')];
    const [paid, otherPaid] = [column('optimal', aversion, 'cost'), column(kind, aversion, 'cost')];
    // Before costs every strategy makes 0 on average: the paths are martingales, and the call is sold at its worth.
    const control = own.map((profit, path) => profit + paid[path]! - (other[path]! + otherPaid[path]!));
    const gain = certaintyEquivalentGain(own, other, aversion, clusterSize(SAMPLING), control);
    expect(gain.value / gain.standardError).toBeGreaterThan(2);
  });
});
