import { createHash } from 'node:crypto';
import type { Rehearsal } from './rehearsalModel.ts';

/** What a rehearsal does to an order. */
export interface Mishaps {
  latencyMs: number;
  isRejected: boolean;
  /** What becomes of its first submission, whose answer is lost either way; undefined without an outage. */
  outage: { reaches: boolean; ms: number } | undefined;
}

/** Follows from the seed and the client order id alone. Pure. */
export function mishapsOf(rehearsal: Rehearsal, clientOrderId: string): Mishaps {
  const { latencyMs, rejectRate, outageRate, outageMs, seed } = rehearsal;
  const digest = createHash('sha256').update(`${seed}:${clientOrderId}`).digest();
  const draw = (place: number): number => digest.readUInt32BE(place * 4) / 2 ** 32;
  return {
    latencyMs,
    isRejected: draw(0) < rejectRate,
    outage: draw(1) < outageRate ? { reaches: draw(2) < 0.5, ms: outageMs } : undefined,
  };
}
