import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, request as httpRequest } from 'undici';
import type { Clock } from '../platform/clock.ts';
import { isPublicAddress, urlFault } from './guard.ts';
import { SendFailure, type WebhookAnswer, type WebhookRequest, type WebhookSender } from './ports.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** So much of an answer is read; then the connection is cut. */
const READ_BYTES = 20_000;
const KEEP_CHARACTERS = 2_000;

export interface SenderOptions {
  clock: Clock;
  /** Also call http, any port and addresses of private networks: for receivers on one's own machine. */
  allowPrivate: boolean;
  /** How names become addresses; the system's way unless told otherwise. */
  lookup?: LookupFunction;
}

/** Sends over the network, to public addresses only. An agent of its own takes no proxy from the environment. */
export function createSender({
  clock,
  allowPrivate,
  lookup = systemLookup as LookupFunction,
}: SenderOptions): WebhookSender {
  const agent = new Agent({
    // No connection outlives its request: a new one has its address checked, and never turns out to be a stale one.
    pipelining: 0,
    connect: { lookup: allowPrivate ? lookup : publicLookup(lookup), timeout: CONNECT_TIMEOUT_MS },
  });
  return {
    async send(request) {
      // undici never calls `lookup` for a host that is an address already.
      const fault = urlFault(request.url, allowPrivate);
      if (fault) throw new SendFailure('address_not_allowed', `The URL ${fault}`);
      return withDeadline(clock, request.timeoutMs, (deadline) => exchange(agent, clock, request, deadline));
    },
  };
}

async function withDeadline<T>(clock: Clock, ms: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(ms, done.signal).then(() => !done.signal.aborted && late.abort());
  try {
    return await work(late.signal);
  } finally {
    done.abort();
  }
}

async function exchange(
  agent: Agent,
  clock: Clock,
  request: WebhookRequest,
  deadline: AbortSignal,
): Promise<WebhookAnswer> {
  const { url, headers, body } = request;
  try {
    const answer = await httpRequest(url, { dispatcher: agent, method: 'POST', headers, body, signal: deadline });
    const retryAfter = retryAfterSeconds(answer.headers['retry-after'], clock.now());
    return {
      status: answer.statusCode,
      ...(retryAfter === undefined ? {} : { retryAfter }),
      body: await readStart(answer.body),
    };
  } catch (error) {
    throw failureOf(error, deadline.aborted);
  }
}

/** The status is the answer: a body that is slow, endless or breaks off takes nothing from it. */
async function readStart(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  body.on('error', () => undefined);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= READ_BYTES) break;
    }
  } catch {
    // keep what came
  }
  return startOf(Buffer.concat(chunks).subarray(0, READ_BYTES).toString('utf8'));
}

/** As much of an answer as is kept. PostgreSQL stores no U+0000. */
export function startOf(text: string): string {
  return text.replaceAll('\0', '').slice(0, KEEP_CHARACTERS);
}

/** Retry-After (RFC 9110 §10.2.3): seconds, or an HTTP date. Undefined for what is neither. */
export function retryAfterSeconds(header: string | string[] | undefined, now: Date): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  // An HTTP date starts with the name of a day; Date.parse alone would take "1.5" for a date.
  if (!/^[A-Z][a-z]{2,8},? /.test(header)) return undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

function failureOf(error: unknown, late: boolean): SendFailure {
  if (error instanceof SendFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (late || code === 'UND_ERR_CONNECT_TIMEOUT') return new SendFailure('timeout', 'No answer in time', error);
  return new SendFailure('connection_failed', `The connection failed (${code})`, error);
}

/** Looks a name up and refuses it when any of its addresses is not public: which one is dialled is not ours to say. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = typeof found === 'string' ? [] : found;
      if (error) return callback(error, []);
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new SendFailure('address_not_allowed', 'The host name does not lead to a public address'), []);
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
