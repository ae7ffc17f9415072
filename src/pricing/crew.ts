/// <reference lib="es2024.sharedmemory" />
import { availableParallelism } from 'node:os';
import { createArena, createMemory } from '../quant/kernel/arena.ts';
import type { PathTerms, RandomSource } from '../quant/kernel/randomPaths.ts';
import type { Book, Scenarios } from '../quant/kernel/scenarioGrid.ts';
import {
  announce,
  type Board,
  ENDED,
  openBoard,
  PUBLISHED,
  SLOTS,
  type SlotWord,
  slotWord,
  TICKS_PER_SECOND,
} from './crewBoard.ts';
import { FAMILIES, gridWork, impliedVolsWork, optionsWork, pathsWork, statusesIn, type Work } from './crewFamilies.ts';
import { openSeats } from './crewSeats.ts';

/**
 * Threads that stay, each with a kernel of its own on one memory. Calls are split into parts that the threads take one by
 * one through shared memory; the caller's thread never waits. Columns are laid out as the kernel's; those that lie in the
 * crew's memory are read and written in place, others are copied in and out by the caller's thread. Any number of calls may be under way. A call rejects where its thread has died or the memory has no room for
 * it; the thread is replaced, other calls are not touched. The bits do not depend on the number of threads.
 */
export interface Crew {
  /** Doubles in the crew's memory, until they are released; not before the calls on them are answered. */
  allocate(length: number): Float64Array<SharedArrayBuffer>;
  release(array: Float64Array): void;
  /** INPUT_COLUMNS to OUTPUT_COLUMNS, in `output` where it is given, else in a new array. */
  europeans(input: Float64Array, count: number, output?: Float64Array): Promise<Computed>;
  /** INPUT_COLUMNS to ALL_OUTPUT_COLUMNS. */
  allGreeks(input: Float64Array, count: number, output?: Float64Array): Promise<Computed>;
  /** IMPLIED_VOL_COLUMNS to volatilities and indices into IMPLIED_VOL_STATUSES. */
  impliedVols(input: Float64Array, count: number): Promise<{ vols: Float64Array; statuses: Uint8Array }>;
  /** GRID_COLUMNS of each scenario. Rejects with RangeError where a scenario is out of bounds. */
  grid(book: Book, scenarios: Scenarios): Promise<Computed>;
  /** Prices of `count` paths after each step. */
  paths(source: RandomSource, terms: PathTerms, count: number, output?: Float64Array): Promise<Computed>;
  /** Ends the threads once what has begun is finished. Later calls reject. */
  close(): Promise<void>;
}

export interface Computed {
  readonly output: Float64Array;
  /** Time in the kernel, on all threads together. */
  readonly kernelSeconds: number;
}

export interface CrewOptions {
  /** At most so many threads, as many as processors unless told otherwise; they are started as work asks for them. */
  readonly threads?: number;
  /** Microseconds that a thread without work looks out for more before it sleeps, 0 for none. */
  readonly spinMicros?: number;
  /** Another entry of the threads. */
  readonly entry?: URL;
}

/** Long enough for calls in a row, such as the shards of a book, to find the threads awake. */
const SPIN_MICROS = 100;
/** So much of the memory of 1 GiB is for calls, in doubles; the rest is room for the threads' own. */
const ROOM = (3 * 2 ** 30) / 4 / 8;

interface Call {
  readonly work: Work;
  readonly resolve: (computed: Computed) => void;
  readonly reject: (error: Error) => void;
}

/** A call that is on the board. */
interface Begun extends Call {
  /** What is freed when it has ended, and where its columns are. */
  readonly block: Float64Array;
  readonly input: Float64Array;
  readonly output: Float64Array;
  failed: boolean;
}

