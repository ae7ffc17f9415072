import { z } from 'zod';
import type { Judgement, Verdict } from './fault.ts';

// What OKX's errors prove.

const ErrorShape = z.object({
  code: z.string().regex(/^\d+$/),
  msg: z.string().default(''),
  data: z.array(z.object({ sCode: z.string().optional(), sMsg: z.string().optional() })).catch([]),
});

/** Codes of okx.com/docs-v5, "Error Code". One that is in none of these proves nothing, and 50004 says so. */
const CLOCK = [50102, 50112];
/** 50036 and 50037 are the answers to a request that came after its `expTime`. */
const LATE = [50036, 50037];
const BUSY = [50011, 50061];
const UNKNOWN_ORDER = [51603];
const ENDED = [51400, 51401, 51402, 51405, 51410];
const REFUSED = [50000, 50002, 50006, 50007, 50008, 50009, 50012, 50027, 50028, 50062, 50115];
/** Parameters; frozen accounts; the checks of an order; what is closed to an account or a contract. All are judged before the book. */
const REFUSED_FROM_TO = [
  [50014, 50025],
  [51000, 51148],
  [51150, 51399],
  [54000, 54099],
] as const;
const UNAUTHENTICATED_FROM_TO = [50100, 50114] as const;
const BUSY_PAUSE_MS = 1_000;

/** What is wrong with an order is told inside, under a code of '1' that says only that something is. */
export function judgeOkx(_status: number, body: unknown): Judgement | undefined {
  const { success, data: answer } = ErrorShape.safeParse(body);
  if (!success || answer.code === '0') return undefined;
  const inside = answer.data.find(({ sCode }) => sCode !== undefined && sCode !== '0');
  const code = Number(inside?.sCode ?? answer.code);
  const verdict = verdictOf(code);
  return {
    verdict,
    detail: `${(inside?.sMsg || answer.msg).trim()} [${code}]`,
    ...(BUSY.includes(code) && { pauseMs: BUSY_PAUSE_MS }),
  };
}

function verdictOf(code: number): Verdict {
  const within = ([from, to]: readonly [number, number]) => from <= code && code <= to;
  if (code === 51016) return 'duplicate';
  if (UNKNOWN_ORDER.includes(code)) return 'unknown_order';
  if (ENDED.includes(code)) return 'ended';
  if (CLOCK.includes(code)) return 'clock';
  if (BUSY.includes(code) || LATE.includes(code)) return 'busy';
  if (within(UNAUTHENTICATED_FROM_TO)) return 'unauthenticated';
  return REFUSED.includes(code) || REFUSED_FROM_TO.some(within) ? 'refused' : 'unclear';
}
