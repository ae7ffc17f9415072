import type { Rule } from '../../../../src/quant/hedging/policy.ts';
import type { Sampling } from '../../../../src/quant/simulation/pathNormals.ts';
import type { Estimate } from '../../../../src/quant/simulation/statistics.ts';
import { hedge, profitsOf, strategyOf, termsOf } from './setups.ts';

// Hull, Options, futures and other derivatives, the tables of delta hedging and of the stop-loss strategy: a call at 50 is written
// on a stock at 49, r = 5 %, σ = 20 %, 20 weeks, and the stock drifts at 13 %. The measure is the sd of the cost of writing
// and hedging over the Black–Scholes price of 2.400527. The newer editions' is that of costs without interest: the sum of what is
// paid for stock. The older ones were made from about 1,000 paths.
export const YEARS = 20 / 52;
export const WEEKS = [5, 4, 2, 1, 0.5, 0.25];
export const NEWER = { delta: [0.42, 0.38, 0.28, 0.21, 0.16, 0.13], stopLoss: [0.98, 0.93, 0.83, 0.79, 0.77, 0.76] };
export const OLDER = { delta: [0.43, 0.39, 0.26, 0.19, 0.14, 0.09], stopLoss: [1.02, 0.93, 0.82, 0.77, 0.76, 0.76] };
export const PREMIUM = 2.400527;

/** Eight independent nets: at 2^15 paths the measure of delta hedging errs by 0.0003 to 0.0006, at 2^16 that of stop-loss by 0.0006 to 0.0026. */
export function netsOf(count: number): { sampling: Sampling; count: number } {
  return { sampling: { kind: 'sobol', points: count / 8 }, count };
}

/** Hull's measure of a strategy that looks every so many weeks. */
export function performance(
  rule: Rule,
  weeks: number,
  { financing, sampling, count }: { financing: boolean; sampling: Sampling; count: number },
): Estimate {
  const terms = termsOf(20 / weeks, YEARS, {
    market: { rate: 0.05, dividendYield: 0, vol: 0.2, skew: 0 },
    book: [{ sign: 1, strike: 50, expiryYears: YEARS, quantity: -1 }],
    financing,
  });
  const shard = hedge({ terms, strategies: [strategyOf(rule)], spot: 49, growth: 0.13, sampling, seed: 1, count });
  return profitsOf(shard, sampling, PREMIUM)[0]!.performance!;
}
