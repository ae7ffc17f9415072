import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { startWire, type VenueWire, type WireAnswer, type WireRequest } from './wire.ts';

// Deribit's public market data, by REST and by websocket, as docs.deribit.com describes it and as ../shared/data/deribit/raw_api has it
// recorded: a chain of one currency whose prices move when the test says so.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const VOL = 55;

interface Instrument {
  name: string;
  kind: 'option' | 'future';
  createdMs: number;
  expiryMs: number;
  strike: number;
}

interface Session {
  socket: WebSocket;
  channels: Set<string>;
  heartbeat: NodeJS.Timeout | undefined;
  /** test_request was sent, and no answer has come yet. */
  isAsked: boolean;
}

export interface DeribitMarket {
  rest: VenueWire;
  restUrl: string;
  socketUrl: string;
  /** Method of every call that came by websocket, in order. */
  calls: string[];
  /** All prices move with the index, and whoever follows them is told. */
  move(index: number): void;
  /** Names of what is listed now. */
  names(): string[];
  /** The instruments for which there are no prices from here on, though they are listed. */
  withhold(names: string[]): void;
  /** Lists a call that was not there. */
  list(strike: number): string;
  /** Takes an instrument off the list. */
  delist(name: string): void;
  sessions(): number;
  /** Ends every websocket without a word. */
  drop(): void;
  /** Sends a text to every websocket. */
  say(text: string): void;
  /** Accepts and keeps connections, and says nothing more on them: no answers, no heartbeats, no prices. */
  mute(isMute: boolean): void;
  /** Channels with this in them are not subscribed to. */
  refuse(part: string | undefined): void;
  /** How many test_requests were answered, and how many not within a heartbeat: such a connection is ended. */
  tested: { answered: number; missed: number };
  close(): Promise<void>;
}

