import { threadKernel } from '../quant/kernel/kernel.ts';
import { solveBandNow, type BandNow, type LiveBand } from '../quant/hedging/optimalBandNow.ts';

// Entry of a worker thread: its export is the task that it can be given.

export function band(live: LiveBand): BandNow {
  return solveBandNow(live, threadKernel().europeans);
}