export function openCrew(options: CrewOptions = {}): Crew {
  const threads = options.threads ?? availableParallelism();
  const board = openBoard(threads);
  const arena = createArena(createMemory());
  const waiting: Call[] = [];
  const begun = new Map<number, Begun>();
  let isWatching = false;
  let onIdle = (): void => undefined;
  let refusal: Error | undefined;

  const fail = (slot: number, error: Error): void => {
    const call = begun.get(slot);
    if (!call || call.failed) return;
    call.failed = true;
    call.reject(error);
    Atomics.store(board, slotWord(slot, 'failed'), 1);
    Atomics.store(board, slotWord(slot, 'partsLeft'), 0);
  };

  const seats = openSeats({
    ...{ threads, board, memory: arena.memory, spinMicros: options.spinMicros ?? SPIN_MICROS, entry: options.entry },
    onLost(slot, error) {
      if (slot !== undefined) fail(slot, error);
      announce(board, ENDED, 1);
    },
    onAllLost(error) {
      refusal = error;
      for (const slot of begun.keys()) fail(slot, error);
      for (const call of waiting.splice(0)) call.reject(error);
      announce(board, ENDED, 1);
    },
  });

  const settle = (): void => {
    for (const [slot, call] of begun) {
      const open = Atomics.load(board, slotWord(slot, 'partsOpen'));
      if (call.failed ? seats.isAnyIn(slot) : open > 0) continue;
      if (!call.failed) finish(board, slot, call);
      begun.delete(slot);
      arena.free(call.block);
    }
  };

  const isHeld = (array: Float64Array | undefined): array is Float64Array => array !== undefined && arena.holds(array);

  /** Puts the call on the board; false where there is no room for it now. */
  const begin = (call: Call): boolean => {
    const { columns, fill, inputLength, output, outputLength } = call.work;
    const from = isHeld(columns) ? 0 : inputLength;
    const block = begun.size < SLOTS ? roomFor(from + (isHeld(output) ? 0 : outputLength)) : undefined;
    if (!block) return false;
    if (!isHeld(columns)) fill(block.subarray(0, from));
    const places = {
      input: isHeld(columns) ? columns : block.subarray(0, from),
      output: isHeld(output) ? output : block.subarray(from),
    };
    const slot = freeSlot(begun);
    const next = { ...call, ...places, block, failed: false };
    begun.set(slot, next);
    seats.staff(publish(board, slot, next) + begun.size - 1);
    return true;
  };

  const roomFor = (length: number): Float64Array | undefined => {
    const used = [...begun.values()].reduce((sum, { block }) => sum + block.length, 0);
    return used > 0 && used + length > ROOM ? undefined : arena.allocate(length);
  };

  const beginAll = (): void => {
    for (let call = waiting[0]; call; call = waiting[0]) {
      try {
        if (!begin(call)) return;
      } catch (error) {
        if (begun.size > 0) return;
        call.reject(error as Error);
      }
      waiting.shift();
    }
  };

  const watch = async (): Promise<void> => {
    if (isWatching) return;
    isWatching = true;
    seats.hold(true);
    while (begun.size > 0) {
      const seen = Atomics.load(board, ENDED);
      settle();
      beginAll();
      if (begun.size === 0) break;
      const wait = Atomics.waitAsync(board, ENDED, seen);
      if (wait.async) await wait.value;
    }
    seats.hold(false);
    isWatching = false;
    onIdle();
  };

  const run = (work: Work): Promise<Computed> =>
    new Promise((resolve, reject) => {
      if (refusal) return reject(refusal);
      if (work.elements === 0)
        return resolve({ output: work.output ?? new Float64Array(work.outputLength), kernelSeconds: 0 });
      waiting.push({ work, resolve, reject });
      beginAll();
      void watch();
    });

  return {
    allocate: (length) => arena.allocate(length),
    release: (array) => arena.free(array),
    europeans: async (input, count, output) => run(optionsWork('europeans', input, count, output)),
    allGreeks: async (input, count, output) => run(optionsWork('allGreeks', input, count, output)),
    async impliedVols(input, count) {
      const { output } = await run(impliedVolsWork(input, count));
      return { vols: output.subarray(0, count), statuses: statusesIn(output, count) };
    },
    grid: async (book, scenarios) => run(gridWork(book, scenarios)),
    paths: async (source, terms, count, output) => run(pathsWork(source, terms, count, output)),
    async close() {
      refusal ??= new Error('The threads are closed');
      await new Promise<void>((resolve) => (isWatching ? (onIdle = resolve) : resolve()));
      await seats.close();
    },
  };
}

function freeSlot(begun: ReadonlyMap<number, Begun>): number {
  let slot = 0;
  while (begun.has(slot)) slot++;
  return slot;
}

/** Hands a call to the threads; the number of its parts. */
function publish(board: Board, slot: number, { work, input, output }: Begun): number {
  const { family, elements, part } = work;
  const parts = Math.ceil(elements / part);
  const write = (word: SlotWord, value: number): number => Atomics.store(board, slotWord(slot, word), value);
  write('family', FAMILIES.indexOf(family));
  write('elements', elements);
  write('part', part);
  write('inputAt', input.byteOffset);
  write('inputLength', input.length);
  write('outputAt', output.byteOffset);
  write('outputLength', output.length);
  write('failed', 0);
  write('refused', 0);
  write('ticks', 0);
  write('partsOpen', parts);
  // From here on the threads take it.
  write('partsLeft', parts);
  announce(board, PUBLISHED, parts);
  return parts;
}

/** Answers a call whose parts have all been computed. */
function finish(board: Board, slot: number, { work, output, resolve, reject }: Begun): void {
  if (Atomics.load(board, slotWord(slot, 'refused')) === 1) {
    return reject(new RangeError(`${work.family}: out of bounds`));
  }
  const kernelSeconds = Atomics.load(board, slotWord(slot, 'ticks')) / TICKS_PER_SECOND;
  if (work.output && work.output !== output) work.output.set(output);
  resolve({ output: work.output ?? new Float64Array(output), kernelSeconds });
}
