import { expect, it } from 'vitest';
import { FeedInputSchema } from '../../../../src/market/feeds/model.ts';
import { faultsOf } from '../../../../src/platform/problem.ts';

const LIVE = { kind: 'deribit', currencies: ['BTC'] };
const REPLAY = { kind: 'replay', recording: 'chain6h_20260515_20260626_btc' };

it('what is left out is filled in', () => {
  expect(FeedInputSchema.parse(LIVE)).toEqual({ ...LIVE, transport: 'rest', everySeconds: 60 });
  expect(FeedInputSchema.parse(REPLAY)).toEqual({ ...REPLAY, speed: 1, perpetualAtIndex: false });
});

it.each<[object, string]>([
  [{ ...LIVE, kind: 'okx' }, '/kind'],
  [{ ...LIVE, currencies: [] }, '/currencies'],
  [{ ...LIVE, currencies: ['btc'] }, '/currencies/0'],
  [{ ...LIVE, currencies: ['BTC', 'BTC'] }, '/currencies'],
  [{ ...LIVE, everySeconds: 4 }, '/everySeconds'],
  [{ ...LIVE, transport: 'websocket', everySeconds: 0 }, '/everySeconds'],
  [{ ...LIVE, everySeconds: 90_000 }, '/everySeconds'],
  [{ ...LIVE, transport: 'fix' }, '/transport'],
  [{ ...LIVE, speed: 2 }, '/speed'],
  [{ ...REPLAY, recording: '../secrets' }, '/recording'],
  [{ ...REPLAY, recording: 'a.csv.gz' }, '/recording'],
  [{ ...REPLAY, speed: 0 }, '/speed'],
  [{ ...REPLAY, from: 'yesterday' }, '/from'],
  [{ ...REPLAY, from: '2026-06-02T00:00:00Z', to: '2026-06-01T00:00:00Z' }, '/to'],
])('%j is refused', (request, pointer) => {
  const { error } = FeedInputSchema.safeParse(request);
  expect(error && faultsOf(error).map((fault) => fault.pointer)).toEqual([pointer]);
});

it('a websocket may bring one every second', () => {
  expect(FeedInputSchema.safeParse({ ...LIVE, transport: 'websocket', everySeconds: 1 }).success).toBe(true);
});
