import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';

/** Prices options in worker threads, on memory that both sides see: nothing is copied, and the event loop stays free. */
export interface PricingPool {
  /**
   * Inputs and outputs are columnar (INPUT_COLUMNS, OUTPUT_COLUMNS of quant/pricing): value i of column c of n options
   * is at [c·n + i].
   */
  price(input: Float64Array<SharedArrayBuffer>, count: number): Promise<Float64Array>;
  close(): Promise<void>;
}

/** Columns for `count` options, on memory that the pool can read. */
export function pricingInput(count: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(count * INPUT_COLUMNS.length * Float64Array.BYTES_PER_ELEMENT));
}

export interface PricingTask {
  input: SharedArrayBuffer;
  output: SharedArrayBuffer;
  count: number;
}

/** `onKernel` hears how many seconds the kernel itself took, the way to the thread and back not counted. */
export function openPricingPool(onKernel: (seconds: number) => void = () => undefined): PricingPool {
  const source = import.meta.url.endsWith('.ts');
  const pool = new Piscina<PricingTask, number>({
    filename: fileURLToPath(new URL(`./pricingWorker.${source ? 'ts' : 'js'}`, import.meta.url)),
    minThreads: 1,
    maxThreads: availableParallelism(),
    idleTimeout: 60_000,
    ...(source ? { execArgv: ['--import', 'tsx'] } : {}),
  });
  return {
    async price(input, count) {
      const output = new SharedArrayBuffer(count * OUTPUT_COLUMNS.length * Float64Array.BYTES_PER_ELEMENT);
      onKernel(await pool.run({ input: input.buffer, output, count }));
      return new Float64Array(output);
    },
    close: () => pool.close(),
  };
}
