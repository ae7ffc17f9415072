import type { Kernel } from '../quant/kernel/contract.ts';
import { proportionalCost } from '../quant/hedging/cost.ts';
import { solveBandNow } from '../quant/hedging/optimalBandNow.ts';
import { compilePolicy } from '../quant/hedging/policyDecision.ts';
import type { EdgeSource } from '../quant/simulation/hedgeDecisions.ts';
import type { HedgeStrategy } from '../quant/simulation/hedgeSetup.ts';
import { isExpired } from '../quant/simulation/hedgeSetup.ts';
import { fillHistory, type FilledOption, type History } from '../quant/simulation/history.ts';

/**
 * Bands of each `optimal` rule of a strategy along a history, solved at each instant for the book that is held then: with
 * what was known, and nothing of what came after.
 */
export function historyEdges(kernel: Kernel, history: History, strategy: HedgeStrategy): EdgeSource[] {
  const { optimalLeaves } = compilePolicy(strategy.policy);
  if (optimalLeaves.length === 0) return [];
  const options = fillHistory(history);
  return optimalLeaves.map((riskAversion) => (at, spot, out, place) => {
    const alive = options.filter(
      (option) => option.quantities[at] !== 0 && !isExpired(option.expiryYears, history.times[at]!),
    );
    const { lower, upper } = solveBandNow(
      {
        ...{ book: bookAt(alive, history, at, spot), spot, rate: history.rate, carry: 0 },
        ...{ vol: strategy.forecastVol ?? volAt(alive, at), costRate: proportionalCost(strategy.costs) },
        ...{ riskAversion, lookYears: lookAt(history, at) },
      },
      kernel.europeans,
    );
    out[place] = lower;
    out[place + 1] = upper;
  });
}

/** Each option keeps its moneyness to its own forward. */
function bookAt(alive: readonly FilledOption[], { times }: History, at: number, spot: number) {
  const column = (value: (option: FilledOption) => number) => Float64Array.from(alive, value);
  return {
    count: alive.length,
    strikes: column(({ strike, forwards }) => (strike * spot) / forwards[at]!),
    years: column(({ expiryYears }) => expiryYears - times[at]!),
    vols: column(({ vols }) => vols[at]!),
    quantities: column(({ quantities }) => quantities[at]!),
    signs: column(({ sign }) => sign),
  };
}

/** Of the underlying: the mean implied volatility of what is held, by its size. */
function volAt(alive: readonly FilledOption[], at: number): number {
  const total = alive.reduce((sum, { quantities }) => sum + Math.abs(quantities[at]!), 0);
  if (total === 0) return 1; // there is nothing to hedge, and any volatility gives a band of no width
  return alive.reduce((sum, { quantities, vols }) => sum + (Math.abs(quantities[at]!) * vols[at]!) / total, 0);
}

function lookAt({ times }: History, at: number): number {
  const next = Math.min(at + 1, times.length - 1);
  return times[next]! - times[next - 1]!;
}