/** `heartbeatMs`: of a heartbeat of 10 s, so that a test need not wait for so long. */
export async function startDeribitMarket({ index = 80_000, heartbeatMs = 100 } = {}): Promise<DeribitMarket> {
  const instruments = firstInstruments();
  const withheld = new Set<string>();
  const sessions = new Set<Session>();
  const calls: string[] = [];
  const tested = { answered: 0, missed: 0 };
  let refused: string | undefined;
  let isMute = false;
  let price = index;
  let atMs = Date.now();

  const tick = ({ name, kind, expiryMs, strike }: Instrument): object => {
    const forward = price * (1 + (0.05 * (expiryMs - atMs)) / (365 * DAY_MS));
    const common = { timestamp: atMs, instrument_name: name, state: 'open', index_price: price, open_interest: 12.5 };
    if (kind === 'future') {
      const mark = name.endsWith('-PERPETUAL') ? price : forward;
      const sizes = { best_bid_amount: 50_000, best_ask_amount: 40_000, funding_8h: 1e-5, current_funding: 0 };
      return { ...common, ...sizes, mark_price: mark, best_bid_price: mark - 2.5, best_ask_price: mark + 2.5 };
    }
    const mark = Math.max(name.endsWith('-C') ? 1 - strike / forward : strike / forward - 1, 0) + 0.01;
    return {
      ...common,
      ...{ mark_price: mark, best_bid_price: 0, best_ask_price: 0, mark_iv: VOL, bid_iv: 0, ask_iv: 0 },
      ...{
        underlying_price: forward,
        underlying_index: `SYN.${name.split('-').slice(0, 2).join('-')}`,
        interest_rate: 0,
      },
    };
  };

  const summary = (instrument: Instrument): object => {
    const {
      timestamp,
      best_bid_price: bid,
      best_ask_price: ask,
      index_price,
      ...row
    } = tick(instrument) as Record<string, unknown>;
    const prices = { bid_price: bid || null, ask_price: ask || null, estimated_delivery_price: index_price };
    return { ...row, ...prices, creation_timestamp: timestamp, base_currency: 'BTC', volume: 0 };
  };

  const listed = (kind: string | null) => instruments.filter((each) => each.kind === kind);
  const priced = (kind: string | null) => listed(kind).filter(({ name }) => !withheld.has(name));
  const listing = (kind: string | null) =>
    listed(kind).map(({ name, createdMs, expiryMs, strike, kind: own }) => ({
      ...{ instrument_name: name, kind: own, base_currency: 'BTC', is_active: true, state: 'open' },
      ...{ creation_timestamp: createdMs, expiration_timestamp: expiryMs, ...(own === 'option' && { strike }) },
    }));

  const rest = await startWire(({ path, query }: WireRequest): WireAnswer => {
    const [currency, kind, method] = [query.get('currency'), query.get('kind'), path.split('/').at(-1)];
    if (currency !== null && currency !== 'BTC') return failure(-32602, 'Invalid params');
    if (method === 'get_instruments') return success(listing(kind));
    if (method === 'get_book_summary_by_currency') return success(priced(kind).map(summary));
    const found = instruments.find(({ name }) => name === query.get('instrument_name'));
    return method === 'ticker' && found ? success(tick(found)) : failure(-32602, 'instrument_not_found');
  });

  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((ready) => server.once('listening', ready));
  const send = ({ socket }: Session, message: object) =>
    isMute ? undefined : socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));

  const push = (session: Session, only?: ReadonlySet<string>) => {
    for (const instrument of instruments) {
      const channel = [...session.channels].find((each) => each.startsWith(`ticker.${instrument.name}.`));
      if (!channel || withheld.has(instrument.name) || (only && !only.has(channel))) continue;
      send(session, { method: 'subscription', params: { channel, data: tick(instrument) } });
    }
  };

  const beat = (session: Session) => {
    if (isMute) return;
    if (session.isAsked) {
      tested.missed += 1;
      return session.socket.terminate();
    }
    session.isAsked = true;
    send(session, { method: 'heartbeat', params: { type: 'heartbeat' } });
    send(session, { method: 'heartbeat', params: { type: 'test_request' } });
  };

  const answer = (session: Session, method: string, params: Record<string, unknown>): object => {
    if (method === 'public/set_heartbeat') {
      if (Number(params['interval']) < 10) return { error: { code: -32602, message: 'Invalid params' } };
      session.heartbeat = setInterval(() => beat(session), heartbeatMs);
      return { result: 'ok' };
    }
    if (method === 'public/test') {
      if (session.isAsked) tested.answered += 1;
      session.isAsked = false;
      return { result: { version: '1.2.26' } };
    }
    if (method === 'public/get_instruments')
      return params['currency'] === 'BTC'
        ? { result: listing(String(params['kind'])) }
        : { error: { code: -32602, message: 'Invalid params', data: { reason: 'wrong currency' } } };
    const channels = (params['channels'] as string[]).filter(
      (name) => refused === undefined || !name.includes(refused),
    );
    if (method === 'public/unsubscribe') channels.forEach((name) => session.channels.delete(name));
    if (method === 'public/subscribe') channels.forEach((name) => session.channels.add(name));
    return { result: channels };
  };

  server.on('connection', (socket) => {
    const session: Session = { socket, channels: new Set(), heartbeat: undefined, isAsked: false };
    sessions.add(session);
    socket.on('message', (text) => {
      const { id, method, params } = JSON.parse(String(text)) as { id: number; method: string; params: never };
      calls.push(method);
      send(session, { id, ...answer(session, method, params), usIn: 1, usOut: 2, usDiff: 1, testnet: false });
      // The first notification of a channel comes at once.
      if (method === 'public/subscribe') push(session, new Set((params as { channels: string[] }).channels));
    });
    socket.on('close', () => {
      clearInterval(session.heartbeat);
      sessions.delete(session);
    });
  });

  const told = (name: string, state: string) => {
    for (const session of sessions)
      if (session.channels.has('instrument.state.option.BTC')) {
        const data = { timestamp: Date.now(), state, instrument_name: name };
        send(session, { method: 'subscription', params: { channel: 'instrument.state.option.BTC', data } });
      }
  };

  return {
    rest,
    restUrl: `${rest.url}/api/v2`,
    socketUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/api/v2`,
    calls,
    tested,
    move(to) {
      price = to;
      atMs = Math.max(Date.now(), atMs + 1);
      for (const session of sessions) push(session);
    },
    names: () => instruments.map(({ name }) => name),
    withhold(names) {
      withheld.clear();
      names.forEach((name) => withheld.add(name));
    },
    list(strike) {
      const model = instruments.find(({ kind }) => kind === 'option')!;
      const name = `${model.name.split('-').slice(0, 2).join('-')}-${strike}-C`;
      instruments.push({ ...model, name, strike, createdMs: Date.now() });
      told(name, 'started');
      return name;
    },
    delist(name) {
      instruments.splice(
        instruments.findIndex((each) => each.name === name),
        1,
      );
      told(name, 'terminated');
    },
    sessions: () => sessions.size,
    drop: () => sessions.forEach(({ socket }) => socket.terminate()),
    say: (text) => sessions.forEach(({ socket }) => socket.send(text)),
    mute: (mute) => void (isMute = mute),
    refuse: (part) => void (refused = part),
    async close() {
      sessions.forEach(({ socket }) => socket.terminate());
      await new Promise((closed) => server.close(closed));
      await rest.close();
    },
  };
}

/** Two expiries, of which one has a future, five strikes each, and the perpetual. */
function firstInstruments(): Instrument[] {
  const createdMs = Date.now() - 30 * DAY_MS;
  const expiries = [20, 50].map((days) => Math.floor(Date.now() / DAY_MS + days) * DAY_MS + 8 * HOUR_MS);
  const future = (name: string, expiryMs: number): Instrument => ({
    ...{ name, kind: 'future', createdMs, expiryMs, strike: 0 },
  });
  const options = expiries.flatMap((expiryMs) =>
    [60_000, 70_000, 80_000, 90_000, 100_000].flatMap((strike) =>
      ['C', 'P'].map((type): Instrument => {
        const name = `BTC-${dateOf(expiryMs)}-${strike}-${type}`;
        return { name, kind: 'option', createdMs, expiryMs, strike };
      }),
    ),
  );
  const forever = Date.UTC(3000, 0, 1, 8);
  return [...options, future(`BTC-${dateOf(expiries[1]!)}`, expiries[1]!), future('BTC-PERPETUAL', forever)];
}

/** As Deribit names expiries: `5JUN26`. */
function dateOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()}${MONTHS[date.getUTCMonth()]}${String(date.getUTCFullYear()).slice(2)}`;
}

function success(result: unknown): WireAnswer {
  return { status: 200, body: { jsonrpc: '2.0', result, usIn: 1, usOut: 2, usDiff: 1, testnet: false } };
}

function failure(code: number, message: string): WireAnswer {
  return {
    status: 400,
    body: { jsonrpc: '2.0', error: { code, message }, usIn: 1, usOut: 2, usDiff: 1, testnet: false },
  };
}
