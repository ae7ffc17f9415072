import { once } from 'node:events';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaCompiler,
} from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Ids } from './ids.ts';
import { faultsOf, parseSafely, Problem } from './problem.ts';

/** Who is asking, as the API key says. */
export interface Principal {
  tenantId: string;
  keyId: string;
  scopes: readonly string[];
}

export type Authenticate = (token: string) => Promise<Principal | undefined>;

export type AnswerHeader = 'etag' | 'location' | 'retry-after';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that the route asks for; `public` asks for no key at all. Every route declares one. */
    scope?: string;
    /** Works out its answer from the request alone: nothing is created, so there is nothing to do only once. */
    computes?: boolean;
    /** Takes and gives `application/octet-stream` beside JSON. */
    bytes?: boolean;
    /** A stream, which stays open for as long as its client likes. */
    longLived?: boolean;
    /** Headers of the successful answers that are part of the contract. */
    answerHeaders?: readonly AnswerHeader[];
  }
  interface FastifyInstance {
    /** Aborts when the server is about to stop: what streams without end has to end then. */
    stopping: AbortSignal;
  }
  interface FastifyRequest {
    principal: Principal;
    /** The id for what this request creates: a new one, or at a retry with the same Idempotency-Key the first one's. */
    resourceId: string;
  }
}

const MIB = 1024 * 1024;
/** Bodies up to this size are taken where a route does not say otherwise. */
export const BODY_LIMIT = MIB;
export const LARGE_BODY_LIMIT = 32 * MIB;

/** The HTTP server with its manners: limits, request ids, problem details, authentication by route. */
export function createHttp(log: Logger, ids: Ids, authenticate: Authenticate): FastifyInstance {
  const app = Fastify({
    loggerInstance: log as unknown as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    connectionTimeout: 60_000,
    requestTimeout: 120_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    genReqId: () => ids.next(),
    logController: new LogController({ disableRequestLogging: true }), // the onResponse hook below logs a line
    // As it stands in the URL, where every character of an id may be escaped into three.
    routerOptions: { maxParamLength: 400 },
    // What the router itself refuses goes past the hooks.
    frameworkErrors: (error, request, reply) =>
      void sendProblem(request, reply.header('x-request-id', request.id), problemOf(error)),
  });
  app.removeContentTypeParser('text/plain');
  const stopping = new AbortController();
  app.decorate('stopping', stopping.signal);
  app.addHook('preClose', async () => stopping.abort());
  app.decorateRequest('principal');
  app.decorateRequest('resourceId', '');
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    void sendProblem(
      request,
      reply,
      new Problem('not_found', `There is nothing at ${request.method} ${pathOf(request)}`),
    );
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    request.resourceId = ids.next();
    await authorize(request, authenticate);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    const level = reply.statusCode >= 500 ? 'error' : 'info';
    request.log[level]({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });
  return app;
}

async function authorize(request: FastifyRequest, authenticate: Authenticate): Promise<void> {
  const scope = request.routeOptions.config.scope;
  if (scope === undefined || scope === 'public') return; // undefined: no route matched, and the answer is 404
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const principal = token ? await authenticate(token) : undefined;
  if (!principal) {
    throw new Problem(
      'unauthenticated',
      'Send "Authorization: Bearer <API key>" with a key that has not been revoked',
      {
        headers: { 'www-authenticate': 'Bearer' },
      },
    );
  }
  request.principal = principal;
  requireScope(principal, scope);
}

/** Throws 403 unless the key has the scope. `admin` has every scope of its tenant; `any` asks only for a valid key. */
export function requireScope(principal: Principal, scope: string): void {
  if (scope === 'any' || principal.scopes.includes(scope)) return;
  if (scope !== 'operator' && principal.scopes.includes('admin')) return;
  throw new Problem('forbidden', `This needs a key with the scope "${scope}"`);
}

function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(request, reply, problemOf(error));
  if (reply.statusCode >= 500) request.log.error({ err: error }, 'unexpected error');
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .status(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problem.details({ instance: pathOf(request), requestId: request.id })));
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url;
}

