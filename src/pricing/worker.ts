import { move, transferableSymbol, valueSymbol } from 'piscina';
import { Problem } from '../platform/problem.ts';
import { answer, type Question, type Reply } from './answer.ts';
import type { Refusal } from './pool.ts';

// Entry of a worker thread: its export is the task that it can be given.

/** Answers a `Reply` whose bytes change hands instead of being copied, or a refusal. */
export function reply(question: Question): ReturnType<typeof move> | Refusal {
  try {
    const answered: Reply = answer(question);
    return move({ [transferableSymbol]: [answered.body.buffer], [valueSymbol]: answered });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { code: error.code, detail: error.message, faults: error.faults };
  }
}
