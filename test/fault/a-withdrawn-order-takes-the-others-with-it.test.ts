import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { execute, plannedHedge } from '../support/hedge.ts';
import { MARKET } from '../support/fixtures.ts';

const [btc, eth] = MARKET.underlyings;
const perpetual = { mark: 4_000, bid: 3_999.9, ask: 4_000.1, bidSize: 50_000, askSize: 50_000 };
const market = (mark: number, asOf: string) => ({
  ...{ ...MARKET, asOf },
  underlyings: [
    { ...btc!, spot: { mark }, perpetual: { mark, bid: mark - 0.5, ask: mark + 0.5, symbol: 'deribit:BTC-PERPETUAL' } },
    { ...eth!, perpetual: { ...perpetual, symbol: 'deribit:ETH-PERPETUAL' } },
  ],
});

let app: TestApp;
const sent: string[] = [];

beforeAll(async () => {
  app = await startTestApp({
    venues: ({ paper }) => ({
      paper: {
        ...paper!,
        async submit({ symbol }) {
          sent.push(symbol);
          // Away from what the plan rests on, while the order is on its way.
          await app.api().post('/v1/market-snapshots').send(market(60_000, LATER)).expect(201);
          throw new Error('connect ECONNREFUSED');
        },
      },
    }),
  });
});
afterAll(() => app.stop());

const LATER = new Date(Date.parse(MARKET.asOf) + 1_000).toISOString();

test('where the first order never reached the venue and may not be sent any more, the second is not sent either', async () => {
  const targets = [{ underlying: 'BTC' }, { underlying: 'ETH' }];
  const { plan } = await plannedHedge(app, { targets }, market(100_000, MARKET.asOf));
  const execution = await execute(app, plan.id, { limits: { collarBps: 500 } });
  expect(execution.orders.map(({ status, denial }) => [status, denial])).toEqual([
    ['canceled', null],
    ['denied', 'other_order_denied'],
  ]);
  expect(execution.orders[1]!.reason).toContain('deribit:BTC-PERPETUAL was denied: ');
  expect(sent).toEqual(['deribit:BTC-PERPETUAL']);
});
