import {
  Kind,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql/index.js';
import type { MercuriusContext } from 'mercurius';
import { z } from 'zod';
import type { EventCursor, EventFeed, TenantEvent } from './events.ts';
import { checkCost, limitRules } from './graphqlLimits.ts';
import { graphqlError, type ErrorLog } from './graphqlProblems.ts';
import type { ScopedSubscription } from './graphqlResolvers.ts';
import { requireScope, type Authenticate, type Principal } from './http.ts';
import { Problem } from './problem.ts';

// Mercurius speaks the protocol; what it leaves open is closed here. It neither validates subscriptions nor knows of
// limits, forgets the first of two with one id, and sends on when a client ends one that has just begun.

declare module 'mercurius' {
  interface MercuriusContext {
    /** Of a WebSocket. */
    connection?: Connection;
    /** Who the key of the WebSocket belongs to, or undefined once it has been revoked. */
    authenticateAgain?(): Promise<Principal | undefined>;
    /** Of a subscription: the client's id of it. */
    id?: string | number;
  }
}

/** What is needed of a WebSocket. */
export interface Socket {
  send(text: string, done?: (error?: Error) => void): void;
  close(code?: number, reason?: string): void;
  once(event: 'close', listener: () => void): unknown;
}

interface Started {
  control: AbortController;
  live: boolean;
}

export interface Connection {
  socket: Socket;
  /** From the header of the upgrade request. */
  authorization: string | undefined;
  log: ErrorLog;
  /** By the client's id. One that failed stays until the client ends it or the connection ends. */
  started: Map<string, Started>;
}

const MAX_LIVE = 20;
/** A client with so many failed ones is not worth serving: mercurius keeps something of each. */
const MAX_STARTED = 100;

/** Close codes of the protocol graphql-transport-ws. */
const CLOSE = { badRequest: 4400, forbidden: 4403, subscriberExists: 4409, tooManyInits: 4429 };

/** The connections that there are, and what mercurius calls at each step of theirs. */
export function createConnections(authenticate: Authenticate) {
  const connections = new WeakMap<Socket, Connection>();

  return {
    /** At `connection_init`, of which there may be one. */
    init(
      socket: Socket,
      request: { headers: { authorization?: string | undefined }; log: ErrorLog },
    ): { connection: Connection } {
      if (connections.has(socket)) {
        socket.close(CLOSE.tooManyInits, 'Too many initialisation requests');
        throw new Error('a client sent connection_init twice');
      }
      const { authorization } = request.headers;
      const connection: Connection = { socket, authorization, log: request.log, started: new Map() };
      connections.set(socket, connection);
      codeErrors(socket);
      socket.once('close', () => connection.started.forEach(({ control }) => control.abort()));
      return { connection };
    },

    /** Adds to the context who the client is; false, and the socket is closed, when its key is not valid. */
    async authenticate(socket: Socket, payload: unknown) {
      const token = tokenIn(authorizationIn(payload) ?? connections.get(socket)?.authorization);
      const authenticateAgain = async () => (token ? authenticate(token) : undefined);
      const principal = await authenticateAgain();
      if (principal) return { principal, authenticateAgain };
      socket.close(CLOSE.forbidden, 'Forbidden');
      return false;
    },

    /** Before a subscription runs. */
    start(schema: GraphQLSchema, document: DocumentNode, { connection }: MercuriusContext, id: string): void {
      if (!connection) throw new Error('a subscription has no connection');
      const { started, socket, log } = connection;
      const refuse = (code: number, reason: string) => {
        socket.close(code, reason);
        return graphqlError(new Problem('invalid_request', reason), log);
      };
      if (started.get(id)?.live) throw refuse(CLOSE.subscriberExists, `Subscriber for ${id} already exists`);
      if (started.size >= MAX_STARTED) throw refuse(CLOSE.badRequest, 'Too many subscriptions failed');
      started.set(id, { control: new AbortController(), live: false });
      const [error] = validate(schema, document, [...specifiedRules, ...limitRules]);
      if (error) throw graphqlError(error, log);
    },

    /** When the client ends a subscription, which may have only just begun. */
    end({ connection }: MercuriusContext, id: string): void {
      connection?.started.get(id)?.control.abort();
      connection?.started.delete(id);
    },
  };
}

const errorMessage = z.object({
  type: z.literal('error'),
  id: z.unknown(),
  payload: z.array(
    z.looseObject({
      message: z.string(),
      locations: z.unknown().optional(),
      extensions: z.looseObject({ code: z.string() }).optional(),
    }),
  ),
});

/** Mercurius tells what fails before our hooks, syntax and variables, without a code, and what it trips over in its own words. */
function codeErrors(socket: Socket): void {
  const send = socket.send.bind(socket);
  socket.send = (text, done) => send(text.startsWith('{"type":"error"') ? coded(text) : text, done);
}

function coded(text: string): string {
  const message = errorMessage.safeParse(JSON.parse(text)).data;
  if (!message) return text;
  const payload = message.payload.map(({ message: said, locations, extensions, ...rest }) => {
    if (extensions) return { message: said, locations, extensions, ...rest };
    const problem = new Problem(
      'invalid_request',
      locations ? said : 'A WebSocket takes subscriptions, each with its query',
    );
    return { ...graphqlError(problem, silent).toJSON(), ...(locations ? { locations } : {}) };
  });
  return JSON.stringify({ ...message, payload });
}

const silent: ErrorLog = { error: () => undefined };

const payloadSchema = z.looseObject({ authorization: z.string().optional(), Authorization: z.string().optional() });

function authorizationIn(payload: unknown): string | undefined {
  const { data } = payloadSchema.safeParse(payload);
  return data?.authorization ?? data?.Authorization;
}

function tokenIn(authorization = ''): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}

