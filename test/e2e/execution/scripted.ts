import type { OrderReport, Venue, VenueOrder } from '../../../src/execution/ports.ts';
import { startReceiver, startTestApp, type TestApp } from '../../support/app.ts';
import { fakeVenue } from '../../support/fakeVenue.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { MARKET } from '../../support/fixtures.ts';

export interface Scripted {
  app: TestApp;
  hooks: Awaited<ReturnType<typeof startReceiver>>;
  /** How often the venue was asked to take an order, and to look one up. */
  calls: { submit: number; lookup: number };
  /** From now on the venue tells of each order these reports, one after another. */
  follow(script: (order: VenueOrder) => OrderReport[]): void;
  /** Executes a plan of one order at a venue that follows the script. */
  run(script: (order: VenueOrder) => OrderReport[]): Promise<Outcome>;
  stop(): Promise<void>;
}

export type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** Ballast with a venue that follows a script, and a receiver of its webhooks. */
export async function startScripted(): Promise<Scripted> {
  const calls = { submit: 0, lookup: 0 };
  let venue: Venue | undefined;
  const counting: Venue = {
    submit: (order) => (calls.submit++, venue!.submit(order)),
    lookup: (order) => (calls.lookup++, venue!.lookup(order)),
    cancel: (order) => venue!.cancel(order),
    openOrders: (account) => venue!.openOrders(account),
  };
  const [app, hooks] = await Promise.all([startTestApp({ venues: () => ({ paper: counting }) }), startReceiver()]);
  const endpoint = await app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
  hooks.use(endpoint.body.secret);
  const follow: Scripted['follow'] = (script) => {
    venue = fakeVenue(script);
    Object.assign(calls, { submit: 0, lookup: 0 });
  };
  return {
    ...{ app, hooks, calls, follow },
    async run(script) {
      follow(script);
      return outcomeOf(app);
    },
    async stop() {
      hooks.close();
      await app.stop();
    },
  };
}

async function outcomeOf(app: TestApp) {
  const { portfolioId, plan } = await plannedHedge(app, { targets: [{ underlying: 'BTC' }] }, MARKET);
  const execution = await execute(app, plan.id);
  const { body: order } = await app.api().get(`/v1/orders/${execution.orders[0]!.id}`).expect(200);
  const { body: positions } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  const hedge = positions.items.find(({ id }: { id: string }) => id === 'hedge:deribit:BTC-PERPETUAL');
  return { execution, order, path: order.transitions.map(({ to }: { to: string }) => to) as string[], hedge };
}

/** Reports of one order, by the share of it that has traded. */
export function reporter(order: VenueOrder) {
  const lots = (share: number) => String(Math.floor((Number(order.quantity) * share) / 10) * 10);
  const fill = (tradeId: string, share: number, price = order.referencePrice) => ({
    ...{ tradeId, price, quantity: lots(share), fee: '0.00001', feeCurrency: 'BTC' },
    at: '2030-11-01T08:00:00.000Z',
  });
  const report = (status: OrderReport['status'], fills: OrderReport['fills'] = [], reason: string | null = null) => ({
    ...{ venueOrderId: `v-${order.clientOrderId}`, status, reason, fills },
  });
  const rest = (tradeId: string, share: number) => ({
    ...fill(tradeId, 0),
    quantity: String(Number(order.quantity) - Number(lots(share))),
  });
  return { report, fill, rest };
}

/** Filled at once, whole, at the reference price. */
export function filled(order: VenueOrder): OrderReport[] {
  const { report, fill } = reporter(order);
  return [report('filled', [{ ...fill('t1', 1), quantity: order.quantity }])];
}

/** Accepted, and worked without a fill for as long as anybody asks. */
export function working(order: VenueOrder): OrderReport[] {
  return [reporter(order).report('accepted')];
}
