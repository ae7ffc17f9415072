import { z } from 'zod';
import type { Judgement, Verdict } from './fault.ts';

// What Deribit's errors prove.

const ErrorShape = z.object({
  error: z.object({ code: z.int(), message: z.string().default(''), data: z.unknown().optional() }),
});

/** Codes of docs.deribit.com, "RPC error codes". One that is in none of these lists proves nothing. */
const UNAUTHENTICATED = [10000, 13004, 13009];
/** 13888 is the answer to a request that came after its `valid_until`. */
const BUSY = [10028, 10040, 10041, 10047, 10066, 11051, 13888];
const ENDED = [10010, 11008, 11044];
const REFUSED = [
  ...[
    9999, 10002, 10003, 10005, 10006, 10007, 10008, 10009, 10011, 10012, 10013, 10014, 10015, 10016, 10017, 10018,
    10019,
  ],
  ...[10020, 10021, 10022, 10023, 10024, 10025, 10026, 10027, 10029, 10031, 10032, 10033, 10036, 10043],
  ...[
    11029, 11030, 11037, 11042, 11043, 11047, 11048, 11049, 11050, 11054, 13002, 13010, 13011, 13012, 13016, 13019,
    13020, 13021, 13025,
  ],
  ...[-32600, -32601, -32602, -32700],
];
const BUSY_PAUSE_MS = 1_000;

export function judgeDeribit(status: number, body: unknown): Judgement | undefined {
  const { success, data } = ErrorShape.safeParse(body);
  if (!success) return undefined;
  const { code, message, data: more } = data.error;
  const reason = z.object({ reason: z.string() }).safeParse(more).data?.reason;
  const detail = `${message}${reason === undefined ? '' : ` (${reason})`} [${code}]`;
  const verdict = status >= 500 ? 'unclear' : verdictOf(code, detail);
  return { verdict, detail, ...(verdict === 'busy' && { pauseMs: BUSY_PAUSE_MS }) };
}

function verdictOf(code: number, detail: string): Verdict {
  if (UNAUTHENTICATED.includes(code)) return /timestamp|nonce/i.test(detail) ? 'clock' : 'unauthenticated';
  if (BUSY.includes(code)) return 'busy';
  if (code === 10004) return 'unknown_order';
  if (ENDED.includes(code)) return 'ended';
  return REFUSED.includes(code) ? 'refused' : 'unclear';
}
