import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { INPUT_COLUMNS } from '../quant/pricing/black.ts';
import type { Scenarios } from '../quant/kernel/scenarioGrid.ts';
import { Problem, type Fault, type ProblemCode } from '../platform/problem.ts';
import type { Question, Reply } from './answer.ts';
import { openCrew } from './crew.ts';

/**
 * Prices options in worker threads, so that the event loop stays free. Inputs and outputs are columnar: value i of column c of n
 * options is at [c·n + i]. Large calls are split over the threads; the bits do not depend on how many there are.
 */
export interface PricingPool {
  /** INPUT_COLUMNS to OUTPUT_COLUMNS. */
  price(input: SharedFloats, count: number): Promise<Float64Array>;
  /** A book under scenarios: GRID_COLUMNS of each, `weights` times each option, summed over the book. */
  grid(input: SharedFloats, weights: SharedFloats, scenarios: Scenarios): Promise<Float64Array>;
  /** Takes the bytes of the question. @throws Problem where the request as a whole cannot be read */
  answer(question: Question): Promise<Reply>;
  close(): Promise<void>;
}

export type SharedFloats = Float64Array<SharedArrayBuffer>;

/** Columns for `count` options. */
export function pricingInput(count: number): SharedFloats {
  return sharedFloats(count * INPUT_COLUMNS.length);
}

export function sharedFloats(length: number): SharedFloats {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}

/** What an error is reduced to on its way between threads. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly faults: Fault[];
}

/** `onKernel` hears how many seconds the kernel itself took on a book, all threads together, the way there and back not counted. */
export function openPricingPool(onKernel: (seconds: number) => void = () => undefined): PricingPool {
  const crew = openCrew();
  // Requests that price on the spot have threads of their own: however many there are, queued books go on.
  const questions = openThreads();
  return {
    async price(input, count) {
      const { output, kernelSeconds } = await crew.europeans(input, count);
      onKernel(kernelSeconds);
      return output;
    },
    async grid(input, weights, scenarios) {
      return (await crew.grid({ input, weights, count: weights.length }, scenarios)).output;
    },
    async answer(question) {
      const { buffer, byteLength } = question.body;
      // A large body has its memory for itself, which changes hands; a small one shares it with others and is copied.
      const transferList = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
      const reply = (await questions.run(question, { transferList })) as Reply | Refusal;
      if ('code' in reply) throw new Problem(reply.code, reply.detail, { faults: reply.faults });
      return reply;
    },
    async close() {
      await Promise.all([crew.close(), questions.close()]);
    },
  };
}

function openThreads(): Piscina {
  const source = import.meta.url.endsWith('.ts');
  return new Piscina({
    filename: fileURLToPath(new URL(`./worker.${source ? 'ts' : 'js'}`, import.meta.url)),
    name: 'reply', // what a thread looks for as it starts; there is no default export
    minThreads: 1,
    maxThreads: availableParallelism(),
    idleTimeout: 60_000,
    ...(source ? { execArgv: ['--import', 'tsx'] } : {}),
  });
}
