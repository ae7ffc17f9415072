import { workerData } from 'node:worker_threads';
import { openKernel } from '../quant/kernel/kernel.ts';
import { type Seat, workFor } from './crewLoop.ts';

// Entry of a thread of a crew.

const seat = workerData as Seat;
workFor(seat, openKernel({ memory: seat.memory }));
