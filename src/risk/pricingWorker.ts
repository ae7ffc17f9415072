import { priceEuropeans } from '../quant/kernel/european.ts';
import type { PricingTask } from './pricingPool.ts';

/** Entry of a worker thread. */
export default function price({ input, output, count }: PricingTask): void {
  priceEuropeans(new Float64Array(input), new Float64Array(output), count);
}
