import { systemClock } from '../platform/clock.ts';
import { priceEuropeans } from '../quant/kernel/european.ts';
import type { PricingTask } from './pricingPool.ts';

/** Entry of a worker thread. Answers the seconds that the kernel took. */
export default function price({ input, output, count }: PricingTask): number {
  const started = systemClock.monotonic();
  priceEuropeans(new Float64Array(input), new Float64Array(output), count);
  return (systemClock.monotonic() - started) / 1000;
}
