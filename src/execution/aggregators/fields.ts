import type { Address, Hex } from 'viem';
import { z } from 'zod';

// What the answers of aggregators are made of. Objects are read loosely: they grow; what is used of them has to be right.

const MOST = 2n ** 256n - 1n;

/** Base units or wei in decimal text. */
export const units = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform((text) => BigInt(text))
  .refine((amount) => amount <= MOST);

/** Some write small integers as numbers. */
export const unitsOrNumber = z.union([units, z.int().nonnegative().transform(BigInt)]);

/** In lower case: a wrong checksum is refused by the library wherever it meets it. */
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text) => text.toLowerCase() as Address);

const MAX_BYTES = 128 * 1024; // what nodes take into their pools (geth, txMaxSize)

export const bytes = z
  .string()
  .max(2 + 2 * MAX_BYTES)
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .transform((text) => text.toLowerCase() as Hex);

export const bytes32 = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase() as Hex);

/** EIP-712, as wallets take it. Who signs it checks what it says first. */
export const typedData = z.object({
  domain: z.record(z.string(), z.unknown()),
  types: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
  primaryType: z.string(),
  message: z.record(z.string(), z.unknown()),
});
export type TypedData = z.infer<typeof typedData>;
