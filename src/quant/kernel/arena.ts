/** Columns of doubles in one shared WebAssembly memory, which several threads may share. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  /**
   * `length` doubles (0 or more), zeroed when new but not when used again. Any thread may allocate. Throws RangeError when
   * the memory cannot grow any more; a smaller request may still succeed then.
   */
  allocate(length: number): Float64Array<SharedArrayBuffer>;
  /** Gives back what this arena has allocated; to be used no more. Anything else is ignored. */
  free(array: Float64Array): void;
  /** The doubles at an address that another thread has allocated (its array's `byteOffset`). */
  view(byteOffset: number, length: number): Float64Array<SharedArrayBuffer>;
  /** Whether the array lies in this memory, so that the kernel reads it in place. */
  holds(array: Float64Array): boolean;
}

const PAGE = 65536;
/** A 16-byte unit, so that the place of the next free one is a 32-bit number for all 4 GiB. */
const UNIT = 16;
/** The first page is the module's own; the word that says how many units are taken is at its end. */
const TOP_WORD = PAGE / 4 - 1;
const DEFAULT_MAXIMUM_PAGES = 16_384;

/** A shared memory that grows as needed, to 1 GiB unless told otherwise (at most 65,536 pages of 64 KiB). */
export function createMemory(maximumPages = DEFAULT_MAXIMUM_PAGES): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 2, maximum: maximumPages, shared: true });
}

/** Free units side by side. */
interface Span {
  start: number;
  units: number;
}

/** An arena on `memory`; arenas of several threads on one memory never hand out the same place. */
export function createArena(memory: WebAssembly.Memory): Arena {
  // Growing gives a new buffer object on the same memory; arrays on the older ones stay good.
  const buffers = new WeakSet<ArrayBufferLike>();
  const taken = new Map<number, number>();
  const spare: Span[] = [];

  const current = (): SharedArrayBuffer => {
    buffers.add(memory.buffer);
    return memory.buffer;
  };
  const holds = (array: Float64Array): boolean => buffers.has(array.buffer) || array.buffer === memory.buffer;
  Atomics.compareExchange(new Int32Array(current()), TOP_WORD, 0, PAGE / UNIT);

  return {
    memory,
    holds,
    allocate(length) {
      const units = Math.max(1, Math.ceil((length * 8) / UNIT));
      const start = reuse(spare, units) ?? extend(memory, units);
      taken.set(start, units);
      return new Float64Array(current(), start * UNIT, length);
    },
    free(array) {
      const start = array.byteOffset / UNIT;
      const units = holds(array) ? taken.get(start) : undefined;
      if (units === undefined) return;
      taken.delete(start);
      putBack(spare, { start, units });
    },
    view(byteOffset, length) {
      missingPages(memory, byteOffset + 8 * length);
      return new Float64Array(current(), byteOffset, length);
    },
  };
}

/** The first units of the first span that is large enough. */
function reuse(spare: Span[], units: number): number | undefined {
  const index = spare.findIndex((span) => span.units >= units);
  const span = spare[index];
  if (!span) return undefined;
  const { start } = span;
  if (span.units === units) spare.splice(index, 1);
  else {
    span.start += units;
    span.units -= units;
  }
  return start;
}

/** Spans stay in the order of their places, and neighbours become one: sizes that never come twice do not use it up. */
function putBack(spare: Span[], span: Span): void {
  const next = spare.findIndex(({ start }) => start > span.start);
  const index = next < 0 ? spare.length : next;
  const before = spare[index - 1];
  const after = spare[index];
  if (after && span.start + span.units === after.start) {
    span.units += after.units;
    spare.splice(index, 1);
  }
  if (before && before.start + before.units === span.start) before.units += span.units;
  else spare.splice(index, 0, span);
}

/** Takes units that no thread has had yet. Nothing is taken where the memory cannot grow. */
function extend(memory: WebAssembly.Memory, units: number): number {
  for (;;) {
    const words = new Int32Array(memory.buffer);
    const top = Atomics.load(words, TOP_WORD);
    const missing = missingPages(memory, (top + units) * UNIT);
    if (missing > 0) grow(memory, missing);
    if (Atomics.compareExchange(words, TOP_WORD, top, top + units) === top) return top;
  }
}

/** What the memory lacks to reach `end`. Where another thread has grown it, this one hears of it here at the latest. */
function missingPages(memory: WebAssembly.Memory, end: number): number {
  if (end > memory.buffer.byteLength) memory.grow(0);
  return Math.ceil(Math.max(end - memory.buffer.byteLength, 0) / PAGE);
}

/** Grows by a half at least, so that it is rare. Two threads that grow at once cost address space only. */
function grow(memory: WebAssembly.Memory, pages: number): void {
  try {
    memory.grow(Math.max(pages, memory.buffer.byteLength / PAGE / 2));
  } catch {
    memory.grow(pages);
  }
}
