import { readdir, readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { getOperationAST, GraphQLError, Kind, OperationTypeNode, type ValueNode } from 'graphql/index.js';
import mercurius from 'mercurius';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import { checkCost, LIMITS, limitRules } from './graphqlLimits.ts';
import { graphqlError, requestErrors } from './graphqlProblems.ts';
import type { Resolvers } from './graphqlResolvers.ts';
import { createConnections, type Socket } from './graphqlSubscriptions.ts';
import type { Authenticate } from './http.ts';
import type { Ids } from './ids.ts';
import { faultsOf, Problem } from './problem.ts';

const SCHEMA = new URL('../../schema/', import.meta.url);
const PATH = '/graphql';
/** Parsed and validated documents that are kept; each may take a few hundred kilobytes. */
const KEPT_DOCUMENTS = 250;
const PING_MS = 30_000;
/** A WebSocket that has not said who it is by then is closed. */
const INIT_MS = 10_000;

export interface GraphqlOptions {
  /** SDL. */
  schema: string[];
  /** Of one feature each. */
  resolvers: Resolvers[];
  authenticate: Authenticate;
  ids: Ids;
  clock: Clock;
}

/** The SDL of all features. */
export async function readSchema(): Promise<string[]> {
  const files = (await readdir(SCHEMA)).filter((name) => name.endsWith('.graphql')).sort();
  return Promise.all(files.map((name) => readFile(new URL(name, SCHEMA), 'utf8')));
}

/**
 * GraphQL at /graphql: queries and mutations by POST, subscriptions over a WebSocket, GraphiQL at /graphiql. Errors of
 * fields are told with status 200 beside what succeeded, a request that cannot run gets the status of its problem.
 */
export async function useGraphql(app: FastifyInstance, options: GraphqlOptions): Promise<void> {
  const connections = createConnections(options.authenticate);
  const resolvers = merge(options.resolvers);
  app.addHook('onRoute', openRoutes);
  await app.register(mercurius, {
    schema: options.schema,
    resolvers: { ...resolvers, Decimal: decimalScalar },
    path: PATH,
    graphiql: true,
    allowBatchedQueries: false,
    cache: KEPT_DOCUMENTS,
    validationRules: limitRules,
    graphql: { parseOptions: { maxTokens: LIMITS.tokens } },
    context: (request) => ({ principal: request.principal, newId: idSource(request, options.ids) }),
    errorFormatter: ({ data, errors }, { reply, app: { log } }) => {
      const formatted = errors.map((error) => graphqlError(error, reply?.log ?? log));
      keepOffReplay(reply, formatted);
      // Without `data` nothing has run: the request was at fault.
      if (data === undefined) return { statusCode: statusOf(formatted), response: { errors: formatted } };
      return { statusCode: 200, response: { data, errors: formatted } };
    },
    errorHandler: answerRequestError,
    additionalRouteOptions: {
      // Instead of mercurius' own schemas: those would be compiled by the zod compilers, and turn indices in paths into text.
      schema: {},
      config: { scope: 'any' },
      bodyLimit: LIMITS.bodyBytes,
      preValidation: (request) => (isWebSocket(request) ? requireInit(request, options.clock) : checkBody(request)),
    },
    subscription: {
      keepAlive: PING_MS,
      context: (socket, request) => {
        initialised.add(request.raw.socket);
        return connections.init(socket, request);
      },
      // Mercurius calls it as a method of its connection, which is the one way to the socket here.
      onConnect(this: { socket: Socket } | unknown, { payload }) {
        return connections.authenticate((this as { socket: Socket }).socket, payload);
      },
    },
  });
  app.graphql.addHook('preParsing', async (_schema, source) => refuseJson(source));
  app.graphql.addHook('preExecution', async (schema, document, { reply }, variables) => {
    const { operationName } = reply.request.body as { operationName?: string };
    const operation = getOperationAST(document, operationName);
    if (!operation) return; // execution says why
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
      throw new Problem(
        'invalid_request',
        'Subscriptions go over a WebSocket: the subprotocol is graphql-transport-ws',
      );
    }
    checkCost(schema, document, operation, variables ?? {});
  });
  app.graphql.addHook('preSubscriptionExecution', async (schema, document, context, id) =>
    connections.start(schema, document, context, String(id)),
  );
  app.graphql.addHook('onSubscriptionEnd', async (context, id) => connections.end(context, String(id)));
  requireResolvers(app, resolvers);
}

