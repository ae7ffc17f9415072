import { z } from 'zod';
import type { Judgement, Verdict } from './fault.ts';

// What Binance's errors prove.

const ErrorShape = z.object({ code: z.int().negative(), msg: z.string().default('') });

/** Codes of developers.binance.com, "Error Codes". One that is in none of these proves nothing, and -1006 and -1007 say so. */
const UNAUTHENTICATED = [-1002, -1022, -1099, -2008, -2014, -2015, -2017];
/** -1008 is the venue's own shedding of load and -5028 the engine's refusal of a late order: neither reached the book. */
const BUSY = [-1003, -1008, -1015, -5028];
const REFUSED = [-1005, -1011, -1013, -1014, -1016, -1020, -1023, -2010, -2016];
/** Parameters; margin and position; filters; the manner of execution. All are judged before the book. */
const REFUSED_FROM_TO = [
  [-1199, -1100],
  [-2028, -2018],
  [-4999, -4000],
  [-5099, -5000],
] as const;
const BUSY_PAUSE_MS = 1_000;

export function judgeBinance(_status: number, body: unknown): Judgement | undefined {
  const { success, data } = ErrorShape.safeParse(body);
  if (!success) return undefined;
  const { code, msg } = data;
  const verdict = verdictOf(code);
  // -1003 is of the address (request weight), -1015 of the account (orders).
  const pause = verdict === 'busy' && code !== -5028 ? { pauseMs: BUSY_PAUSE_MS, ofAddress: code === -1003 } : {};
  return { verdict, detail: `${msg} [${code}]`, ...pause };
}

function verdictOf(code: number): Verdict {
  if (code === -4116) return 'duplicate';
  if (code === -2013) return 'unknown_order';
  if (code === -2011) return 'ended';
  if (code === -1021) return 'clock';
  if (UNAUTHENTICATED.includes(code)) return 'unauthenticated';
  if (BUSY.includes(code)) return 'busy';
  const refused = REFUSED.includes(code) || REFUSED_FROM_TO.some(([from, to]) => from <= code && code <= to);
  return refused ? 'refused' : 'unclear';
}
