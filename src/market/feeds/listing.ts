import { z } from 'zod';
import { MOST_SKEW_MS, type Clock } from '../../platform/clock.ts';
import { VenueError } from '../ports.ts';

const ListedSchema = z.object({
  instrument_name: z.string(),
  creation_timestamp: z.number(),
  expiration_timestamp: z.number(),
  is_active: z.boolean(),
});
const ListingSchema = z.object({ result: z.array(ListedSchema) });
const RefusalSchema = z.object({ error: z.object({ code: z.number(), message: z.string() }) });
const NamesSchema = z.object({
  result: z.array(z.object({ instrument_name: z.string(), creation_timestamp: z.number() })),
});
export type Listed = z.infer<typeof ListedSchema>;

/** What was listed for less is not expected in prices yet. */
const JUST_LISTED_MS = 60_000;

/** The instruments of an answer of public/get_instruments that can be traded. */
export function readListing(answer: unknown): Listed[] {
  const parsed = ListingSchema.safeParse(answer);
  if (!parsed.success) {
    const refusal = RefusalSchema.safeParse(answer).data?.error;
    throw new VenueError(
      refusal
        ? `Deribit lists no instruments: ${refusal.message} (${refusal.code})`
        : 'This instrument list of Deribit cannot be read',
    );
  }
  return parsed.data.result.filter(({ is_active: isActive }) => isActive);
}

/** @throws VenueError an instrument that is listed has no price here: part of a chain is no chain */
export function requireWhole(what: string, listed: Listed[], priced: ReadonlySet<string>, atMs: number): void {
  const expected = listed.filter(
    (row) => row.expiration_timestamp > atMs && row.creation_timestamp < atMs - JUST_LISTED_MS,
  );
  const missing = expected.filter((row) => !priced.has(row.instrument_name));
  const [first] = missing;
  if (!first) return;
  throw new VenueError(
    `The ${what} of Deribit is not whole: ${missing.length} of ${expected.length} instruments are missing, ${first.instrument_name} among them`,
  );
}

/** @throws VenueError the instant lies ahead: a snapshot of it would pass for the latest until that time comes */
export function requirePresent(atMs: number, clock: Clock): void {
  if (atMs <= clock.now().getTime() + MOST_SKEW_MS) return;
  throw new VenueError(`Deribit gave prices of ${new Date(atMs).toISOString()}, which is ahead of the clock here`);
}

/** The names in an answer of public/get_book_summary_by_currency, and its latest instant; nothing where it cannot be read. */
export function readSummaryNames(answer: unknown): { names: Set<string>; atMs: number } | undefined {
  const parsed = NamesSchema.safeParse(answer);
  if (!parsed.success) return undefined; // an error, or malformed: who imports it says what is wrong
  const rows = parsed.data.result;
  return {
    names: new Set(rows.map((row) => row.instrument_name)),
    atMs: rows.reduce((latest, row) => Math.max(latest, row.creation_timestamp), -Infinity),
  };
}
