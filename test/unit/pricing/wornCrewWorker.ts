import { workerData } from 'node:worker_threads';
import { openKernel } from '../../../src/quant/kernel/kernel.ts';
import { type Seat, workFor } from '../../../src/pricing/crewLoop.ts';

// Entry of a thread that dies of certain spots.

const THROWS = 666;
const EXITS = 667;

const seat = workerData as Seat;
const kernel = openKernel({ memory: seat.memory });
workFor(seat, {
  ...kernel,
  europeans(input, output, count, from = 0, to = count) {
    if (input.subarray(from, to).includes(THROWS)) throw new Error('worn out');
    if (input.subarray(from, to).includes(EXITS)) process.exit(3);
    kernel.europeans(input, output, count, from, to);
  },
});
