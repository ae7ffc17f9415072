import { Agent, request } from 'undici';
import type { Clock } from '../../platform/clock.ts';
import type { ExchangeConfig } from '../venuesModel.ts';
import type { Call, CcxtClient, CcxtName, Dialect, ExchangeApi } from './dialect.ts';
import { ExchangeFault, type Judgement } from './fault.ts';

// ccxt signs requests and knows the venues' paths; that is all that is asked of it. Its unified orders lose Deribit's labels,
// misstate partial fills and round silently; its errors are a NetworkError for what was refused as for what was placed, and have
// signed addresses in them. So answers are judged here, by their own codes, and nothing that ccxt throws gets out.

export interface Credentials {
  apiKey: string;
  apiSecret: string;
  passphrase?: string;
}

export interface Wire {
  /** A client of its own. `dropped` is called when the venue refuses its keys. */
  connect(credentials: Credentials, dropped: () => void): Promise<ExchangeApi>;
  /** The client of what is public. */
  anonymous(): Promise<ExchangeApi>;
  /** Now by the venue's clock, in ms, as far as it was last compared. */
  now(): number;
  close(): Promise<void>;
}

const MAX_BYTES = 32 * 1024 * 1024;
/** A pause that is shorter is waited out; a longer one is the caller's to wait for. */
const WAIT_MS = 2_000;
const CLOCK_GOOD_FOR_MS = 10 * 60_000;
/** These come before the first byte is sent. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

export function createWire(dialect: Dialect, config: ExchangeConfig, clock: Clock): Wire {
  const { timeoutMs } = config;
  const agent = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: MAX_BYTES });
  let skewMs = 0;
  let comparedAt = -Infinity;
  let comparing: Promise<void> | undefined;
  const addressPause = { until: 0 };
  const localNow = () => clock.now().getTime();

  const compare = async (): Promise<void> => {
    const api = await anonymous();
    const before = localNow();
    const theirs = await dialect.time(api);
    skewMs = theirs - (before + localNow()) / 2;
    comparedAt = clock.monotonic();
  };
  let publicApi: Promise<ExchangeApi> | undefined;
  const anonymous = () => (publicApi ??= open());
  /** One comparison at a time, whoever asks. */
  const compareClocks = (): Promise<void> => (comparing ??= compare().finally(() => (comparing = undefined)));

  const open = async (credentials?: Credentials, dropped?: () => void): Promise<ExchangeApi> => {
    const client = await createClient(dialect, config, agent, credentials);
    client.milliseconds = () => Math.round(localNow() + skewMs);
    const pause = { until: 0 };
    const secrets = Object.values(credentials ?? {});

    const attempt = async ({ api, method, path, params = {}, once = false }: Call): Promise<unknown> => {
      const where = `${dialect.venue} ${method} ${path}`;
      await waitOut(Math.max(pause.until, addressPause.until), clock, where, once ? 0 : WAIT_MS);
      if (credentials && !once && clock.monotonic() - comparedAt > CLOCK_GOOD_FOR_MS) await compareClocks();
      try {
        return await client.request(path, api, method, { ...params }); // ccxt writes into what it is given
      } catch (error) {
        const { verdict, detail, pauseMs, ofAddress } = judgementOf(error);
        if (pauseMs !== undefined) (ofAddress ? addressPause : pause).until = localNow() + pauseMs;
        if (verdict === 'unauthenticated') dropped?.();
        if (verdict === 'clock') comparedAt = -Infinity;
        throw new ExchangeFault(verdict, redact(detail, secrets), where);
      }
    };

    return {
      async call(call, shape) {
        const answer = await attempt(call).catch((error: unknown) => {
          if (call.once || !(error instanceof ExchangeFault) || error.verdict !== 'clock') throw error;
          return attempt(call); // by the right time
        });
        const read = shape.safeParse(answer);
        if (read.success) return read.data;
        const at = read.error.issues[0]?.path.map(String).join('.') ?? '';
        const detail = `the answer cannot be read${at ? ` at ${at}` : ''}`;
        throw new ExchangeFault('unclear', detail, `${dialect.venue} ${call.method} ${call.path}`);
      },
    };
  };

  return { connect: open, anonymous, now: () => localNow() + skewMs, close: () => agent.close() };
}

