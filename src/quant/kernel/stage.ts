import type { Arena } from './arena.ts';

/** `width` columns of `count` values each: value i of column c at `array[c * count + i]`. */
export interface Columns {
  readonly array: Float64Array;
  readonly width: number;
  readonly count: number;
}

/** Where columns lie in the memory, in bytes: value i of column c at `at + c * stride + 8 * i`. */
export interface Placed {
  readonly at: number;
  readonly stride: number;
}

/** What a run asks of the module: elements `first` … `last − 1`; returns how many it has listed at `irregular`. */
export type Call = (inputs: readonly Placed[], outputs: readonly Placed[], first: number, last: number) => number;

/** The working memory of one kernel. Taken from the arena on first use, kept from then on. */
export interface Stage {
  readonly arena: Arena;
  /** Address of the scratch columns of the module. */
  scratch(): number;
  /** Address of the list of elements that the module leaves to the scalar form. */
  irregular(): number;
  /** At least `length` doubles for this call only. */
  space(length: number): Float64Array;
  /**
   * Calls the module chunk by chunk over elements `from` … `to − 1`, on the columns themselves where they lie in the
   * memory and on copies otherwise; then `redo` for each element that it has listed. to − from >= 2.
   */
  run(
    inputs: readonly Columns[],
    outputs: readonly Columns[],
    from: number,
    to: number,
    call: Call,
    redo: (i: number) => void,
  ): void;
}

const SCRATCH_DOUBLES = 25 * 128;
/** Elements in one call: little enough for the copies to stay in the second-level cache. */
const CHUNK = 1024;
/** The last chunk takes up to this many more, for the module does not take a single element. */
const SLACK = 8;
const CAPACITY = CHUNK + SLACK;

export function createStage(arena: Arena): Stage {
  let scratch: Float64Array | undefined;
  let list: Float64Array | undefined;
  let spare: Float64Array | undefined;

  const stage: Stage = {
    arena,
    scratch: () => (scratch ??= arena.allocate(SCRATCH_DOUBLES)).byteOffset,
    irregular: () => (list ??= arena.allocate(CAPACITY)).byteOffset,
    space(length) {
      if (spare === undefined || spare.length < length) {
        if (spare) arena.free(spare);
        spare = arena.allocate(length);
      }
      return spare;
    },
    run(inputs, outputs, from, to, call, redo) {
      const listed = arena.view(stage.irregular(), CAPACITY);
      const indices = new Int32Array(listed.buffer, listed.byteOffset, CAPACITY);
      for (let start = from; start < to;) {
        const end = to - start <= CAPACITY ? to : start + CHUNK;
        const found = runChunk(stage, inputs, outputs, start, end, call);
        const first = isInPlace(arena, inputs, outputs) ? 0 : start;
        for (let n = 0; n < found; n++) redo(first + indices[n]!);
        start = end;
      }
    },
  };
  return stage;
}

function isInPlace(arena: Arena, inputs: readonly Columns[], outputs: readonly Columns[]): boolean {
  return [...inputs, ...outputs].every(({ array }) => arena.holds(array));
}

function runChunk(
  stage: Stage,
  inputs: readonly Columns[],
  outputs: readonly Columns[],
  start: number,
  end: number,
  call: Call,
): number {
  if (isInPlace(stage.arena, inputs, outputs)) return call(inputs.map(placeOf), outputs.map(placeOf), start, end);
  const all = [...inputs, ...outputs];
  const space = stage.space(CAPACITY * all.reduce((sum, { width }) => sum + width, 0));
  let column = 0;
  const placed = all.map(({ width }) => {
    const at = space.byteOffset + column * CAPACITY * 8;
    column += width;
    return { at, stride: CAPACITY * 8 };
  });
  copyIn(inputs, space, start, end);
  const found = call(placed.slice(0, inputs.length), placed.slice(inputs.length), 0, end - start);
  const before = inputs.reduce((sum, { width }) => sum + width, 0);
  copyOut(outputs, space.subarray(before * CAPACITY), start, end);
  return found;
}

function placeOf({ array, count }: Columns): Placed {
  return { at: array.byteOffset, stride: 8 * count };
}

function copyIn(inputs: readonly Columns[], space: Float64Array, start: number, end: number): void {
  let column = 0;
  for (const { array, width, count } of inputs) {
    for (let c = 0; c < width; c++, column++) {
      space.set(array.subarray(c * count + start, c * count + end), column * CAPACITY);
    }
  }
}

function copyOut(outputs: readonly Columns[], space: Float64Array, start: number, end: number): void {
  let column = 0;
  for (const { array, width, count } of outputs) {
    for (let c = 0; c < width; c++, column++) {
      array.set(space.subarray(column * CAPACITY, column * CAPACITY + end - start), c * count + start);
    }
  }
}
