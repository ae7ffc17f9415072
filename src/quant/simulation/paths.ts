import type { Kernel } from '../kernel/contract.ts';
import { exponential } from '../pricing/normal.ts';
import { type HestonPaths, writeHestonBlock } from './hestonPaths.ts';
import type { PathColumns, PathGrid } from './pathColumns.ts';
import { laneOf, PATH_BLOCK, type PathSource, samplingFault, writeFactor } from './pathNormals.ts';

/** Geometric Brownian motion, sampled exactly: growth μ (E[S_t] = S₀e^{μt}) and vol σ >= 0, per year, decimal. */
export interface GbmPaths {
  readonly kind: 'gbm';
  readonly spot: number;
  readonly growth: number;
  readonly vol: number;
}

export type PathModel = GbmPaths | HestonPaths;

/** |ln S/S₀| is cut here, so that no path leaves the range of doubles. */
const MOST_LOG = 700;
const FACTORS = { gbm: 1, heston: 2, bates: 4 };

function stepsPerMonitor(model: PathModel): number {
  return model.kind === 'gbm' ? 1 : model.substeps;
}

/** Why these paths cannot be drawn; undefined where they can. */
export function pathsFault(model: PathModel, grid: PathGrid, source: PathSource): string | undefined {
  return samplingFault(source.sampling, FACTORS[model.kind], grid.steps * stepsPerMonitor(model));
}

/** Columns in the memory of the kernel, to be given back by {@link freePathColumns}. */
export function allocatePathColumns(kernel: Kernel, model: PathModel, grid: PathGrid): PathColumns {
  const column = (steps: number) => kernel.arena.allocate(steps * PATH_BLOCK);
  const fine = grid.steps * stepsPerMonitor(model);
  return {
    prices: column(grid.steps),
    variances: model.kind === 'gbm' ? new Float64Array(0) : column(grid.steps),
    factors: Array.from({ length: FACTORS[model.kind] }, () => column(fine)),
  };
}

export function freePathColumns(kernel: Kernel, { prices, variances, factors }: PathColumns): void {
  for (const column of [prices, variances, ...factors]) kernel.arena.free(column);
}

/**
 * Paths 0 … size − 1 of a block, that is paths block·PATH_BLOCK … of the set. A pure function of (model, grid, source, path
 * number): whoever computes which blocks gets the same bits, and so do the scalar and the SIMD kernel.
 */
export function writePathBlock(
  kernel: Kernel,
  model: PathModel,
  grid: PathGrid,
  source: PathSource,
  columns: PathColumns,
  block: number,
  size: number,
): void {
  if (model.kind === 'gbm' && source.sampling.kind === 'independent') {
    kernel.paths(laneOf(source, 0, block), { ...model, ...grid }, columns.prices, PATH_BLOCK, 0, size);
    return;
  }
  const steps = grid.steps * stepsPerMonitor(model);
  const factors = FACTORS[model.kind];
  columns.factors.forEach((output, factor) =>
    writeFactor(kernel, source, { factor, factors, steps }, output, block, size),
  );
  if (model.kind === 'gbm') writeGbmBlock(model, grid, columns, size);
  else writeHestonBlock(model, grid, columns, size);
}

function writeGbmBlock(model: GbmPaths, grid: PathGrid, { prices, factors }: PathColumns, size: number): void {
  const drift = (model.growth - 0.5 * model.vol * model.vol) * grid.stepYears;
  const deviation = model.vol * Math.sqrt(grid.stepYears);
  const normals = factors[0]!;
  for (let step = 0, at = 0; step < grid.steps; step++, at += PATH_BLOCK) {
    for (let i = at; i < at + size; i++) {
      const before = step > 0 ? normals[i - PATH_BLOCK]! : 0;
      normals[i] = before + (drift + deviation * normals[i]!);
    }
  }
  for (let step = 0, at = 0; step < grid.steps; step++, at += PATH_BLOCK) {
    for (let i = at; i < at + size; i++)
      prices[i] = model.spot * exponential(Math.max(Math.min(normals[i]!, MOST_LOG), -MOST_LOG));
  }
}

/**
 * Prices (and variances, where there is room for them) of paths `from` … `to − 1` of `count` after each step: that of path p
 * after step k at `prices[k * count + p]`. Any split gives the same bits. Throws RangeError as {@link pathsFault} says.
 */
export function simulatePaths(
  kernel: Kernel,
  model: PathModel,
  grid: PathGrid,
  source: PathSource,
  output: { prices: Float64Array; variances?: Float64Array },
  count: number,
  from = 0,
  to = count,
): void {
  const fault = pathsFault(model, grid, source);
  if (fault) throw new RangeError(fault);
  const columns = allocatePathColumns(kernel, model, grid);
  try {
    for (let block = Math.floor(from / PATH_BLOCK); block * PATH_BLOCK < to; block++) {
      const start = block * PATH_BLOCK;
      const first = Math.max(from - start, 0);
      const last = Math.min(to - start, PATH_BLOCK);
      writePathBlock(kernel, model, grid, source, columns, block, last);
      const copy = (rows: Float64Array, target: Float64Array) => {
        for (let at = 0, row = start; at < grid.steps * PATH_BLOCK; at += PATH_BLOCK, row += count)
          target.set(rows.subarray(at + first, at + last), row + first);
      };
      copy(columns.prices, output.prices);
      if (output.variances && model.kind !== 'gbm') copy(columns.variances, output.variances);
    }
  } finally {
    freePathColumns(kernel, columns);
  }
}
