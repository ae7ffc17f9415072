import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Venue } from '../../../src/execution/ports.ts';
import { deribitVenue } from '../../../src/execution/venues/deribit.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { MARKET } from '../../support/fixtures.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { startDeribit } from '../../venues/deribit.ts';
import type { TestExchange } from '../../venues/exchange.ts';
import { newAccount } from '../../venues/stage.ts';

const INSTRUMENT = 'BTC-PERPETUAL';
const keys = newAccount('deribit');

let exchange: TestExchange;
let venue: Venue & { close(): Promise<void> };
let app: TestApp;
let accountId: string;
beforeAll(async () => {
  exchange = await startDeribit(systemClock);
  exchange.accounts.set('desk', keys);
  venue = deribitVenue({
    clock: systemClock,
    config: { url: exchange.wire.url, assets: {}, timeoutMs: 2_000 },
    openAccount: async (ref) => ({ ...ref, secrets: { venue: 'deribit', ...keys } }),
  });
  app = await startTestApp({ venues: (real) => ({ ...real, deribit: venue }) });
  const credentials = { venue: 'deribit', apiKey: keys.apiKey, apiSecret: keys.apiSecret };
  const account = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
  accountId = account.body.id;
});
afterAll(async () => {
  await app.stop();
  await venue.close();
  await exchange.wire.close();
});

async function hedged() {
  exchange.engine.quote(
    INSTRUMENT,
    [['99999.5', '40000'], ['99999', '9000000']], // prettier-ignore
    [['100000.5', '40000'], ['100001', '9000000']], // prettier-ignore
  );
  const { portfolioId, plan } = await plannedHedge(app, { targets: [{ underlying: 'BTC' }] }, MARKET);
  const execution = await execute(app, plan.id, { venue: 'deribit', accountId });
  const [order] = execution.orders;
  const { body: positions } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  const hedge = positions.items.find(({ id }: { id: string }) => id === 'hedge:deribit:BTC-PERPETUAL');
  return { execution, order: order!, hedge, taken: exchange.engine.taken(order!.clientOrderId) };
}

describe('a hedge is traded on Deribit', () => {
  it('one order, filled at its prices, becomes the position', async () => {
    const { execution, order, hedge, taken } = await hedged();
    expect(execution.result).toMatchObject({ outcome: 'completed' });
    expect(taken).toHaveLength(1);
    expect(order).toMatchObject({ status: 'filled', venueOrderId: taken[0]!.id, filledQuantity: taken[0]!.filled });
    expect(Number(hedge.quantity)).toBe((order.side === 'buy' ? 1 : -1) * Number(taken[0]!.filled));
    expect(Number(order.fee)).toBeGreaterThan(0);
    expect(order.feeCurrency).toBe('BTC');
  });

  it('an answer that is lost costs nothing: one order, and its fills once', async () => {
    exchange.wire.fail({ on: 'private/buy', effect: 'done', answer: 'drop' });
    exchange.wire.fail({ on: 'private/sell', effect: 'done', answer: 'drop' });
    const { execution, order, hedge, taken } = await hedged();
    exchange.wire.clear();
    expect(execution.result).toMatchObject({ outcome: 'completed' });
    expect(taken).toHaveLength(1);
    expect(Math.abs(Number(hedge.quantity))).toBe(Number(taken[0]!.filled));
    expect(order.filledQuantity).toBe(taken[0]!.filled);
  });

  it('an order that the venue refuses trades nothing, and says why', async () => {
    const answer = { status: 400, body: { jsonrpc: '2.0', error: { code: 10009, message: 'not_enough_funds' } } };
    exchange.wire.fail({ on: 'private/buy', effect: 'none', answer });
    exchange.wire.fail({ on: 'private/sell', effect: 'none', answer });
    const { execution, order, taken } = await hedged();
    exchange.wire.clear();
    expect(execution.result).toMatchObject({ outcome: 'failed' });
    expect(order).toMatchObject({ status: 'rejected', reason: 'not_enough_funds [10009]' });
    expect(taken).toHaveLength(0);
  });
});
