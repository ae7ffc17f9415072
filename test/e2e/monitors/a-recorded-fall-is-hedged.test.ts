import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MonitorDecision } from '../../../src/monitors/model.ts';
import { recordedMarkets } from '../../support/recordedMarkets.ts';
import { startWatching, type Watching } from './watched.ts';

// Six weeks of recorded chains, in which bitcoin falls by 26 %: a book that is short of options, with an expiry in the middle.

const TOLERANCE = 2;
const POSITIONS = [
  { instrument: 'deribit:BTC-26JUN26-80000-C', quantity: '-40' },
  { instrument: 'deribit:BTC-26JUN26-76000-P', quantity: '-40' },
  { instrument: 'deribit:BTC-29MAY26-80000-P', quantity: '-20' },
];

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

test('every breach is hedged once, nothing else is traded, and the book ends inside its band', async () => {
  const { app } = watching;
  const markets = recordedMarkets('chain6h_20260515_20260626_btc.csv.gz');
  watching.set(markets[0]!.asOf);
  const portfolioId = await watching.book(POSITIONS);
  const policy = { kind: 'delta_tolerance', tolerance: TOLERANCE, rebalanceTo: 'inner' };
  const id = await watching.monitor(portfolioId, { plan: { policy }, maxAgeSeconds: 3_600 });
  let last: MonitorDecision | undefined;
  for (const { asOf, input } of markets) {
    watching.set(asOf);
    const { body } = await app.api().post('/v1/market-snapshots').send(input).expect(201);
    last = (await watching.settled(id, body.id)).decision!;
    expect(last.verdict).toBe('held');
    for (const { greeks } of last.underlyings) expect(Math.abs(greeks.delta)).toBeLessThanOrEqual(TOLERANCE);
  }
  const decisions = await watching.allDecisions(id);
  const triggered = decisions.filter(({ verdict }) => verdict === 'triggered');
  expect(triggered.length).toBeGreaterThan(10);
  for (const { underlyings } of triggered) expect(Math.abs(underlyings[0]!.greeks.delta)).toBeGreaterThan(TOLERANCE);
  expect(new Set(triggered.map(({ marketSnapshotId }) => marketSnapshotId)).size).toBe(triggered.length);
  const rebalanced = decisions.filter(({ verdict }) => verdict === 'rebalanced');
  expect(rebalanced.map(({ executionId }) => executionId)).toEqual(triggered.map(({ executionId }) => executionId));
  expect(rebalanced.every(({ outcome }) => outcome === 'completed')).toBe(true);
  expect(decisions.filter(({ verdict }) => verdict === 'expired')).toHaveLength(1);
  const { body: orders } = await app.api().get(`/v1/orders?portfolioId=${portfolioId}&limit=200`).expect(200);
  expect(orders.items).toHaveLength(triggered.length);
}, 120_000);
