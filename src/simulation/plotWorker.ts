import { frontierSvg, histogramsSvg } from './plots.ts';
import type { BacktestResult, PlotKind } from './resultModel.ts';

// Entry of a worker thread: its export is the task that it can be given. Apart from worker.ts, because what draws is hundreds
// of modules that a thread which simulates can do without.

const PLOTS = { frontier: frontierSvg, histograms: histogramsSvg };

export function plot({ kind, result }: { kind: PlotKind; result: BacktestResult }): string {
  return PLOTS[kind](result);
}
