import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { execute, plannedHedge } from '../support/hedge.ts';
import { AS_OF, TWO_PERPETUALS } from '../support/fixtures.ts';

const LATER = new Date(Date.parse(AS_OF) + 1_000).toISOString();

const [btc, eth] = TWO_PERPETUALS.underlyings;
const market = (mark: number, asOf: string) => ({
  ...{ ...TWO_PERPETUALS, asOf },
  underlyings: [
    { ...btc!, spot: { mark }, perpetual: { mark, bid: mark - 0.5, ask: mark + 0.5, symbol: 'deribit:BTC-PERPETUAL' } },
    eth,
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

test('where the first order never reached the venue and may not be sent any more, the second is not sent either', async () => {
  const targets = [{ underlying: 'BTC' }, { underlying: 'ETH' }];
  const { plan } = await plannedHedge(app, { targets }, market(100_000, AS_OF));
  const execution = await execute(app, plan.id, { limits: { collarBps: 500 } });
  expect(execution.orders.map(({ status, denial }) => [status, denial])).toEqual([
    ['canceled', null],
    ['denied', 'other_order_denied'],
  ]);
  expect(execution.orders[1]!.reason).toContain('deribit:BTC-PERPETUAL was denied: ');
  expect(sent).toEqual(['deribit:BTC-PERPETUAL']);
});
