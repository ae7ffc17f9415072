import type { Kernel } from '../kernel/contract.ts';
import type { RandomSource } from '../kernel/randomPaths.ts';
import { normalQuantile } from '../pricing/normal.ts';
import { type BridgePoint, brownianBridge } from './brownianBridge.ts';
import { coordinate, type DigitalNet, nextCoordinate, scrambledNet } from './sobol.ts';
import { MOST_DIMENSIONS } from './sobolDirections.ts';

/**
 * How the normals of the paths are drawn. `antithetic`: those of path 2i + 1 are the negatives of those of path 2i. `sobol`:
 * every `points` paths (a power of two, 2 … 2^31) are one scrambled net, independent of the others, built along a Brownian
 * bridge. Averages of `clusterSize` paths are independent of each other in each.
 */
export type Sampling =
  | { readonly kind: 'independent' }
  | { readonly kind: 'antithetic' }
  | { readonly kind: 'sobol'; readonly points: number };

/** Where the randomness of a set of paths comes from: `seed` as in {@link RandomSource}, `stream` an integer in [0, 16). */
export interface PathSource extends RandomSource {
  readonly sampling: Sampling;
}

/** Paths that are computed together: little enough to stay in the second-level cache. */
export const PATH_BLOCK = 1024;
/** Independent sequences of normals of one path: price, variance, number of jumps, their size. */
const FACTORS = 4;
/** Price and variance; jumps are too rare for a net to help, and are drawn independently. */
const FACTORS_ON_NET = 2;
const STREAMS = 16;

/** How many paths in a row depend on each other. */
export function clusterSize(sampling: Sampling): number {
  if (sampling.kind === 'sobol') return sampling.points;
  return sampling.kind === 'antithetic' ? 2 : 1;
}

/** Why paths of so many factors and steps cannot be drawn; undefined where they can. */
export function samplingFault(sampling: Sampling, factors: number, steps: number): string | undefined {
  if (sampling.kind !== 'sobol') return undefined;
  const { points } = sampling;
  if (!(points >= 2 && points <= 2 ** 31 && Number.isInteger(Math.log2(points))))
    return 'a Sobol net has a power of two of points';
  const dimensions = Math.min(factors, FACTORS_ON_NET) * steps;
  if (dimensions <= MOST_DIMENSIONS) return undefined;
  return `Sobol points have ${MOST_DIMENSIONS} dimensions at most, and these paths need ${dimensions}`;
}

/**
 * The source of a factor of the paths of one block. The kernel numbers paths from 0 in each block, and the block is part of
 * the stream: the normal of path p, step k is `standardNormal(laneOf(source, f, ⌊p/1024⌋), p mod 1024, k)`.
 */
export function laneOf(source: RandomSource, factor: number, block: number): RandomSource {
  return { seed: source.seed, stream: ((block * STREAMS + source.stream) * FACTORS + factor) >>> 0 };
}

/**
 * Standard normals of one factor of paths 0 … size − 1 of a block after each step: that of path i at `[step * PATH_BLOCK + i]`.
 *
 * @param factors how many the model has: on a net they share its dimensions
 * @param block an integer in [0, 2^26)
 */
export function writeFactor(
  kernel: Kernel,
  source: PathSource,
  { factor, factors, steps }: { factor: number; factors: number; steps: number },
  output: Float64Array,
  block: number,
  size: number,
): void {
  const lane = laneOf(source, factor, block);
  const { sampling } = source;
  if (sampling.kind === 'sobol' && factor < FACTORS_ON_NET) {
    const shared = Math.min(factors, FACTORS_ON_NET);
    writeNetFactor(source, sampling.points, { factor, factors: shared, steps }, output, block * PATH_BLOCK, size);
  } else if (sampling.kind === 'antithetic') {
    kernel.normals(lane, steps, output, PATH_BLOCK, 0, (size + 1) >> 1);
    for (let step = 0; step < steps; step++) mirror(output, step * PATH_BLOCK, size);
  } else kernel.normals(lane, steps, output, PATH_BLOCK, 0, size);
}

/** z₀ z₁ z₂ … becomes z₀ −z₀ z₁ −z₁ …, from the end, so that none is overwritten before it is read. */
function mirror(row: Float64Array, at: number, size: number): void {
  for (let i = size - 1; i >= 0; i--) {
    const z = row[at + (i >> 1)]!;
    row[at + i] = i & 1 ? -z : z;
  }
}

interface Bridged {
  readonly factor: number;
  readonly factors: number;
  readonly steps: number;
}

function writeNetFactor(
  source: RandomSource,
  points: number,
  layout: Bridged,
  output: Float64Array,
  firstPath: number,
  size: number,
): void {
  const bridge = bridgeOf(layout.steps);
  for (let i = 0; i < size;) {
    const path = firstPath + i;
    const index = path % points;
    const run = Math.min(size - i, points - index);
    const net = netOf(source, Math.floor(path / points), layout.factors * layout.steps);
    bridge.forEach((point, level) =>
      writeBridgePoint(net, level * layout.factors + layout.factor, index, point, output, i, i + run),
    );
    i += run;
  }
  for (let step = layout.steps - 1; step > 0; step--) difference(output, step * PATH_BLOCK, size);
}

/** W of one step of paths `from` … `to − 1`, whose points follow each other from `index` on. */
function writeBridgePoint(
  net: DigitalNet,
  dimension: number,
  index: number,
  { step, left, right, leftWeight, rightWeight, deviation }: BridgePoint,
  output: Float64Array,
  from: number,
  to: number,
): void {
  let x = coordinate(net, index, dimension);
  for (let i = from; i < to; i++) {
    const w = deviation * normalQuantile((x + 0.5) * 2 ** -32);
    const before = left > 0 ? leftWeight * output[(left - 1) * PATH_BLOCK + i]! : 0;
    const after = right > 0 ? rightWeight * output[(right - 1) * PATH_BLOCK + i]! : 0;
    output[(step - 1) * PATH_BLOCK + i] = before + after + w;
    x = nextCoordinate(net, x, index + i - from, dimension);
  }
}

/** From W to its increments, the last step first. */
function difference(output: Float64Array, at: number, size: number): void {
  for (let i = at; i < at + size; i++) output[i] = output[i]! - output[i - PATH_BLOCK]!;
}

let lastBridge: BridgePoint[] = [];

function bridgeOf(steps: number): BridgePoint[] {
  if (lastBridge.length !== steps) lastBridge = brownianBridge(steps);
  return lastBridge;
}

/** The net used last: a shard asks for the same one again and again. */
let lastNet: { readonly key: string; readonly net: DigitalNet } | undefined;

function netOf(source: RandomSource, replicate: number, dimensions: number): DigitalNet {
  const key = `${source.seed} ${source.stream} ${replicate} ${dimensions}`;
  if (lastNet?.key !== key) lastNet = { key, net: scrambledNet(source, replicate, dimensions) };
  return lastNet.net;
}
