/**
 * The words that a crew's caller and its threads share, apart from the columns. The caller alone fills slots and empties
 * them; a thread takes a part of a slot by counting `partsLeft` down, and what it then reads in the slot stands until it
 * has counted `partsOpen` down.
 */
export type Board = Int32Array<SharedArrayBuffer>;

/** Calls that are worked on at once; more wait their turn. */
export const SLOTS = 32;

/** One cache line: words that different threads write do not lie in the same. */
const LINE = 16;

/** Counts what there is to look at: threads without work wait for it to change. */
export const PUBLISHED = 0;
/** Counts what has ended: the caller waits for it to change. */
export const ENDED = LINE;
const FIRST_SLOT = 2 * LINE;

/** Words of a slot. */
const WORDS = {
  partsLeft: 0,
  partsOpen: 1,
  /** 1 where the call has failed and the slot is only waited for until no thread is in it. */
  failed: 2,
  family: 3,
  elements: 4,
  part: 5,
  /** Places of what goes in and what comes out in the memory, in bytes, and how many doubles they are. */
  inputAt: 6,
  inputLength: 7,
  outputAt: 8,
  outputLength: 9,
  /** 1 where a part could not be computed for what is asked. */
  refused: 10,
  /** Time in the kernel on all threads together, in units of 100 ns. */
  ticks: 11,
} as const;
export type SlotWord = keyof typeof WORDS;
export const TICKS_PER_SECOND = 1e7;

export function openBoard(threads: number): Board {
  const words = FIRST_SLOT + (SLOTS + threads) * LINE;
  return new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT));
}

/** Where a word of a slot is. */
export function slotWord(slot: number, word: SlotWord): number {
  return FIRST_SLOT + slot * LINE + WORDS[word];
}

/** Word of a thread: 1 + the slot that it works on or is about to take a part of, 0 for none. */
export function seatAt(seat: number): number {
  return FIRST_SLOT + (SLOTS + seat) * LINE;
}

/** Word of a thread: how often one on this seat has come to work. */
export function arrivalsAt(seat: number): number {
  return seatAt(seat) + 1;
}

export function announce(board: Board, word: typeof PUBLISHED | typeof ENDED, listeners: number): void {
  Atomics.add(board, word, 1);
  Atomics.notify(board, word, listeners);
}
