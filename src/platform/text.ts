import { z } from 'zod';

/** Free text of 1 to `most` characters. PostgreSQL stores every character but U+0000. */
export function text(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\u0000]*$/, 'must not contain U+0000');
}
