import type { BookRows } from './bookRows.ts';
import { OPTION_COLUMNS, type OptionColumn } from './hedgeSetup.ts';
import { PATH_BLOCK } from './pathNormals.ts';

/** A row of PATH_BLOCK values for each of OPTION_COLUMNS. */
export type Explain = Readonly<Record<OptionColumn, Float64Array>>;

export function createExplain(): Explain {
  const rows = OPTION_COLUMNS.map((name) => [name, new Float64Array(PATH_BLOCK)]);
  return Object.fromEntries(rows) as Record<OptionColumn, Float64Array>;
}

/** What the volatility of each path has brought: vega·Δσ. */
export function writeVegaGains(before: BookRows, now: BookRows, output: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) output[i] = before.vega[i]! * (now.vol[i]! - before.vol[i]!);
}

/**
 * Adds what the book has gained from one step to the next, settlements with it, and how much of that its Greeks at the start
 * explain: delta·ΔS, ½·gamma·ΔS², vega·Δσ, theta·Δt.
 *
 * @param vegaGains vega·Δσ of each path
 */
export function explainStep(
  explain: Explain,
  before: BookRows,
  now: BookRows,
  vegaGains: Float64Array,
  years: number,
  size: number,
): void {
  const { optionPnl, delta, gamma, vega, theta, unexplained } = explain;
  for (let i = 0; i < size; i++) {
    const move = now.spot[i]! - before.spot[i]!;
    const gained = now.value[i]! + now.payoff[i]! - before.value[i]!;
    const byDelta = before.delta[i]! * move;
    const byGamma = 0.5 * before.gamma[i]! * move * move;
    const byVega = vegaGains[i]!;
    const byTheta = before.theta[i]! * years;
    optionPnl[i] = optionPnl[i]! + gained;
    delta[i] = delta[i]! + byDelta;
    gamma[i] = gamma[i]! + byGamma;
    vega[i] = vega[i]! + byVega;
    theta[i] = theta[i]! + byTheta;
    unexplained[i] = unexplained[i]! + (gained - byDelta - byGamma - byVega - byTheta);
  }
}
