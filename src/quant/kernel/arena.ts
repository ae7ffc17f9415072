/** Columns of doubles in one shared WebAssembly memory, which several threads may share. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  /**
   * `length` doubles (0 or more), zeroed when new but not when used again. Any thread may allocate. Throws RangeError when
   * the memory cannot grow any more.
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

/** An arena on `memory`; arenas of several threads on one memory never hand out the same place. */
export function createArena(memory: WebAssembly.Memory): Arena {
  // Growing gives a new buffer object on the same memory; arrays on the older ones stay good.
  const buffers = new WeakSet<ArrayBufferLike>();
  const taken = new Map<number, number>();
  const spare = new Map<number, number[]>();

  const current = (): SharedArrayBuffer => {
    buffers.add(memory.buffer);
    return memory.buffer;
  };
  const holds = (array: Float64Array): boolean => buffers.has(array.buffer) || array.buffer === memory.buffer;
  Atomics.compareExchange(new Int32Array(current()), TOP_WORD, 0, PAGE / UNIT);

  const take = (units: number): number => {
    const start = Atomics.add(new Int32Array(current()), TOP_WORD, units) * UNIT;
    const missing = start + units * UNIT - memory.buffer.byteLength;
    if (missing > 0) grow(memory, Math.ceil(missing / PAGE));
    return start;
  };

  return {
    memory,
    holds,
    allocate(length) {
      const units = Math.max(1, Math.ceil((length * 8) / UNIT));
      const offset = spare.get(units)?.pop() ?? take(units);
      taken.set(offset, units);
      return new Float64Array(current(), offset, length);
    },
    free(array) {
      const units = holds(array) ? taken.get(array.byteOffset) : undefined;
      if (units === undefined) return;
      taken.delete(array.byteOffset);
      const places = spare.get(units);
      if (places) places.push(array.byteOffset);
      else spare.set(units, [array.byteOffset]);
    },
    view: (byteOffset, length) => new Float64Array(current(), byteOffset, length),
  };
}

/** Grows by a half at least, so that it is rare. Two threads that grow at once cost address space only. */
function grow(memory: WebAssembly.Memory, pages: number): void {
  try {
    memory.grow(Math.max(pages, memory.buffer.byteLength / PAGE / 2));
  } catch {
    memory.grow(pages);
  }
}
