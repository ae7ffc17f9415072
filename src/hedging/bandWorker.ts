import { openKernel } from '../quant/kernel/kernel.ts';
import type { Kernel } from '../quant/kernel/contract.ts';
import { solveBandNow, type BandNow, type LiveBand } from '../quant/hedging/optimalBandNow.ts';

// Entry of a worker thread: its export is the task that it can be given.

let kernel: Kernel | undefined;

export function band(live: LiveBand): BandNow {
  kernel ??= openKernel();
  return solveBandNow(live, kernel.europeans);
}
