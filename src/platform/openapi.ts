import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { stringify } from 'yaml';
import { PROBLEMS } from './problem.ts';

const INFO = {
  title: 'Ballast',
  version: '1.0.0',
  description:
    'Hedging as a service: submit an options portfolio, get its Greeks and the orders that hedge it, have them executed, and hear of it by signed webhook.',
};

/** Collects the contract from the routes registered after this, and serves it at /docs. */
export async function useOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: INFO,
      servers: [{ url: '/' }],
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
      security: [{ apiKey: [] }],
    },
    transform: ({ schema, url, ...rest }) => {
      const transformed = jsonSchemaTransform({ schema, url, ...rest });
      const scope = rest.route.config?.scope;
      // Which scope a key needs belongs into the contract.
      if (scope && scope !== 'public')
        transformed.schema.description = [schema.description, `Scope: \`${scope}\`.`].filter(Boolean).join(' ');
      return transformed;
    },
    transformObject: (input) => completeOperations(jsonSchemaTransformObject(input) as Document) as never,
  });
  app.addHook('onRoute', (route) => {
    if (route.path.startsWith('/docs') || route.path.startsWith('/graph'))
      route.config = { ...route.config, scope: route.config?.scope ?? 'public' };
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
}

type Node = Record<string, unknown>;

interface Operation {
  parameters?: Node[];
  requestBody?: Node;
  responses: Record<string, Node>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas?: Node };
}

const IDEMPOTENCY_KEY = {
  in: 'header',
  name: 'Idempotency-Key',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description:
    'The same key and request get the same answer for 24 hours; what the first request created is not created again.',
};

/** Adds to every operation what follows from its shape: the problems that it answers and the headers that it takes. */
function completeOperations(document: Document): Document {
  for (const methods of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (method === 'post') operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
      for (const [status, response] of Object.entries(operation.responses))
        response['description'] = STATUS_CODES[status];
      for (const status of problemStatuses(method, operation)) operation.responses[status] ??= problemResponse(status);
    }
  }
  return document;
}

function problemStatuses(method: string, { parameters = [], requestBody }: Operation): string[] {
  const takes = (place: string) => parameters.some((parameter) => parameter['in'] === place);
  const versioned = parameters.some((parameter) => parameter['name'] === 'if-match');
  return [
    ...(takes('query') || requestBody ? ['400'] : []),
    ...['401', '403'],
    ...(takes('path') ? ['404'] : []),
    ...(method === 'post' ? ['409'] : []),
    ...(versioned ? ['412', '428'] : []),
    ...(requestBody ? ['413', '415', '422'] : []),
    '500',
  ];
}

function problemResponse(status: string): Node {
  const codes = Object.entries(PROBLEMS)
    .filter(([, problem]) => String(problem.status) === status)
    .map(([code]) => `\`${code}\``);
  return {
    description: `${STATUS_CODES[status]}: ${codes.join(', ')}`,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/** The contract as the text of openapi.yaml: only schemas that are used, keys in a fixed order. */
export function openApiText(app: FastifyInstance): string {
  const document = app.swagger() as unknown as Document;
  dropUnusedSchemas(document);
  return stringify(sorted(document), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The zod bridge registers each named schema twice, for input and for output; most are referred to but once. */
function dropUnusedSchemas(document: Document): void {
  const schemas = document.components.schemas ?? {};
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    for (const [, name] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name!)) continue;
      used.add(name!);
      visit(schemas[name!]);
    }
  };
  visit(document.paths);
  document.components.schemas = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
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
