import { z } from 'zod';
import { isUuid } from './ids.ts';
import { Problem } from './problem.ts';
import { isStorable } from './text.ts';

export const MAX_PAGE = 200;

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50).meta({ description: 'Items per page' }),
  cursor: z.string().max(500).optional().meta({ description: '`nextCursor` of the page before' }),
});

export interface PageRequest {
  limit: number;
  /** The key of the last item of the page before. */
  after: string | undefined;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export function pageSchema<T extends z.ZodType>(id: string, item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() }).meta({ id });
}

export function pageRequest(query: { limit: number; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit, after: query.cursor === undefined ? undefined : decodeCursor(query.cursor) };
}

/** A page of resources that are listed by their ids; a cursor that holds anything else is a 400. */
export function idPageRequest(query: { limit: number; cursor?: string | undefined }): PageRequest {
  const page = pageRequest(query);
  if (page.after !== undefined && !isUuid(page.after)) throw badCursor();
  return page;
}

export function badCursor(cause?: unknown): Problem {
  return new Problem('invalid_request', 'The cursor is not one that was given out', { cause });
}

/** Takes one row more than asked for, which tells whether there is a next page. */
export function pageOf<T>(rows: T[], limit: number, key: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(key(last)) : null };
}

/** The same for several lists at once: `rows` are those of all of them, and the pages come in the order of `parents`. */
export function pagesOf<T>(
  rows: T[],
  parents: readonly string[],
  parentOf: (row: T) => string,
  limit: number,
  key: (row: T) => string,
): Page<T>[] {
  const lists = groupBy(rows, parentOf);
  return parents.map((parent) => pageOf(lists.get(parent) ?? [], limit, key));
}

/** `items` by key, in the order in which they came. */
export function groupBy<Item>(items: Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

export function encodeCursor(key: string): string {
  return Buffer.from(JSON.stringify([key])).toString('base64url');
}

/** The key in a cursor; a cursor that is not one of ours is a 400. */
export function decodeCursor(cursor: string): string {
  try {
    const [key] = z
      .tuple([z.string().refine(isStorable)])
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return key;
  } catch (cause) {
    throw badCursor(cause);
  }
}