/** Any error as a `Problem`: ours as they are, Fastify's by their code, all others as 500 that tells nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code, statusCode, message } = error as FastifyError;
  if (statusCode === 413) return new Problem('payload_too_large', 'The body is larger than this operation takes');
  if (statusCode === 415)
    return new Problem('unsupported_media_type', 'Send the body with a Content-Type that this operation takes');
  if (statusCode === 414) return new Problem('not_found', 'There is no such resource: the id is too long');
  if (statusCode === 400 && code !== undefined) return new Problem('invalid_request', message);
  if (error instanceof SyntaxError && statusCode === 400)
    return new Problem('invalid_request', `The body is not JSON: ${message}`);
  return new Problem('internal', 'Something failed on our side; the request id names the log entry', { cause: error });
}

/** Validates with the zod schemas of the route: 422 for bodies, 404 for malformed ids, 400 for query strings and headers. */
export const zodValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const parsed = parseSafely(schema, data);
    if (parsed instanceof Problem) return { error: parsed };
    if (parsed.success) return { value: parsed.data };
    if (httpPart === 'body')
      return {
        error: new Problem('validation_failed', 'Some values cannot be accepted', { faults: faultsOf(parsed.error) }),
      };
    if (httpPart === 'params')
      return { error: new Problem('not_found', 'There is no such resource: the id is malformed') };
    return {
      error: new Problem('invalid_request', `The ${httpPart ?? 'request'} is not valid`, {
        faults: faultsOf(parsed.error, [httpPart ?? '']),
      }),
    };
  };
};

/** An answer is what the handler built; that it fits the documented schema is checked by the contract tests. */
export const jsonSerializer = () => (data: unknown) => JSON.stringify(data);

export const idParams = z.object({ id: z.uuid() });

/** The number of a version, as PostgreSQL's integer holds it. */
export const versionNumber = z.int().min(1).max(2_147_483_647);
export const versionQuery = z.strictObject({
  version: z.coerce.number().pipe(versionNumber).optional().meta({ description: 'The latest when left out' }),
});
export const ifMatch = z.looseObject({
  'if-match': z.string().optional().meta({ description: 'ETag of the version that you change, or *' }),
});

/** 202: the work is queued, and is to be looked for at the location, in a second or so. */
export function accepted<R extends FastifyReply>(reply: R, location: string): R {
  void reply.status(202).headers({ location, 'retry-after': '1' });
  return reply;
}

// Entity tags: the version of a resource.

export function etag(version: number): string {
  return `"${version}"`;
}

/** The version in If-Match: a number, or undefined for `*`. A request that changes a versioned resource must say one. */
export function requiredVersion(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined)
    throw new Problem('precondition_required', 'Send If-Match with the ETag that you read, or *');
  if (header.trim() === '*') return undefined;
  const version = /^"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (version === undefined)
    throw new Problem('precondition_failed', 'If-Match does not hold an ETag of this resource');
  return Number(version);
}

/** Whether If-None-Match names this version. */
export function knowsVersion(request: FastifyRequest, version: number): boolean {
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return known.includes(etag(version)) || known.includes('*');
}

/** A silent connection is cut by proxies, and by ourselves after `connectionTimeout`. */
const STREAM_BEAT_MS = 15_000;

/**
 * Streams events as server-sent events until the client goes away or the server stops. `from` is where the stream begins:
 * a client that reconnects before it has seen an event goes on from there.
 */
export async function sendServerEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  from: string,
  open: (signal: AbortSignal) => AsyncIterable<{ id: string; type: string }>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, request.server.stopping]);
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'close', // at the end of the stream, instead of being kept for another request while the server stops
    'x-request-id': request.id,
  });
  reply.raw.write(`id: ${from}\n\n`);
  const beat = setInterval(() => reply.raw.write(': still here\n\n'), STREAM_BEAT_MS);
  try {
    for await (const event of open(signal)) {
      const sent = reply.raw.write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      // A client that does not read makes us wait here, not fill our memory; the feed cuts off who lags too far.
      if (!sent) await once(reply.raw, 'drain', { signal });
    }
  } catch (error) {
    // The status is sent: an error can only end the stream.
    if (!signal.aborted) request.log.error({ err: error }, 'stream failed');
  } finally {
    clearInterval(beat);
    reply.raw.end();
  }
  return reply;
}
