import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDeribitSocket } from '../../../../src/market/feeds/deribitSocket.ts';
import { followDeribit } from '../../../../src/market/feeds/deribitStream.ts';
import { startDeribitMarket, type DeribitMarket } from '../../../venues/deribitMarket.ts';
import { scaledClock } from './scaledClock.ts';

let venue: DeribitMarket;
const clock = scaledClock(50);
const { signal } = new AbortController();

beforeEach(async () => void (venue = await startDeribitMarket()));
afterEach(() => venue.close());

it('without heartbeats a connection is over after two and a half of them', async () => {
  const socket = await openDeribitSocket(clock, { url: venue.socketUrl }, signal, () => undefined);
  venue.mute(true);
  expect((await socket.over).message).toBe('Deribit was silent for 25 s');
  await expect(socket.call('public/test', {})).rejects.toThrow('Deribit was silent for 25 s');
});

it('heartbeats keep it, however long nothing else comes', async () => {
  const socket = await openDeribitSocket(clock, { url: venue.socketUrl }, signal, () => undefined);
  await clock.sleep(40_000);
  expect(await socket.call('public/test', {})).toEqual({ version: '1.2.26' });
  socket.end('enough');
  expect((await socket.over).message).toBe('enough');
});

it('a chain without a single ticker is a gap, though heartbeats come', async () => {
  const stream = followDeribit('BTC', { clock, log: pino({ level: 'silent' }), socket: { url: venue.socketUrl } });
  while (venue.calls.filter((call) => call === 'public/subscribe').length < 2) await clock.sleep(100);
  const calls = venue.calls.length;
  await clock.sleep(25_000);
  expect(() => stream.answers()).not.toThrow();
  while (!venue.calls.slice(calls).includes('public/set_heartbeat')) await clock.sleep(100);
  await stream.close();
});

it('nobody there is told', async () => {
  await expect(openDeribitSocket(clock, { url: 'ws://127.0.0.1:1' }, signal, () => undefined)).rejects.toThrow(
    /^(The connection to Deribit failed|Deribit closed the connection)/,
  );
});