async function waitOut(until: number, clock: Clock, where: string, longestMs: number): Promise<void> {
  const left = until - clock.now().getTime();
  if (left <= 0) return;
  if (left > longestMs) throw new ExchangeFault('busy', `paused for another ${left} ms, as the venue asked for`, where);
  await clock.sleep(left);
}

/** ccxt is 68 MB and takes a third of a second to load: only services that trade on an exchange pay for it. */
async function createClient(
  dialect: Dialect,
  { url, timeoutMs }: ExchangeConfig,
  agent: Agent,
  credentials: Credentials | undefined,
): Promise<CcxtClient> {
  const { default: ccxt } = await import('ccxt');
  const Client = (ccxt as unknown as Record<CcxtName, new (options: object) => CcxtClient>)[dialect.ccxt];
  const client = new Client({
    ...(credentials && {
      apiKey: credentials.apiKey,
      secret: credentials.apiSecret,
      password: credentials.passphrase,
    }),
    enableRateLimit: false,
    timeout: timeoutMs,
    options: { maxRetriesOnFailure: 0 },
  });
  client.userAgent = 'ballast';
  client.fetchImplementation = transport(agent, timeoutMs);
  client.handleErrors = (status, _reason, _url, _method, headers, _body, answer) => {
    const judgement = dialect.judge(status, answer) ?? unstructured(status);
    if (judgement) throw new Judged(withRetryAfter(judgement, headers));
    return true; // ccxt has nothing left to judge
  };
  dialect.prepare(client, url);
  return client;
}

/** Carries a judgement through ccxt. */
class Judged extends Error {
  readonly judgement: Judgement;
  constructor(judgement: Judgement) {
    super(judgement.verdict);
    this.judgement = judgement;
  }
}

function judgementOf(error: unknown): Judgement {
  if (error instanceof Judged) return error.judgement;
  return { verdict: 'unclear', detail: `failed with ${error instanceof Error ? error.name : 'an error'}` };
}

/** What has no code of the venue came from something in between, which does not know whether the venue has acted. */
function unstructured(status: number): Judgement | undefined {
  if (status < 300) return undefined;
  const pause = status === 429 || status === 418 ? { pauseMs: 1_000, ofAddress: true } : {};
  return { verdict: 'unclear', detail: `answered with status ${status}`, ...pause };
}

function withRetryAfter(judgement: Judgement, headers: object): Judgement {
  const seconds = Number(new Map(Object.entries(headers)).get('Retry-After'));
  if (!(seconds > 0) || judgement.pauseMs === undefined) return judgement;
  return { ...judgement, pauseMs: Math.min(seconds, 3 * 86_400) * 1_000 };
}

/** The timeout is of the whole exchange: ccxt's own ends with the headers, and a body that never ends would hang for ever. */
function transport(agent: Agent, timeoutMs: number) {
  return async (
    url: string,
    { method, headers, body }: { method: 'GET'; headers: Record<string, string>; body?: string },
  ) => {
    try {
      const answer = await request(url, {
        ...{ dispatcher: agent, method, headers, body: body ?? null },
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, statusText: '', headers: answer.headers, text: () => Promise.resolve(text) };
    } catch (error) {
      throw new Judged(lost(error, timeoutMs));
    }
  };
}

function lost(error: unknown, timeoutMs: number): Judgement {
  const { name, code } = error as { name?: string; code?: unknown };
  if (typeof code === 'string' && NEVER_SENT.includes(code))
    return { verdict: 'busy', detail: `cannot be reached (${code})` };
  if (name === 'TimeoutError') return { verdict: 'unclear', detail: `no answer within ${timeoutMs} ms` };
  return { verdict: 'unclear', detail: `the connection failed${typeof code === 'string' ? ` (${code})` : ''}` };
}

const MAX_DETAIL = 300;

/** Venues repeat parameters in their errors. */
function redact(detail: string, secrets: readonly (string | undefined)[]): string {
  const clean = secrets.reduce<string>((text, secret) => (secret ? text.replaceAll(secret, '…') : text), detail);
  return clean.length > MAX_DETAIL ? `${clean.slice(0, MAX_DETAIL)}…` : clean;
}
