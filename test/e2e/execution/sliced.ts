import { pino } from 'pino';
import { startBallast, type Ballast, type Parts } from '../../../src/app.ts';
import type { Execution } from '../../../src/execution/model.ts';
import type { OrderReport, Venue, VenueOrder } from '../../../src/execution/ports.ts';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { fakeVenue } from '../../support/fakeVenue.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { filled } from './scripted.ts';

export interface Sliced {
  app: TestApp;
  /** What the venue was sent, in order. */
  sent: VenueOrder[];
  /** From now on the venue tells of each order these reports. */
  follow(script: (order: VenueOrder) => OrderReport[]): void;
  /** Moves the clock on. */
  pass(seconds: number): void;
  /** Another process on the same database, queue, clock and venue. */
  again(): Promise<Ballast>;
  begin(request: object): Promise<Begun>;
  stop(): Promise<void>;
}

export interface Begun {
  id: string;
  path: string;
  portfolioId: string;
  /** Of the plan's one leg. */
  quantity: number;
  answer: Execution;
  now(): Promise<Execution>;
  /** Once it waits for the slice after `slice`. */
  waits(slice: number): Promise<Execution>;
  ended(): Promise<Execution>;
}

/** Slices of three minutes, at a venue that fills whatever it is sent, on a clock that is moved by hand. */
export const SCHEDULE = { kind: 'twap', horizonSeconds: 180, slices: 3 };

export async function startSliced(change: (venue: Venue) => Venue = (venue) => venue): Promise<Sliced> {
  let ahead = 0;
  let script: (order: VenueOrder) => OrderReport[] = filled;
  const sent: VenueOrder[] = [];
  const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
  const inner = fakeVenue((order) => script(order));
  const venue = change({ ...inner, submit: (order) => (sent.push(order), inner.submit(order)) });
  const parts: Parts = { clock, venues: () => ({ paper: venue }) };
  const app = await startTestApp(parts);
  return {
    ...{ app, sent },
    follow(given) {
      script = given;
      sent.length = 0;
    },
    pass: (seconds) => void (ahead += seconds * 1_000),
    again: () => startBallast(app.config, pino({ level: 'silent' }), parts),
    async begin(request) {
      const { portfolioId, plan } = await plannedHedge(app);
      const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
      const path = `/v1/executions/${body.id}`;
      const now = async () => (await app.api().get(path).expect(200)).body as Execution;
      return {
        ...{ id: body.id, path, portfolioId, quantity: Number(plan.result!.orders[0]!.quantity), answer: body, now },
        async waits(slice) {
          for (let i = 0; i < 1_000; i++) {
            const execution = await now();
            const last = Math.max(-1, ...execution.orders.map((order) => order.slice));
            if (execution.status === 'waiting' && execution.waitingFor === 'schedule' && last >= slice)
              return execution;
            await new Promise((wait) => setTimeout(wait, 15));
          }
          throw new Error(`${path} did not come to slice ${slice}`);
        },
        ended: () => app.ended<Execution>(path),
      };
    },
    stop: app.stop,
  };
}

/** What the book holds of the hedge, in quote currency, unsigned. */
export async function held(app: TestApp, portfolioId: string): Promise<number> {
  const { body } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  const hedge = body.items.find(({ id }: { id: string }) => id === 'hedge:deribit:BTC-PERPETUAL');
  return Math.abs(Number(hedge?.quantity ?? 0));
}

/** Events about an execution that has ended, by their type; of the portfolio's too. */
export async function eventsOf(
  app: TestApp,
  { id }: Begun,
): Promise<{ type: string; data: Record<string, unknown> }[]> {
  // Events are told once every transaction that began before theirs has ended, whoever's.
  for (let i = 0; i < 300; i++) {
    const { body } = await app.api().get('/v1/events?limit=200').expect(200);
    const own = body.items.filter(({ data }: { data: { id?: string } }) => data.id === id);
    if (own.some(({ type }: { type: string }) => /^execution\.(completed|partial|failed)$/.test(type))) return own;
    await new Promise((wait) => setTimeout(wait, 15));
  }
  throw new Error(`the end of ${id} was not told`);
}
