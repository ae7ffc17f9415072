import type { Kernel } from '../kernel/contract.ts';
import type { PathGrid } from './pathColumns.ts';
import { PATH_BLOCK, type PathSource } from './pathNormals.ts';
import { allocatePathColumns, freePathColumns, type PathModel, pathsFault, writePathBlock } from './paths.ts';

/** Where a simulation takes its paths from, block by block. */
export interface PathFeed {
  /** Prepares paths block·PATH_BLOCK … + size − 1. */
  load(block: number, size: number): void;
  /** Spots and volatilities of the paths that are loaded at a step, 0 … steps. */
  read(step: number, spot: Float64Array, vol: Float64Array, size: number): void;
  close(): void;
}

/**
 * Paths of a model, and one volatility of the market whatever they do. To be closed.
 *
 * @throws RangeError where the sampling cannot give paths of so many steps
 */
export function modelFeed(kernel: Kernel, model: PathModel, grid: PathGrid, source: PathSource, vol: number): PathFeed {
  const fault = pathsFault(model, grid, source);
  if (fault) throw new RangeError(fault);
  const columns = allocatePathColumns(kernel, model, grid);
  return {
    load: (block, size) => writePathBlock(kernel, model, grid, source, columns, block, size),
    read(step, spot, vols, size) {
      const at = (step - 1) * PATH_BLOCK;
      if (step === 0) spot.fill(model.spot, 0, size);
      else spot.set(columns.prices.subarray(at, at + size));
      vols.fill(vol, 0, size);
    },
    close: () => freePathColumns(kernel, columns),
  };
}

/** A price series at equal steps, and the volatility that options are valued at, of the same length or one for all. */
export interface Series {
  readonly spots: ArrayLike<number>;
  readonly vols: ArrayLike<number> | number;
}

/** How many windows of `steps` a series of `length` has, when one starts every `stride`. */
export function windowCount(length: number, steps: number, stride: number): number {
  return Math.max(0, Math.floor((length - 1 - steps) / stride) + 1);
}

/**
 * Windows of a recorded series as paths: path p starts at element p·stride, and its prices are scaled to start at `spot`, so that
 * one book fits them all. Paths must be fewer than {@link windowCount}.
 */
export function windowFeed({ spots, vols }: Series, spot: number, stride: number): PathFeed {
  let first = 0;
  return {
    load(block) {
      first = block * PATH_BLOCK;
    },
    read(step, row, volRow, size) {
      for (let i = 0; i < size; i++) {
        const start = (first + i) * stride;
        row[i] = spot * (spots[start + step]! / spots[start]!);
        volRow[i] = typeof vols === 'number' ? vols : vols[start + step]!;
      }
    },
    close: () => undefined,
  };
}
