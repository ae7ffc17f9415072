import { ALL_OUTPUT_COLUMNS, INPUT_COLUMNS, OUTPUT_COLUMNS } from '../pricing/black.ts';
import { writeLimits } from '../pricing/blackLimits.ts';
import type { Arena } from './arena.ts';
import type { Kernel } from './contract.ts';
import { IMPLIED_VOL_COLUMNS, writeImpliedVol } from './impliedVols.ts';
import type { KernelExports, VectorForm } from './instance.ts';
import { type RandomSource, stepOf } from './randomPaths.ts';
import { scalarKernel } from './scalarKernel.ts';
import { createStage, type Stage } from './stage.ts';
import { writeChainPair } from './strikeChain.ts';
import { runGrid } from './vectorGrid.ts';
import { vectorRowSums } from './vectorRowSums.ts';

/** Fewer elements than this are done by the scalar form, which has no way to go. */
const LEAST_ELEMENTS = 8;
/** The fewest paths that the module takes. */
const LEAST_PATHS = 4;
/** Doubles of a chunk of paths that is copied. */
const PATH_SPACE = 65_536;

/** Every family by the module, the scalar form where the module does not go. */
export function vectorKernel(form: VectorForm, exports: KernelExports, arena: Arena): Kernel {
  const scalar = scalarKernel(arena);
  const stage = createStage(arena);
  return {
    form,
    arena,
    europeans(input, output, count, from = 0, to = count) {
      if (to - from < LEAST_ELEMENTS) return scalar.europeans(input, output, count, from, to);
      writeEuropeans(exports, stage, input, output, OUTPUT_COLUMNS.length, count, from, to);
    },
    allGreeks(input, output, count, from = 0, to = count) {
      if (to - from < LEAST_ELEMENTS) return scalar.allGreeks(input, output, count, from, to);
      writeEuropeans(exports, stage, input, output, ALL_OUTPUT_COLUMNS.length, count, from, to);
    },
    chain: vectorChain(exports, stage, scalar),
    grid: (book, scenarios, output, from = 0, to = scenarios.spotMoves.length) =>
      runGrid(exports, stage, book, scenarios, output, from, to),
    impliedVols: vectorImpliedVols(exports, stage, scalar),
    paths(source, terms, output, count, from = 0, to = count) {
      if (to - from < LEAST_PATHS) return scalar.paths(source, terms, output, count, from, to);
      const moves = { spot: terms.spot, ...stepOf(terms) };
      writeSteps(exports, stage, source, terms.steps, moves, output, count, from, to);
    },
    normals(source, steps, output, count, from = 0, to = count) {
      if (to - from < LEAST_PATHS) return scalar.normals(source, steps, output, count, from, to);
      writeSteps(exports, stage, source, steps, { spot: 0, drift: 0, deviation: 0 }, output, count, from, to);
    },
    rowSums: vectorRowSums(exports, stage),
  };
}

function writeEuropeans(
  exports: KernelExports,
  stage: Stage,
  input: Float64Array,
  output: Float64Array,
  width: number,
  count: number,
  from: number,
  to: number,
): void {
  const all = Number(width > OUTPUT_COLUMNS.length);
  const scratch = stage.scratch();
  const irregular = stage.irregular();
  stage.run(
    [{ array: input, width: INPUT_COLUMNS.length, count }],
    [{ array: output, width, count }],
    from,
    to,
    ([source], [target], first, last) =>
      exports.europeans(source!.at, source!.stride, target!.at, target!.stride, first, last, all, scratch, irregular),
    (i) => writeLimits(input, output, count, i, width),
  );
}

function vectorChain(exports: KernelExports, stage: Stage, scalar: Kernel): Kernel['chain'] {
  return (terms, strikes, vols, calls, puts, from = 0, to = strikes.length) => {
    if (to - from < LEAST_ELEMENTS) return scalar.chain(terms, strikes, vols, calls, puts, from, to);
    const count = strikes.length;
    const { spot, time, rate, carry } = terms;
    const scratch = stage.scratch();
    const irregular = stage.irregular();
    const one = (array: Float64Array) => ({ array, width: 1, count });
    const nine = (array: Float64Array) => ({ array, width: OUTPUT_COLUMNS.length, count });
    stage.run(
      [one(strikes), one(vols)],
      [nine(calls), nine(puts)],
      from,
      to,
      ([k, v], [c, p], first, last) =>
        exports.chain(k!.at, v!.at, spot, time, rate, carry, c!.at, p!.at, c!.stride, first, last, scratch, irregular),
      (i) => writeChainPair(terms, strikes, vols, calls, puts, i),
    );
  };
}

function vectorImpliedVols(exports: KernelExports, stage: Stage, scalar: Kernel): Kernel['impliedVols'] {
  return (input, vols, statuses, count, from = 0, to = count) => {
    if (to - from < LEAST_ELEMENTS) return scalar.impliedVols(input, vols, statuses, count, from, to);
    const scratch = stage.scratch();
    const irregular = stage.irregular();
    statuses.fill(0, from, to);
    stage.run(
      [{ array: input, width: IMPLIED_VOL_COLUMNS.length, count }],
      [{ array: vols, width: 1, count }],
      from,
      to,
      ([source], [target], first, last) =>
        exports.impliedVols(source!.at, source!.stride, target!.at, first, last, scratch, irregular),
      (i) => writeImpliedVol(input, vols, statuses, count, i),
    );
  };
}

interface Moves {
  /** 0 asks for the normals themselves. */
  readonly spot: number;
  readonly drift: number;
  readonly deviation: number;
}

function writeSteps(
  exports: KernelExports,
  stage: Stage,
  source: RandomSource,
  steps: number,
  { spot, drift, deviation }: Moves,
  output: Float64Array,
  count: number,
  from: number,
  to: number,
): void {
  const low = source.seed | 0;
  const high = Math.floor(source.seed / 4294967296) | 0;
  // The module adds 8·path to the address, so that of a copy is taken back by as much.
  const call = (at: number, stride: number, first: number, last: number): void =>
    exports.paths(at, stride, first, last, steps, low, high, source.stream | 0, spot, drift, deviation);
  if (stage.arena.holds(output)) return call(output.byteOffset, 8 * count, from, to);
  const chunk = Math.max(LEAST_PATHS, Math.floor(PATH_SPACE / Math.max(steps, 1)));
  for (let start = from; start < to;) {
    const end = to - start <= chunk + LEAST_PATHS ? to : start + chunk;
    const width = end - start;
    const space = stage.space(width * steps);
    call(space.byteOffset - 8 * start, 8 * width, start, end);
    for (let step = 0; step < steps; step++) {
      output.set(space.subarray(step * width, (step + 1) * width), step * count + start);
    }
    start = end;
  }
}
