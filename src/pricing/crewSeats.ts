import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { arrivalsAt, type Board, seatAt } from './crewBoard.ts';
import type { Seat } from './crewLoop.ts';

/** The threads of a crew: started as needed, replaced when they die. */
export interface Seats {
  /** Sees to it that there are as many threads as parts, up to the most there may be. */
  staff(parts: number): void;
  /** Whether a thread works on that slot or is about to. */
  isAnyIn(slot: number): boolean;
  /** Whether the threads keep the process from ending. */
  hold(held: boolean): void;
  /** Ends the threads, whatever they are doing. */
  close(): Promise<void>;
}

export interface SeatsOptions extends Omit<Seat, 'seat'> {
  readonly threads: number;
  readonly entry: URL | undefined;
  /** A thread has died, in that slot or in none, and is replaced. */
  readonly onLost: (slot: number | undefined, error: Error) => void;
  /** Threads die before they come to work, so there are none any more. */
  readonly onAllLost: (error: Error) => void;
}

/** Threads that die as they start are tried again so often in a row. */
const ATTEMPTS = 3;

export function openSeats({ threads, entry, onLost, onAllLost, ...shared }: SeatsOptions): Seats {
  const { board } = shared;
  const workers = new Map<number, Worker>();
  let held = false;
  let closed = false;
  let failedStarts = 0;

  const start = (seat: number): void => {
    const arrivals = Atomics.load(board, arrivalsAt(seat));
    const worker = startThread({ ...shared, seat }, entry);
    workers.set(seat, worker);
    if (!held) worker.unref();
    let cause: Error | undefined;
    worker.on('error', (error: Error) => (cause = error));
    worker.once('exit', (code) => {
      workers.delete(seat);
      if (closed) return;
      const hadArrived = Atomics.load(board, arrivalsAt(seat)) !== arrivals;
      lost(seat, hadArrived, cause ?? new Error(`A pricing thread has ended with ${code}`));
    });
  };

  const lost = (seat: number, hadArrived: boolean, error: Error): void => {
    const slot = leaveSlot(board, seat);
    failedStarts = hadArrived ? 0 : failedStarts + 1;
    if (failedStarts < ATTEMPTS) start(seat);
    onLost(slot, error);
    if (workers.size === 0) onAllLost(error);
  };

  start(0);
  return {
    staff(parts) {
      for (let seat = 0; seat < threads && workers.size < parts; seat++) if (!workers.has(seat)) start(seat);
    },
    isAnyIn: (slot) => [...workers.keys()].some((seat) => Atomics.load(board, seatAt(seat)) === slot + 1),
    hold(next) {
      held = next;
      for (const worker of workers.values())
        if (held) worker.ref();
        else worker.unref();
    },
    async close() {
      closed = true;
      await Promise.all([...workers.values()].map((worker) => worker.terminate()));
    },
  };
}

/** The slot that a thread has died in. */
function leaveSlot(board: Board, seat: number): number | undefined {
  const word = Atomics.exchange(board, seatAt(seat), 0);
  return word === 0 ? undefined : word - 1;
}

function startThread(seat: Seat, entry: URL | undefined): Worker {
  const source = import.meta.url.endsWith('.ts');
  if (!source) return new Worker(entry ?? new URL('./crewWorker.js', import.meta.url), { workerData: seat });
  // tsx reads what a thread requires, but not the file that it begins with.
  const file = fileURLToPath(entry ?? new URL('./crewWorker.ts', import.meta.url));
  const code = `require(${JSON.stringify(file)})`;
  return new Worker(code, { eval: true, workerData: seat, execArgv: ['--require', 'tsx/cjs'] });
}