function merge(features: Resolvers[]): Resolvers {
  const merged: Resolvers = {};
  for (const [type, fields] of features.flatMap((feature) => Object.entries(feature))) {
    merged[type] = { ...merged[type], ...fields };
  }
  return merged;
}

/** A root field without a resolver would be open to every key. */
function requireResolvers(app: FastifyInstance, resolvers: Resolvers): void {
  const { schema } = app.graphql;
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    const missing = Object.keys(type?.getFields() ?? {}).filter((name) => !resolvers[type!.name]?.[name]);
    if (missing.length > 0) throw new Error(`These fields of ${type!.name} have no resolver: ${missing.join()}`);
  }
}

/** GraphiQL needs no key, and a WebSocket tells its key once it is open. */
function openRoutes(route: RouteOptions & { path: string }): void {
  const isPage = route.path.startsWith('/graphiql');
  if (!isPage && (route.path !== PATH || route.method === 'POST')) return;
  route.config = { ...route.config, scope: 'public' };
}

const bodySchema = z.object({
  query: z.string().min(1),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.record(z.string(), z.unknown()).nullish(),
});

async function checkBody(request: FastifyRequest): Promise<void> {
  if (request.method !== 'POST') throw new Problem('invalid_request', 'GraphQL is asked by POST');
  const parsed = bodySchema.safeParse(request.body);
  if (parsed.success) return;
  throw new Problem('invalid_request', 'The body is not a GraphQL request', { faults: faultsOf(parsed.error) });
}

/** As @fastify/websocket marks it. */
function isWebSocket(request: object): boolean {
  return 'ws' in request && request.ws === true;
}

/** By the sockets of the connections. */
const initialised = new WeakSet<object>();

async function requireInit(request: FastifyRequest, clock: Clock): Promise<void> {
  const { socket } = request.raw;
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  void clock.sleep(INIT_MS, gone.signal).then(() => {
    if (!initialised.has(socket)) socket.destroy();
  });
}

/** The first thing that a request creates has the id that the request would have at REST: its Idempotency-Key holds here too. */
function idSource(request: FastifyRequest, ids: Ids): () => string {
  let given = false;
  return () => {
    if (given) return ids.next();
    given = true;
    return request.resourceId;
  };
}

/** What failed on our side is not kept under the Idempotency-Key of the request: the retry does the work. */
function keepOffReplay(reply: FastifyReply | undefined, errors: { extensions?: Record<string, unknown> }[]): void {
  if (reply && errors.some(({ extensions }) => Number(extensions?.['status']) >= 500))
    reply.request.idempotencyKey = undefined;
}

/** Mercurius parses a query that is JSON as a syntax tree, which then goes through no parser of GraphQL. */
function refuseJson(source: string): void {
  try {
    JSON.parse(source);
  } catch {
    return;
  }
  throw new Problem('invalid_request', 'The query is not a GraphQL document');
}

function answerRequestError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, errors } = requestErrors(error, request.log);
  if (error instanceof Problem) void reply.headers(error.headers);
  void reply.status(status).send({ errors });
}

function statusOf([first]: { extensions?: Record<string, unknown> }[]): number {
  return Number(first?.extensions?.['status'] ?? 400);
}

/** A decimal in a document is taken by its text, so that nothing is lost to binary floats. */
const decimalScalar = {
  parseValue(value: unknown) {
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw new GraphQLError('A Decimal is text such as "-12.5", or a number');
  },
  parseLiteral(node: ValueNode) {
    if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT) return node.value;
    throw new GraphQLError('A Decimal is text such as "-12.5", or a number', { nodes: node });
  },
};
