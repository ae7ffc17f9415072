import { createClient, type Client } from 'graphql-ws';
import supertest from 'supertest';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from '../../support/app.ts';

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: {
    code: string;
    status: number;
    type: string;
    errors?: { pointer: string; code: string; detail: string }[];
  };
}

/** Answers are looked into, not typed, as supertest has it: a wrong guess fails the test. */
type Data = supertest.Response['body'];

export interface GraphqlApp extends TestApp {
  /** Asks as the first tenant, or with another key; the answer whatever it is. */
  ask(
    query: string,
    variables?: object,
    key?: string,
  ): Promise<{ status: number; body: { data?: Data; errors?: GraphqlError[] } }>;
  /** The data of an answer that has no errors. */
  data(query: string, variables?: object, key?: string): Promise<Data>;
  client(key?: string): Client;
  /** Waits until the event feed has so many subscribers. */
  subscribers(count: number): Promise<void>;
  port: number;
}

export async function startGraphqlApp(...args: Parameters<typeof startTestApp>): Promise<GraphqlApp> {
  const app = await startTestApp(...args);
  const port = Number(new URL(await app.ballast.listen()).port);
  const ask: GraphqlApp['ask'] = async (query, variables, key = app.key) => {
    const { status, body } = await supertest(app.ballast.http.server)
      .post('/graphql')
      .set('authorization', `Bearer ${key}`)
      .send({ query, variables });
    return { status, body };
  };
  return {
    ...app,
    port,
    ask,
    async data(query, variables, key) {
      const { body } = await ask(query, variables, key);
      if (body.errors) throw new Error(JSON.stringify(body.errors, null, 2));
      return body.data;
    },
    async subscribers(count) {
      const read = async () => (await supertest(app.ballast.http.server).get('/metrics')).text;
      await until(read, (text) => text.includes(`\nballast_event_subscribers ${count}\n`));
    },
    client: (key = app.key) =>
      createClient({
        url: `ws://127.0.0.1:${port}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${key}` },
        lazyCloseTimeout: 0,
        retryAttempts: 0,
      }),
  };
}

export const CREATE_MARKET = 'mutation ($data: JSON!) { createMarketSnapshot(data: $data) { id } }';
export const CREATE_PORTFOLIO =
  'mutation ($id: ID, $input: PortfolioInput!) { createPortfolio(id: $id, input: $input) { id version } }';
export const CREATE_ANALYSIS = 'mutation ($id: ID!) { createAnalysis(portfolioId: $id) { id status } }';
export const CREATE_PLAN =
  'mutation ($id: ID!, $input: HedgePlanInput) { createHedgePlan(portfolioId: $id, input: $input) { id status } }';
export const EXECUTE =
  'mutation ($id: ID!, $input: ExecutionInput) { executeHedgePlan(hedgePlanId: $id, input: $input) { id status } }';

/** The instruments of a REST body as GraphQL takes them. */
export function asInput<T extends { positions: { instrument: unknown }[] }>(book: T) {
  return {
    ...book,
    positions: book.positions.map((position) => ({ ...position, instrument: instrument(position.instrument) })),
  };
}

export function instrument(given: unknown): object {
  return typeof given === 'string' ? { symbol: given } : { terms: given };
}

/** Asks again until the answer will do. */
export async function until<T>(ask: () => Promise<T>, willDo: (answer: T) => boolean): Promise<T> {
  for (let i = 0; i < 1_000; i++) {
    const answer = await ask();
    if (willDo(answer)) return answer;
    await new Promise((wait) => setTimeout(wait, 15));
  }
  throw new Error('it did not come to that');
}

export const WATCH_PLANS = 'subscription { hedgePlanUpdated { id } }';

/** A client that speaks the protocol by hand, to be as rude as it likes. */
export async function rawClient(
  app: GraphqlApp,
  init: object | null = { authorization: `Bearer ${app.key}` },
  headers: Record<string, string> = {},
) {
  const socket = new WebSocket(`ws://127.0.0.1:${app.port}/graphql`, 'graphql-transport-ws', { headers });
  const received: { type: string; id?: string; payload?: unknown }[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((open) => socket.on('open', open));
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ type: 'connection_init', payload: init });
  return {
    socket,
    received,
    closed,
    send,
    subscribe: (id: string, query = WATCH_PLANS) => send({ id, type: 'subscribe', payload: { query } }),
    got: (type: string, id?: string) =>
      until(async () => received.find((message) => message.type === type && message.id === id), Boolean),
  };
}
