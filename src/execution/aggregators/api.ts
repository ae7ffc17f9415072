import type { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { AggregatorConfig } from '../venuesModel.ts';
import { QuoteFailure, type QuoteFailureCode } from './port.ts';

// The HTTP side of an aggregator. Nothing is retried here; no detail holds a key or an address of the service, which may hold one.

export interface ApiDeps {
  clock: Clock;
}

export interface ApiCall {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Record<string, string | number | bigint | boolean>;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Refusal {
  code: QuoteFailureCode;
  /** In the aggregator's words. */
  detail: string;
  /** Its own code of it, where callers have to tell. */
  word?: string;
}

/** What the body of a refusal says, undefined where the status has to tell. */
export type RefusalOf = (status: number, body: unknown) => Refusal | undefined;

export interface Api {
  /** @throws QuoteFailure */
  ask<S extends z.ZodType>(call: ApiCall, shape: S, signal: AbortSignal): Promise<z.output<S>>;
}

/** A refusal, or a failure, that was answered. */
export class ApiRefusal extends QuoteFailure {
  readonly status: number;
  readonly word: string | undefined;

  constructor({ code, detail, word }: Refusal, status: number) {
    super(code, detail);
    this.status = status;
    this.word = word;
  }
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DETAIL = 300;
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export function openApi(
  { url, apiKey }: Pick<AggregatorConfig, 'url' | 'apiKey'>,
  { clock }: ApiDeps,
  refusalOf: RefusalOf,
): Api {
  const base = url.replace(/\/+$/, '');
  let pausedUntil = 0;

  /** Services repeat what they were sent. */
  const redact = (text: string) => (apiKey ? text.replaceAll(apiKey, '…') : text);

  const sent = async ({ method = 'GET', path, query = {}, body, headers }: ApiCall, signal: AbortSignal) => {
    const texts = Object.entries(query).map(([name, value]) => [name, String(value)]);
    const search = new URLSearchParams(Object.fromEntries(texts) as Record<string, string>).toString();
    try {
      const response = await fetch(`${base}${path}${search && `?${search}`}`, {
        ...{ method, signal, redirect: 'error' },
        headers: { accept: 'application/json', ...(body !== undefined && JSON_BODY), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, text: await textOf(response) };
    } catch (error) {
      if (error instanceof QuoteFailure) throw error;
      if (signal.aborted) throw new QuoteFailure('timeout', 'no answer before the deadline');
      throw new QuoteFailure('unavailable', 'the connection failed');
    }
  };

  return {
    async ask(call, shape, signal) {
      const left = pausedUntil - clock.now().getTime();
      if (left > 0) throw new QuoteFailure('rate_limited', `left alone for another ${left} ms, as it asked for`);
      const { status, headers, text } = await sent(call, signal);
      const body = text === '' ? null : parsed(redact(text));
      if (status === 429) pausedUntil = clock.now().getTime() + pauseOf(headers);
      if (status < 200 || status > 299) {
        throw new ApiRefusal(cut((status !== 429 && refusalOf(status, body)) || byStatus(status)), status);
      }
      if (body === undefined) throw new QuoteFailure('malformed', 'the answer is no JSON');
      const said = refusalOf(status, body);
      if (said) throw new ApiRefusal(cut(said), status);
      const read = shape.safeParse(body);
      if (read.success) return read.data;
      const at = read.error.issues[0]?.path.map(String).join('.') ?? '';
      throw new QuoteFailure('malformed', `the answer cannot be read${at && ` at ${at}`}`);
    },
  };
}

function cut(refusal: Refusal): Refusal {
  const { detail } = refusal;
  return { ...refusal, detail: detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail };
}

const JSON_BODY = { 'content-type': 'application/json' };

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) throw new QuoteFailure('malformed', `the answer is longer than ${MAX_BYTES} bytes`);
  }
  return text + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 9110 §10.2.3, in seconds; dates are not used by these services. */
function pauseOf(headers: Headers): number {
  const seconds = Number(headers.get('retry-after'));
  return seconds > 0 ? Math.min(seconds * 1_000, LONGEST_PAUSE_MS) : PAUSE_MS;
}

function byStatus(status: number): Refusal {
  const detail = `answered with status ${status}`;
  if (status === 401 || status === 403) return { code: 'unauthorised', detail };
  if (status === 429) return { code: 'rate_limited', detail };
  return { code: status >= 500 || status < 400 ? 'unavailable' : 'bad_request', detail };
}
