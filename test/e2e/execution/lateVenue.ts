import { pino } from 'pino';
import { startBallast } from '../../../src/app.ts';
import type { OrderReport, Venue, VenueOrder } from '../../../src/execution/ports.ts';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';

export interface LateVenue {
  app: TestApp;
  /** What the venue answers to the order when that is sent. */
  first: (order: VenueOrder) => OrderReport;
  /** What it tells of it from now on. */
  told: OrderReport | undefined;
  /** A hedge that was executed and has ended, by its portfolio and its order. */
  ended(): Promise<{ portfolioId: string; orderId: string }>;
  /** Two minutes later a process starts: the first thing that it does is to look at what ended short. */
  startAgain(): Promise<void>;
  /** What was traded, and what the book holds of it. */
  bookOf(portfolioId: string, orderId: string): Promise<{ filled: number; held: number; status: string }>;
}

/** Ballast at a venue that tells of fills after an order has ended. */
export async function startLateVenue(): Promise<LateVenue> {
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
  const tell = async () => stage.told;
  const venue: Venue = {
    submit: async (order) => (stage.told = stage.first(order)),
    ...{ lookup: tell, cancel: tell, openOrders: async () => [] },
  };
  const parts = { clock, venues: () => ({ paper: venue }) };
  const app = await startTestApp(parts);
  const stage: LateVenue = {
    app,
    first: () => {
      throw new Error('the venue was not told what to answer');
    },
    told: undefined,
    async ended() {
      const { portfolioId, plan } = await plannedHedge(app);
      const { orders } = await execute(app, plan.id);
      return { portfolioId, orderId: orders[0]!.id };
    },
    async startAgain() {
      ahead += 120_000;
      const again = await startBallast({ ...app.config, roles: ['dispatcher'] }, pino({ level: 'silent' }), parts);
      await new Promise((wait) => setTimeout(wait, 700));
      await again.stop();
    },
    async bookOf(portfolioId, orderId) {
      const { body: order } = await app.api().get(`/v1/orders/${orderId}`);
      const { body: positions } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`);
      const hedge = positions.items.find(({ id }: { id: string }) => id.startsWith('hedge:'));
      const held = Math.abs(Number(hedge?.quantity ?? 0));
      return { filled: Number(order.filledQuantity), held, status: order.status };
    },
  };
  return stage;
}
