import { expect } from 'vitest';
import { z } from 'zod';
import type { TestApp } from './app.ts';

// The contract as the service states it, and answers held against it.

type Json = Record<string, unknown>;

export interface Operation {
  operationId: string;
  method: 'get' | 'post' | 'put' | 'delete';
  /** As in the contract: `/v1/portfolios/{id}`. */
  path: string;
  /** The path with an id that nothing has. */
  url: string;
  /** What its text says a key needs. */
  scope: string | undefined;
  summary?: string;
  tags?: string[];
  parameters: { in: string; name: string; required?: boolean; schema: Json }[];
  requestBody?: {
    content: Record<string, { schema: Json; example?: unknown; examples?: Record<string, { value: unknown }> }>;
  };
  responses: Record<string, { description: string; headers?: Json; content?: Record<string, { schema: Json }> }>;
}

export interface Contract {
  operations: Operation[];
  schemas: Record<string, Json>;
  operation(operationId: string): Operation;
  /** Holds an answer against what the contract says of this operation. */
  expectAnswer(operationId: string, answer: Answer): void;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text?: string;
  body?: unknown;
}

export const NO_ID = '018f0000-0000-7000-8000-000000000000';

export function contractOf(app: TestApp): Contract {
  const document = app.ballast.http.swagger() as unknown as {
    paths: Record<
      string,
      Record<string, Omit<Operation, 'method' | 'path' | 'url' | 'scope'> & { description?: string }>
    >;
    components: { schemas: Record<string, Json> };
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => ({
      ...operation,
      parameters: operation.parameters ?? [],
      method: method as Operation['method'],
      path,
      url: path.replaceAll('{id}', NO_ID).replaceAll('{positionId}', 'p'),
      scope: /Scope: `([^`]+)`/.exec(operation.description ?? '')?.[1],
    })),
  );
  const { schemas } = document.components;
  const validators = validatorsOf(schemas);
  const operation = (operationId: string) => {
    const found = operations.find((each) => each.operationId === operationId);
    if (!found) throw new Error(`The contract has no operation ${operationId}`);
    return found;
  };
  return {
    operations,
    schemas,
    operation,
    expectAnswer(operationId, answer) {
      const documented = operation(operationId).responses[answer.status];
      expect(documented, `${operationId} answered ${answer.status}: ${answer.text}`).toBeDefined();
      for (const name of Object.keys(documented!.headers ?? {}))
        expect(answer.headers[name], `${operationId} ${answer.status}: header ${name}`).toBeDefined();
      if (!documented!.content) return expect(answer.text ?? '').toBe('');
      const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(documented!.content);
      expect(String(answer.headers['content-type']).split(';')[0], operationId).toBe(type);
      const told = type.endsWith('json') ? (JSON.parse(answer.text ?? '') as unknown) : (answer.text ?? answer.body);
      const checked = validators(schema).safeParse(told);
      expect(checked.error?.issues ?? [], `${operationId} ${answer.status}: ${answer.text?.slice(0, 2_000)}`).toEqual(
        [],
      );
    },
  };
}

/** A parser for supertest, which takes images for bytes. */
export function asText(response: object, done: (error: Error | null, body: string) => void): void {
  const chunks: Buffer[] = [];
  const stream = response as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks).toString()));
}

/** zod reads JSON Schema with its definitions beside it. */
function validatorsOf(schemas: Record<string, Json>): (schema: Json) => z.ZodType {
  const local = <T>(node: T): T =>
    JSON.parse(JSON.stringify(node).replaceAll('#/components/schemas/', '#/$defs/')) as T;
  const definitions = local(schemas);
  return (schema) =>
    z.fromJSONSchema({ ...local(schema), $defs: definitions } as Parameters<typeof z.fromJSONSchema>[0]);
}

/** The examples of a request body. */
export function bodyExamples(contract: Contract, operation: Operation): { type: string; body: unknown }[] {
  return Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, media]) => {
    const name = String(media.schema['$ref'] ?? '')
      .split('/')
      .at(-1)!;
    const ofSchema = (contract.schemas[name]?.['examples'] ?? media.schema['examples'] ?? []) as unknown[];
    const own = [media.example, ...Object.values(media.examples ?? {}).map(({ value }) => value)];
    return [...own, ...ofSchema].filter((body) => body !== undefined).map((body) => ({ type, body }));
  });
}