/**
 * A field to be watched by a key with this scope. `open` yields what the field answers, until it is done or the signal
 * aborts. The key is looked up again before each answer.
 */
export function subscription<Args>(
  scope: string,
  open: (args: Args, context: MercuriusContext, signal: AbortSignal) => AsyncGenerator<unknown>,
): ScopedSubscription {
  return {
    scope,
    resolve: (payload) => payload,
    subscribe(_parent, args, context, info) {
      const { connection, authenticateAgain } = context;
      if (!connection || !authenticateAgain) throw new Error('a subscription has no connection');
      const id = String(context.id);
      const started = connection.started.get(id);
      if (!started) return ended(); // the client ended it meanwhile
      const recheck = async () => {
        const principal = await authenticateAgain();
        if (!principal) throw new Problem('unauthenticated', 'The API key has been revoked');
        requireScope(principal, scope);
      };
      const release = () => {
        started.control.abort();
        if (connection.started.get(id) === started) connection.started.delete(id);
      };
      try {
        requireScope(context.principal, scope);
        requireRoom(connection, info);
        const source = checked(open(args as Args, context, started.control.signal), recheck);
        started.live = true;
        return releasing(source, release, connection.log);
      } catch (error) {
        throw graphqlError(error, connection.log);
      }
    },
  };
}

function requireRoom(
  { started }: Connection,
  { schema, operation, fragments, variableValues }: GraphQLResolveInfo,
): void {
  const definitions = [operation, ...Object.values(fragments)];
  checkCost(schema, { kind: Kind.DOCUMENT, definitions }, operation, variableValues);
  const live = [...started.values()].filter((each) => each.live).length;
  if (live >= MAX_LIVE)
    throw new Problem('query_too_complex', `A connection carries ${MAX_LIVE} subscriptions at most`);
}

async function* ended(): AsyncGenerator<never> {}

async function* checked(source: AsyncGenerator<unknown>, check: () => Promise<void>): AsyncGenerator<unknown> {
  for await (const payload of source) {
    await check();
    yield payload;
  }
}

/** Calls `release` at every end: done, failed, or not wanted any more. Ending a generator alone would wait for its next event. */
function releasing(
  source: AsyncGenerator<unknown>,
  release: () => void,
  log: ErrorLog,
): AsyncIterableIterator<unknown> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const result = await source.next();
        if (result.done) release();
        return result;
      } catch (error) {
        release();
        throw graphqlError(error, log);
      }
    },
    async return() {
      release();
      await source.return(undefined).catch((error: unknown) => log.error({ err: error }, 'a subscription ended badly'));
      return { done: true, value: undefined };
    },
  };
}

/** The tenant's events from a place in the log on, or from now on, until the signal aborts. */
export async function* watch(
  feed: EventFeed,
  tenantId: string,
  signal: AbortSignal,
  after?: EventCursor,
): AsyncGenerator<TenantEvent> {
  for await (const event of feed.subscribe(tenantId, signal, after)) {
    if (signal.aborted) return;
    yield event;
  }
  if (signal.aborted) return;
  throw new Problem('unavailable', 'The subscription could not keep up with the events and was ended; subscribe again');
}
