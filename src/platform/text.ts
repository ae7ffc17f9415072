import { z } from 'zod';

/** Free text of 1 to `most` characters, all of which PostgreSQL can store: not U+0000, and no half of a surrogate pair. */
export function text(most: number) {
  return z.string().min(1).max(most).refine(isStorable, 'must not contain U+0000 or half of a surrogate pair');
}

export function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}
