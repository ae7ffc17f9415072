import type { GraphQLResolveInfo } from 'graphql/index.js';
import type { MercuriusContext } from 'mercurius';
import { z } from 'zod';
import { requireScope, type Principal } from './http.ts';
import { isUuid } from './ids.ts';
import { badCursor, decodeCursor, encodeCursor, groupBy, MAX_PAGE, type Page, type PageRequest } from './pagination.ts';
import { faultsOf, notFound, parseSafely, Problem } from './problem.ts';

declare module 'mercurius' {
  interface MercuriusContext {
    principal: Principal;
    /** An id for what this request creates. */
    newId(): string;
  }
}

/** A resolver that asks for a scope. There are no others, so none can be forgotten. */
export interface ScopedResolver {
  (parent: unknown, args: unknown, context: MercuriusContext, info: GraphQLResolveInfo): unknown;
  scope: string;
}

export interface ScopedSubscription {
  scope: string;
  subscribe(
    parent: unknown,
    args: unknown,
    context: MercuriusContext,
    info: GraphQLResolveInfo,
  ): AsyncIterable<unknown>;
  resolve(payload: unknown): unknown;
}

/** By type and field; several features may add to one type. */
export type Resolvers = Record<string, Record<string, ScopedResolver | ScopedSubscription>>;

/** A field that a key with this scope may ask for. */
export function field<Args>(
  scope: string,
  resolve: (args: Args, context: MercuriusContext) => unknown,
): ScopedResolver {
  return Object.assign(
    (_parent: unknown, args: unknown, context: MercuriusContext) => {
      requireScope(context.principal, scope);
      return resolve(args as Args, context);
    },
    { scope },
  );
}

interface Call<Parent> {
  parent: Parent;
  args: unknown;
  answer(value: unknown): void;
  fail(error: unknown): void;
}

/**
 * A field of many parents whose answers are loaded at once: all calls of one tick become one `load` for each set of
 * arguments. Mercurius' own loaders would serialise every parent, with its result, to find out which are alike.
 */
function batched<Parent>(
  scope: string,
  load: (parents: Parent[], args: unknown, context: MercuriusContext) => Promise<unknown[]>,
): ScopedResolver {
  const waiting = new WeakMap<MercuriusContext, Call<Parent>[]>();
  const flush = (context: MercuriusContext) => {
    const calls = waiting.get(context) ?? [];
    waiting.delete(context);
    for (const alike of groupBy(calls, ({ args }) => JSON.stringify(args)).values()) {
      load(
        alike.map(({ parent }) => parent),
        alike[0]!.args,
        context,
      ).then(
        (values) => alike.forEach((call, i) => call.answer(values[i])),
        (error: unknown) => alike.forEach((call) => call.fail(error)),
      );
    }
  };
  const resolve = (parent: unknown, args: unknown, context: MercuriusContext) => {
    requireScope(context.principal, scope);
    return new Promise((answer, fail) => {
      const calls = waiting.get(context) ?? [];
      calls.push({ parent: parent as Parent, args, answer, fail });
      waiting.set(context, calls);
      // Parents that were loaded come in one microtask after another; the next tick is after all of them.
      if (calls.length === 1) void Promise.resolve().then(() => process.nextTick(flush, context));
    });
  };
  return Object.assign(resolve, { scope });
}

/** What a parent refers to by id; null where it refers to nothing, or what it refers to is gone. */
export function toOne<Parent, Item>(
  scope: string,
  keyIn: (parent: Parent) => string | null,
  load: (tenantId: string, keys: string[]) => Promise<Item[]>,
  keyOf: (item: Item) => string,
): ScopedResolver {
  return batched<Parent>(scope, async (parents, _args, { principal }) => {
    const keys = new Set(parents.map(keyIn).filter((key) => key !== null));
    const items = keys.size > 0 ? await load(principal.tenantId, [...keys]) : [];
    const found = new Map(items.map((item) => [keyOf(item), item]));
    return parents.map((parent) => found.get(keyIn(parent) ?? '') ?? null);
  });
}

