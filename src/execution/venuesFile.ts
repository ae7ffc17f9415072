import { readFile } from 'node:fs/promises';
import { ConfigError } from '../platform/config.ts';
import { faultsOf } from '../platform/problem.ts';
import { VenuesConfigSchema, type VenuesConfig } from './venuesModel.ts';

/** Reads what the operator says of the venues. @throws ConfigError that names every faulty place, never its value: it may be a key */
export async function readVenues(path: string | undefined): Promise<VenuesConfig> {
  if (path === undefined) return VenuesConfigSchema.parse({});
  const parsed = VenuesConfigSchema.safeParse(await readJson(path));
  if (parsed.success) return parsed.data;
  const lines = faultsOf(parsed.error).map(({ pointer, detail }) => `  ${pointer}: ${detail}`);
  throw new ConfigError(`Ballast cannot start with the venues of BALLAST_VENUES (${path}):\n${lines.join('\n')}`);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read';
    throw new ConfigError(`Ballast cannot start with the venues of BALLAST_VENUES (${path}): ${why}`, { cause: error });
  }
}
