import { Agent, WebSocket } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { TOO_MANY_REQUESTS } from '../deribitHttp.ts';
import { RateLimitError, VenueError } from '../ports.ts';

// JSON-RPC 2.0 over Deribit's websocket (docs.deribit.com/articles/notifications, /api-reference/session-management).

export interface DeribitSocket {
  /** The result of a call. @throws VenueError an error of Deribit's, no answer in time, or the connection is over */
  call(method: string, params: object): Promise<unknown>;
  /** Resolves with the reason, once the connection is over. */
  over: Promise<VenueError>;
  /** Ends it, for a reason. */
  end(reason: string): void;
}

export interface SocketOptions {
  url?: string;
  timeoutMs?: number;
  heartbeatSeconds?: number;
}

export interface Notification {
  channel: string;
  data: unknown;
}

const URL = 'wss://www.deribit.com/ws/api/v2';
const TIMEOUT_MS = 15_000;
/** The least that Deribit takes. */
const HEARTBEAT_SECONDS = 10;
/** So many heartbeats may be missed before the connection is taken for dead. */
const MISSED = 2.5;
/** A list of all instruments of a currency is about a megabyte. */
const MAX_BYTES = 32 * 1024 * 1024;

const MessageSchema = z.union([
  z.object({ method: z.literal('subscription'), params: z.object({ channel: z.string(), data: z.unknown() }) }),
  z.object({ method: z.literal('heartbeat'), params: z.object({ type: z.string() }) }),
  z.object({ id: z.int(), error: z.object({ code: z.number(), message: z.string() }) }),
  z.object({ id: z.int(), result: z.unknown() }),
]);

interface Waiting {
  method: string;
  answer(result: unknown): void;
  fail(error: VenueError): void;
}

/**
 * Opens a connection, with heartbeats, until `signal` aborts. Whatever is wrong with it ends it, also a notification that `onNotification` throws at: what came
 * before a gap cannot be trusted after it.
 */
export async function openDeribitSocket(
  clock: Clock,
  { url = URL, timeoutMs = TIMEOUT_MS, heartbeatSeconds = HEARTBEAT_SECONDS }: SocketOptions,
  signal: AbortSignal,
  onNotification: (notification: Notification) => void,
): Promise<DeribitSocket> {
  const agent = new Agent({ connect: { timeout: timeoutMs }, webSocket: { maxPayloadSize: MAX_BYTES } });
  const socket = new WebSocket(url, { dispatcher: agent });
  const waiting = new Map<number, Waiting>();
  const ended = new AbortController();
  let lastId = 0;
  let heardAt = clock.monotonic();
  let tell!: (reason: VenueError) => void;
  const over = new Promise<VenueError>((resolve) => (tell = resolve));

  const end = (reason: string) => {
    if (ended.signal.aborted) return;
    const error = new VenueError(reason);
    ended.abort(error);
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
    signal.removeEventListener('abort', stop);
    socket.close();
    // A peer that is gone answers no closing handshake.
    agent.destroy().catch(() => undefined);
    tell(error);
  };

  const stop = () => end('The feed was stopped');
  signal.addEventListener('abort', stop);

  const send = (method: string, params: object): number => {
    lastId += 1;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }));
    return lastId;
  };

  const notify = (notification: Notification): void => {
    try {
      onNotification(notification);
    } catch (error) {
      end((error as Error).message);
    }
  };

  const receive = (text: unknown): void => {
    const message = parseMessage(text);
    if (!message) return end('Deribit sent a message that cannot be read');
    if ('id' in message) {
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if ('error' in message) call?.fail(refusal(call.method, message.error));
      else call?.answer(message.result);
    } else if (message.method === 'subscription') notify(message.params);
    else if (message.params.type === 'test_request') send('public/test', {});
  };

  const call = (method: string, params: object): Promise<unknown> => {
    if (ended.signal.aborted) return Promise.reject(ended.signal.reason as VenueError);
    return new Promise((answer, fail) => {
      const id = send(method, params);
      const answered = new AbortController();
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T) => {
          answered.abort();
          how(value);
        };
      waiting.set(id, { method, answer: settle(answer), fail: settle(fail) });
      void clock.sleep(timeoutMs, answered.signal).then(() => {
        if (waiting.delete(id)) fail(new VenueError(`Deribit did not answer ${method}`));
      });
    });
  };

  const watch = async (): Promise<void> => {
    const silentMs = MISSED * heartbeatSeconds * 1_000;
    while (!ended.signal.aborted) {
      if (clock.monotonic() - heardAt > silentMs) end(`Deribit was silent for ${Math.round(silentMs / 1_000)} s`);
      await clock.sleep(silentMs / 5, ended.signal);
    }
  };

  socket.addEventListener('message', ({ data }) => {
    heardAt = clock.monotonic();
    if (!ended.signal.aborted) receive(data);
  });
  socket.addEventListener('error', ({ message, error }) =>
    end(`The connection to Deribit failed: ${(error as Error | undefined)?.message ?? message}`),
  );
  socket.addEventListener('close', ({ code }) => end(`Deribit closed the connection (${code})`));
  if (signal.aborted) stop();
  await opened(socket, clock, timeoutMs, ended.signal, end);
  void watch();
  await call('public/set_heartbeat', { interval: heartbeatSeconds }).catch((error: VenueError) => {
    end(error.message);
    throw error;
  });
  return { call, over, end };
}

async function opened(
  socket: WebSocket,
  clock: Clock,
  timeoutMs: number,
  ended: AbortSignal,
  end: (reason: string) => void,
): Promise<void> {
  const open = new AbortController();
  socket.addEventListener('open', () => open.abort());
  await clock.sleep(timeoutMs, AbortSignal.any([open.signal, ended]));
  if (!open.signal.aborted) end('Deribit did not open a connection in time');
  if (ended.aborted) throw ended.reason as VenueError;
}

function parseMessage(text: unknown): z.infer<typeof MessageSchema> | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return MessageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // not JSON
  }
}

function refusal(method: string, { code, message }: { code: number; message: string }): VenueError {
  if (code === TOO_MANY_REQUESTS) return new RateLimitError(`Deribit limits how often ${method} is asked`);
  return new VenueError(`Deribit refused ${method}: ${message} (${code})`);
}
