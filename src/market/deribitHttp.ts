import { Agent, request } from 'undici';
import { RateLimitError, VenueError, type DeribitPublicApi } from './ports.ts';

export interface DeribitHttpOptions {
  baseUrl?: string;
  timeoutMs?: number;
  maxBytes?: number;
}

const BASE_URL = 'https://www.deribit.com/api/v2';
const TIMEOUT_MS = 15_000;
/** All BTC options are about 1 MB. */
const MAX_BYTES = 32 * 1024 * 1024;
/** JSON-RPC error of an instrument that does not exist. */
const NO_INSTRUMENT = /instrument|not_found/;
/** JSON-RPC error of a client that asks too often (docs.deribit.com/articles/rate-limits). */
export const TOO_MANY_REQUESTS = 10028;

/** Deribit over HTTPS. */
export function deribitHttp(options: DeribitHttpOptions = {}): DeribitPublicApi & { close(): Promise<void> } {
  const { baseUrl = BASE_URL, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  const agent = new Agent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
  });
  const call = async (method: string, query: Record<string, string>): Promise<unknown> => {
    const url = `${baseUrl}/public/${method}?${new URLSearchParams(query)}`;
    const { status, text } = await fetchText(agent, url, timeoutMs).catch((cause: Error) => {
      throw new VenueError(`Deribit did not answer public/${method}: ${cause.message}`, { cause });
    });
    if (status === 429) throw new RateLimitError(`Deribit limits how often public/${method} is asked`);
    const answer = parse(text, status, method);
    if (errorOf(answer)?.includes(`"code":${TOO_MANY_REQUESTS}`))
      throw new RateLimitError(`Deribit limits how often public/${method} is asked`);
    return answer;
  };
  return {
    instruments: (currency, kind) => call('get_instruments', { currency, kind, expired: 'false' }),
    bookSummary: (currency, kind) => call('get_book_summary_by_currency', { currency, kind }),
    async ticker(instrument) {
      const answer = await call('ticker', { instrument_name: instrument });
      const message = errorOf(answer);
      return message !== undefined && NO_INSTRUMENT.test(message) ? undefined : answer;
    },
    close: () => agent.close(),
  };
}

async function fetchText(agent: Agent, url: string, timeoutMs: number): Promise<{ status: number; text: string }> {
  // The agent's own timeouts are of silence; the signal ends an answer that drips.
  const signal = AbortSignal.timeout(2 * timeoutMs);
  const { statusCode, body } = await request(url, {
    dispatcher: agent,
    signal,
    headers: { accept: 'application/json' },
  });
  return { status: statusCode, text: await body.text() };
}

/** Deribit answers its own errors with 400 and a JSON-RPC body; anything that is not JSON came from something in between. */
function parse(text: string, status: number, method: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VenueError(`Deribit answered public/${method} with status ${status} and no JSON`, { cause });
  }
}

function errorOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
  return JSON.stringify(answer.error);
}
