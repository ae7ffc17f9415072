import { systemClock } from '../platform/clock.ts';
import type { Kernel } from '../quant/kernel/contract.ts';
import {
  announce,
  arrivalsAt,
  type Board,
  ENDED,
  PUBLISHED,
  seatAt,
  SLOTS,
  type SlotWord,
  slotWord,
  TICKS_PER_SECOND,
} from './crewBoard.ts';
import { compute, FAMILIES } from './crewFamilies.ts';

/** What a thread of a crew is given when it starts. */
export interface Seat {
  readonly board: Board;
  readonly memory: WebAssembly.Memory;
  readonly seat: number;
  /** Microseconds that a thread without work looks out for some before it sleeps. 0: it sleeps at once. */
  readonly spinMicros: number;
}

/** Looks at the clock no more often than once in so many looks at the board. */
const LOOKS = 32;

/** Works for ever: one part of one call at a time, of each call in turn. */
export function workFor({ board, seat, spinMicros }: Seat, kernel: Kernel): never {
  Atomics.add(board, arrivalsAt(seat), 1);
  let slot = 0;
  for (;;) {
    const seen = Atomics.load(board, PUBLISHED);
    const worked = workFrom(board, seat, kernel, slot);
    if (worked === undefined) awaitMore(board, seen, spinMicros);
    else slot = (worked + 1) % SLOTS;
  }
}

/** One part of the first slot, from `first` on, that has any; the slot, or undefined where none has. */
function workFrom(board: Board, seat: number, kernel: Kernel, first: number): number | undefined {
  for (let i = 0; i < SLOTS; i++) {
    const slot = (first + i) % SLOTS;
    const part = takePart(board, seat, slot);
    if (part === undefined) continue;
    computePart(board, slot, kernel, part);
    leave(board, seat, slot, Atomics.sub(board, slotWord(slot, 'partsOpen'), 1) === 1);
    return slot;
  }
  return undefined;
}

/** The number of a part that is now this thread's. Its seat says where it is before it takes, in case it dies in between. */
function takePart(board: Board, seat: number, slot: number): number | undefined {
  const word = slotWord(slot, 'partsLeft');
  let left = Atomics.load(board, word);
  if (left === 0) return undefined;
  Atomics.store(board, seatAt(seat), slot + 1);
  while (left > 0) {
    const was = Atomics.compareExchange(board, word, left, left - 1);
    if (was === left) return left - 1;
    left = was;
  }
  leave(board, seat, slot, false);
  return undefined;
}

function leave(board: Board, seat: number, slot: number, wasLast: boolean): void {
  Atomics.store(board, seatAt(seat), 0);
  // A slot whose call has failed is emptied when the last thread has left it.
  if (wasLast || Atomics.load(board, slotWord(slot, 'failed')) === 1) announce(board, ENDED, 1);
}

function computePart(board: Board, slot: number, kernel: Kernel, part: number): void {
  const started = systemClock.monotonic();
  const read = (word: SlotWord): number => board[slotWord(slot, word)]!;
  const elements = read('elements');
  const input = kernel.arena.view(read('inputAt'), read('inputLength'));
  const output = kernel.arena.view(read('outputAt'), read('outputLength'));
  const from = part * read('part');
  const to = Math.min(from + read('part'), elements);
  const computed = compute(kernel, FAMILIES[read('family')]!, input, output, elements, from, to);
  if (!computed) Atomics.store(board, slotWord(slot, 'refused'), 1);
  const seconds = (systemClock.monotonic() - started) / 1000;
  Atomics.add(board, slotWord(slot, 'ticks'), Math.round(seconds * TICKS_PER_SECOND));
}

/** Returns once something has been published since `seen`. */
function awaitMore(board: Board, seen: number, spinMicros: number): void {
  const until = systemClock.monotonic() + spinMicros / 1000;
  while (spinMicros > 0 && systemClock.monotonic() < until) {
    for (let i = 0; i < LOOKS; i++) if (Atomics.load(board, PUBLISHED) !== seen) return;
  }
  Atomics.wait(board, PUBLISHED, seen);
}
