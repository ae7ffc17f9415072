import { expect } from 'vitest';
import type { Crossing } from '../../../src/execution/crossingModel.ts';
import type { Execution } from '../../../src/execution/model.ts';
import type { VenueOrder } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { MARKET } from '../../support/fixtures.ts';
import { makePlan } from '../../support/hedge.ts';

export const SYMBOL = 'deribit:BTC-PERPETUAL';

export interface Netted {
  app: TestApp;
  /** What the paper venue was sent. */
  sent: VenueOrder[];
  /** A portfolio that holds so many dollars of the perpetual, and a plan that hedges all of it with the same. */
  book(held: number, request?: object): Promise<{ portfolioId: string; planId: string }>;
  begin(planId: string, request?: object): Promise<Execution>;
  ended(execution: Execution): Promise<Execution>;
  /** Begins them all at once, with netting, and waits for their ends. */
  run(helds: readonly number[], request?: object): Promise<Ended[]>;
  crossings(): Promise<Crossing[]>;
  /** Events about a resource. */
  told(subject: string): Promise<{ type: string; data: object }[]>;
  stop(): Promise<void>;
}

export interface Ended {
  portfolioId: string;
  execution: Execution;
  /** What the portfolio holds of the hedge, signed. */
  hedge: number;
}

/** So wide that executions which are begun together are in it together, also on a busy machine. */
export const NETTING = { netting: { windowSeconds: 3 } };

export async function startNetted(): Promise<Netted> {
  const sent: VenueOrder[] = [];
  const app = await startTestApp({
    venues: (real) => ({
      ...real,
      paper: { ...real.paper!, submit: (order) => (sent.push(order), real.paper!.submit(order)) },
    }),
  });
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  const book: Netted['book'] = async (held, request = { targets: [{ underlying: 'BTC' }] }) => {
    const positions = [{ instrument: SYMBOL, quantity: String(held) }];
    const { body } = await app.api().post('/v1/portfolios').send({ name: 'a book', asOf: MARKET.asOf, positions });
    const plan = await makePlan(app, body.id, request);
    return { portfolioId: body.id, planId: plan.id };
  };
  const begin: Netted['begin'] = async (planId, request = NETTING) =>
    (await app.api().post(`/v1/hedge-plans/${planId}/execution`).send(request).expect(202)).body;
  const ended = ({ id }: Execution) => app.ended<Execution>(`/v1/executions/${id}`);
  return {
    ...{ app, sent, book, begin, ended },
    async run(helds, request = NETTING) {
      sent.length = 0;
      const books = await Promise.all(helds.map((held) => book(held)));
      const begun = await Promise.all(books.map(({ planId }) => begin(planId, request)));
      return Promise.all(
        books.map(async ({ portfolioId }, i) => ({
          ...{ portfolioId, execution: await ended(begun[i]!), hedge: await hedgeOf(app, portfolioId) },
        })),
      );
    },
    crossings: async () => (await app.api().get('/v1/crossings').expect(200)).body.items,
    async told(subject) {
      const all: { type: string; subject: string; data: object }[] = [];
      for (let after: string | null = ''; after !== null;) {
        const page = await app
          .api()
          .get(`/v1/events?limit=200${after && `&after=${after}`}`)
          .expect(200);
        all.push(...page.body.items);
        after = page.body.nextAfter as string | null;
      }
      return all.filter((event) => event.subject === subject);
    },
    stop: app.stop,
  };
}

export async function hedgeOf(app: TestApp, portfolioId: string): Promise<number> {
  const { body } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
  return Number(body.items.find(({ id }: { id: string }) => id === `hedge:${SYMBOL}`)?.quantity ?? 0);
}

/** The whole leg was offered to the others, and so much of it traded at the middle, without a fee. */
export function expectCrossed(execution: Execution, quantity: number): void {
  expect(execution.orders[0]).toMatchObject({
    ...{ slice: 0, venue: 'internal', filledQuantity: String(quantity), averagePrice: '100000', fee: '0' },
  });
}
