import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { stringify } from 'yaml';
import type { AnswerHeader } from './http.ts';
import { tidySchemas, type Document, type Node, type Operation } from './openapiSchemas.ts';
import { PROBLEMS } from './problem.ts';

const INFO = {
  title: 'Ballast',
  version: '1.0.0',
  description:
    'Hedging as a service: submit an options portfolio, get its Greeks and the orders that hedge it, have them executed, and hear of it by signed webhook.',
};

/** Collects the contract from the routes registered after this, and serves it at /docs. */
export async function useOpenApi(app: FastifyInstance): Promise<void> {
  const headers = new Map<string, readonly AnswerHeader[]>();
  const computations = new Set<string>();
  const ofBytes = new Set<string>();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: INFO,
      servers: [{ url: '/' }],
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
      security: [{ apiKey: [] }],
    },
    transform: ({ schema, url, ...rest }) => {
      if (!url.startsWith('/v1/')) return { schema: { hide: true }, url };
      const transformed = jsonSchemaTransform({ schema, url, ...rest });
      const { scope, answerHeaders, computes, bytes } = rest.route.config ?? {};
      if (schema.operationId && computes) computations.add(schema.operationId);
      if (schema.operationId && bytes) ofBytes.add(schema.operationId);
      // Which scope a key needs belongs into the contract.
      if (scope && scope !== 'public')
        transformed.schema.description = [schema.description, `Scope: \`${scope}\`.`].filter(Boolean).join(' ');
      if (schema.operationId && answerHeaders) headers.set(schema.operationId, answerHeaders);
      return transformed;
    },
    transformObject: (input) => {
      const document = jsonSchemaTransformObject(input) as Document;
      completeOperations(document, headers, computations);
      addBytes(document, ofBytes);
      return tidySchemas(document) as never;
    },
  });
  app.addHook('onRoute', (route) => {
    if (route.path.startsWith('/docs')) route.config = { ...route.config, scope: 'public' };
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
}

const IDEMPOTENCY_KEY = {
  in: 'header',
  name: 'Idempotency-Key',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description:
    'The same key and request get the same answer for 24 hours; what the first request created is not created again.',
};

const ANSWER_HEADERS: Record<AnswerHeader, Node> = {
  etag: { description: 'The version of the resource, to be sent as If-Match', schema: { type: 'string' } },
  location: { description: 'Path of the resource', schema: { type: 'string' } },
  'retry-after': { description: 'Seconds to wait before asking for the resource', schema: { type: 'string' } },
};

/** Adds to every operation what follows from its shape: the problems that it answers and the headers that it takes and gives. */
function completeOperations(
  document: Document,
  headers: Map<string, readonly AnswerHeader[]>,
  computations: Set<string>,
): void {
  for (const methods of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const acts = method === 'post' && !computations.has(operation.operationId);
      if (acts) operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
      const given = (headers.get(operation.operationId) ?? []).map((name) => [name, ANSWER_HEADERS[name]]);
      for (const [status, response] of Object.entries(operation.responses)) {
        response['description'] = STATUS_CODES[status];
        if (given.length > 0) response['headers'] = Object.fromEntries(given);
      }
      for (const status of problemStatuses(method, acts, operation))
        operation.responses[status] ??= problemResponse(status);
    }
  }
}

const BYTES = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

/** The second media type of operations that take and give bytes as well as JSON. */
function addBytes(document: Document, operations: Set<string>): void {
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    if (!operations.has(operation.operationId)) continue;
    for (const part of [operation.requestBody, operation.responses['200']])
      if (part) part['content'] = { ...(part['content'] as object), ...BYTES };
  }
}

function problemStatuses(method: string, acts: boolean, { parameters = [], requestBody }: Operation): string[] {
  const takes = (...places: string[]) => parameters.some((parameter) => places.includes(String(parameter['in'])));
  const versioned = parameters.some((parameter) => parameter['name'] === 'if-match');
  return [
    ...(takes('query', 'header') || requestBody ? ['400'] : []),
    ...['401', '403'],
    ...(takes('path') ? ['404'] : []),
    ...(acts ? ['409'] : []),
    ...(versioned ? ['412', '428'] : []),
    ...(requestBody ? ['413', '415'] : []),
    ...(requestBody || method === 'post' ? ['422'] : []),
    '500',
  ];
}

function problemResponse(status: string): Node {
  const codes = Object.entries(PROBLEMS)
    .filter(([code, problem]) => String(problem.status) === status && code !== 'query_too_complex') // GraphQL's alone
    .map(([code]) => `\`${code}\``);
  return {
    description: `${STATUS_CODES[status]}: ${codes.join(', ')}`,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/** The contract as the text of openapi.yaml: keys in a fixed order. */
export function openApiText(app: FastifyInstance): string {
  return stringify(sorted(app.swagger() as unknown as Document), {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1', // whose readers would take instants for dates
  });
}

/** Paths and schemas by name; within them the order that the source gives. */
function sorted(document: Document): object {
  const byName = (node: object) => Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...document,
    paths: byName(document.paths),
    components: { ...document.components, schemas: byName(document.components.schemas ?? {}) },
  };
}

/** The page that the `type` of every problem points to. */
export function problemPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><title>Ballast: problems</title><h1>Problems</h1>
<table><tr><th>code</th><th>status</th><th>meaning</th></tr>${rows.join('')}</table></html>`;
}
