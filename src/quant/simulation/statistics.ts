import { compensatedSum } from './compensatedSum.ts';
import { type Histogram, histogramOf, quantileOf } from './histogram.ts';
import { tailRisk } from './tailRisk.ts';

/** A number from random paths, and the standard error of it; NaN where fewer than two clusters of paths leave none. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

export interface PnlStatistics {
  readonly count: number;
  readonly mean: Estimate;
  /** Of the sample, with n − 1; 0 for one path. */
  readonly sd: Estimate;
  /** sd/|premium|, Hull's measure; undefined without a premium. */
  readonly performance?: Estimate;
  /** Positive is a loss. */
  readonly valueAtRisk: number;
  readonly expectedShortfall: Estimate;
  /** −(1/a)·ln E[e^{−a·pnl}], one for each risk aversion. */
  readonly certaintyEquivalents: readonly Estimate[];
  /** One for each probability. */
  readonly quantiles: readonly number[];
  readonly worst: number;
  readonly best: number;
  readonly histogram: Histogram;
}

export interface StatisticsTerms {
  /** Paths in a row that depend on each other: `clusterSize` of the sampling. */
  readonly cluster: number;
  /** What the book was sold for, its sign aside; 0 for none. */
  readonly premium: number;
  /** 0 <= c < 1. */
  readonly confidence: number;
  /** a > 0, per unit of currency. */
  readonly riskAversions: readonly number[];
  readonly probabilities: readonly number[];
  /** Bins of the histogram; by the data where absent. */
  readonly bins?: number;
}

type Columns = readonly Float64Array[];

/**
 * Statistics of the profits of all paths, which come in columns, in the order of the paths: the same bits however they are cut.
 * Standard errors are those of averages over independent clusters of paths, of the influence of each path on the number (the
 * delta method), so that they are honest for antithetic pairs and Sobol nets. They treat the last, shorter cluster as a whole one.
 *
 * @throws RangeError where there is no path, or a profit is NaN or infinite
 */
export function pnlStatistics(columns: Columns, terms: StatisticsTerms): PnlStatistics {
  const ascending = sorted(columns);
  const count = ascending.length;
  if (count === 0) throw new RangeError('there is no path');
  if (!Number.isFinite(compensatedSum(columns))) throw new RangeError('a profit is no number');
  const mean = compensatedSum(columns) / count;
  const variance = compensatedSum(columns, (x) => (x - mean) ** 2) / count;
  const sd = estimate(columns, terms.cluster, Math.sqrt((variance * count) / Math.max(count - 1, 1)), (x) =>
    variance > 0 ? ((x - mean) ** 2 - variance) / (2 * Math.sqrt(variance)) : 0,
  );
  const premium = Math.abs(terms.premium);
  return {
    count,
    mean: estimate(columns, terms.cluster, mean, (x) => x - mean),
    sd,
    ...(premium > 0 ? { performance: { value: sd.value / premium, standardError: sd.standardError / premium } } : {}),
    ...shortfall(columns, ascending, terms),
    certaintyEquivalents: terms.riskAversions.map((aversion) => certaintyEquivalent(columns, aversion, terms.cluster)),
    quantiles: terms.probabilities.map((p) => quantileOf(ascending, p)),
    worst: ascending[0]!,
    best: ascending[count - 1]!,
    histogram: histogramOf(ascending, terms.bins),
  };
}

function sorted(columns: Columns): Float64Array {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all.sort();
}

/** An estimate from the influence of each path on it: the standard error of the mean influence, by clusters. */
function estimate(columns: Columns, cluster: number, value: number, influence: (x: number) => number): Estimate {
  return { value, standardError: clusteredError(columns, cluster, influence) };
}

/** Standard error of the mean of f over clusters of paths, which is near 0 itself: the mean of an influence. */
export function clusteredError(columns: Columns, cluster: number, f: (x: number) => number): number {
  const means = clusterMeans(columns, cluster, f);
  const m = means.length;
  if (m < 2) return NaN;
  const centre = compensatedSum([means]) / m;
  return Math.sqrt(compensatedSum([means], (x) => (x - centre) ** 2) / (m - 1) / m);
}

function clusterMeans(columns: Columns, cluster: number, f: (x: number) => number): Float64Array {
  const count = columns.reduce((sum, { length }) => sum + length, 0);
  const means = new Float64Array(Math.ceil(count / cluster));
  let path = 0;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++, path++) {
      const at = Math.floor(path / cluster);
      means[at] = means[at]! + f(column[i]!);
    }
  }
  for (let at = 0; at < means.length; at++) means[at] = means[at]! / Math.min(cluster, count - at * cluster);
  return means;
}

/** Influence of a path on the expected shortfall: VaR + (L − VaR)⁺/(1 − c) − ES (Trindade et al. 2007; Hong & Liu 2009). */
function shortfall(
  columns: Columns,
  ascending: Float64Array,
  { confidence, cluster }: StatisticsTerms,
): Pick<PnlStatistics, 'valueAtRisk' | 'expectedShortfall'> {
  const { valueAtRisk, expectedShortfall } = tailRisk(ascending.slice().reverse(), confidence);
  const influence = (x: number) => valueAtRisk + Math.max(-x - valueAtRisk, 0) / (1 - confidence) - expectedShortfall;
  return { valueAtRisk, expectedShortfall: estimate(columns, cluster, expectedShortfall, influence) };
}

/**
 * The certain profit that is as good as these at exponential utility of risk aversion a. The largest exponent is taken out of the
 * sum, so that it never overflows.
 */
function certaintyEquivalent(columns: Columns, aversion: number, cluster: number): Estimate {
  let worst = Infinity;
  for (const column of columns) for (const x of column) worst = Math.min(worst, x);
  const count = columns.reduce((sum, { length }) => sum + length, 0);
  const weight = (x: number) => Math.exp(-aversion * (x - worst));
  const mean = compensatedSum(columns, weight) / count;
  const influence = (x: number) => (1 - weight(x) / mean) / aversion;
  return estimate(columns, cluster, worst - Math.log(mean) / aversion, influence);
}

/** The largest fall of a curve from an earlier height, >= 0; 0 for a curve of no points. */
export function maxDrawdown(curve: ArrayLike<number>): number {
  let peak = -Infinity;
  let most = 0;
  for (let i = 0; i < curve.length; i++) {
    peak = Math.max(peak, curve[i]!);
    most = Math.max(most, peak - curve[i]!);
  }
  return most;
}