/** A short list that a parent has: `load` answers the lists in the order of the parents. */
export function toSeveral<Parent, Item>(
  scope: string,
  load: (tenantId: string, parents: Parent[]) => Promise<Item[][]>,
): ScopedResolver {
  return batched<Parent>(scope, async (parents, _args, { principal }) => load(principal.tenantId, parents));
}

/** A paged list that a parent has: `load` answers the pages in the order of the parents, null where there is no list. */
export function toMany<Parent, Item>(
  scope: string,
  load: (tenantId: string, parents: Parent[], page: PageRequest) => Promise<(Page<Item> | null)[]>,
  key: ListKey<Item>,
): ScopedResolver {
  return batched<Parent>(scope, async (parents, args, { principal }) => {
    const pages = await load(principal.tenantId, parents, pageArguments(args, key));
    return pages.map((page) => page && connection(page, key));
  });
}

// Lists as Relay connections, on the cursors of REST.

/** The key that a list is ordered by, and what it looks like. */
export interface ListKey<Item> {
  of(item: Item): string;
  isValid(key: string): boolean;
}

export const byId: ListKey<{ id: string }> = { of: ({ id }) => id, isValid: isUuid };

const pageSchema = z.object({
  first: z.int().min(1).max(MAX_PAGE).nullish(),
  after: z.string().max(500).nullish(),
});

export function pageArguments(args: unknown, key: Pick<ListKey<never>, 'isValid'>): PageRequest {
  const parsed = pageSchema.safeParse(args);
  if (!parsed.success) {
    throw new Problem('invalid_request', 'The page asked for is not valid', { faults: faultsOf(parsed.error) });
  }
  const { first, after } = parsed.data;
  const last = after ? decodeCursor(after) : undefined;
  if (last !== undefined && !key.isValid(last)) {
    throw badCursor();
  }
  return { limit: first ?? 50, after: last };
}

export function connection<Item>(page: Page<Item>, key: ListKey<Item>) {
  const edges = page.items.map((node) => ({ node, cursor: encodeCursor(key.of(node)) }));
  return { edges, pageInfo: { hasNextPage: page.nextCursor !== null, endCursor: edges.at(-1)?.cursor ?? null } };
}

// Arguments.

/** Validates an input with the feature's own schema. A null stands for what is left out, as it does in GraphQL. */
export function input<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parseSafely(schema, value);
  if (parsed instanceof Problem) throw parsed;
  if (parsed.success) return parsed.data;
  throw new Problem('validation_failed', 'Some values cannot be accepted', { faults: faultsOf(parsed.error) });
}

export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return Object.fromEntries(kept.map(([name, each]) => [name, withoutNulls(each)]));
}

/** The id for what a mutation creates: the client's, or a new one. */
export function creationId(id: string | null | undefined, context: MercuriusContext): string {
  if (id === null || id === undefined) return context.newId();
  const given = id.toLowerCase();
  if (isUuid(given)) return given;
  const fault = { pointer: '/id', code: 'invalid_format', detail: 'must be a UUID' };
  throw new Problem('validation_failed', 'Some values cannot be accepted', { faults: [fault] });
}

/** The id of what a field is about; a malformed one names nothing. */
export function existingId(what: string, id: string): string {
  const given = id.toLowerCase();
  if (!isUuid(given)) throw notFound(what, id);
  return given;
}

/** Null where `find` says that there is no such thing. */
export async function orNull<T>(id: string, find: (id: string) => Promise<T>): Promise<T | null> {
  const given = id.toLowerCase();
  if (!isUuid(given)) return null;
  try {
    return await find(given);
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return null;
    throw error;
  }
}

/** How a mutation says which version it changes, as REST does with If-Match. */
export interface VersionArguments {
  expectedVersion?: number | null;
  anyVersion?: boolean | null;
}

/** @throws Problem where neither is given */
export function expectedVersion({ expectedVersion, anyVersion }: VersionArguments): number | undefined {
  if (anyVersion) return undefined;
  if (typeof expectedVersion === 'number') return expectedVersion;
  throw new Problem('precondition_required', 'Give the version that you read as expectedVersion, or anyVersion: true');
}
