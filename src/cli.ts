#!/usr/bin/env node
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pullDeribit } from './market/deribit.ts';
import { deribitFolder } from './market/deribitFolder.ts';
import { deribitHttp } from './market/deribitHttp.ts';
import type { MarketSnapshotInput } from './market/model.ts';
import { VenueError } from './market/ports.ts';

/** A command, under the words that call it. It throws `UsageError` for what it was not told rightly. */
interface Command {
  usage: string;
  run(args: string[]): Promise<void>;
}

class UsageError extends Error {}
/** A result that is not the wanted one; its message says all there is to say. */
class Failure extends Error {}

const COMMANDS: Record<string, Command> = {
  'market pull': {
    usage: `market pull [--venue deribit] [--currency BTC,ETH] [--from <folder>] [--out <file>]

  Writes a market snapshot as JSON, ready for POST /v1/market-snapshots.

  --venue      whose market: deribit
  --currency   settlement currencies, with commas between; BTC,ETH when left out, with --from all that the folder has
  --from       read Deribit's raw JSON answers from this folder instead of asking Deribit
  --out        file to write; standard output when left out`,
    run: pullMarket,
  },
  openapi: {
    usage: `openapi [--write] [--check] [--file openapi.yaml]

  Writes the contract of the REST interface, as it follows from the code, to standard output.

  --write   writes the file
  --check   writes nothing and only tells whether the file holds the contract: exit code 1 when it does not
  --file    the file; openapi.yaml when left out`,
    run: openApi,
  },
};

async function pullMarket(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      venue: { type: 'string', default: 'deribit' },
      currency: { type: 'string' },
      from: { type: 'string' },
      out: { type: 'string' },
    },
  });
  if (values.venue !== 'deribit')
    throw new UsageError(`--venue: there is no "${values.venue}"; deribit is the one that can be pulled`);
  const currencies = values.currency?.split(',').map((text) => text.trim());
  if (currencies?.some((currency) => !/^[A-Z]{2,10}$/.test(currency))) {
    throw new UsageError('--currency: give codes such as BTC,ETH or USDC');
  }
  const { snapshot, skipped } = await (values.from === undefined
    ? pullLive(currencies)
    : pullFolder(values.from, currencies));
  for (const { instrument, reason } of skipped) say(`left out ${instrument}: ${reason}`);
  const text = `${JSON.stringify(snapshot, null, 2)}\n`;
  if (values.out === undefined) process.stdout.write(text);
  else await writeFile(values.out, text);
  say(summaryOf(snapshot));
}

async function pullLive(currencies = ['BTC', 'ETH']) {
  const api = deribitHttp();
  try {
    return await pullDeribit(api, currencies);
  } finally {
    await api.close();
  }
}

async function pullFolder(folder: string, currencies?: string[]) {
  const api = await deribitFolder(folder);
  if (api.currencies.length === 0) throw new VenueError(`The folder ${folder} has no book summary of Deribit`);
  return pullDeribit(api, currencies ?? api.currencies);
}

function summaryOf({ asOf, underlyings }: MarketSnapshotInput): string {
  const each = underlyings.map(({ underlying, quote, spot, forwards = [], volatility }) => {
    const vols = volatility?.type === 'quotes' ? volatility.quotes.length : 0;
    return `${underlying}/${quote} ${spot.mark}, ${forwards.length} forwards, ${vols} volatilities`;
  });
  return `snapshot as of ${asOf}: ${each.join('; ')}`;
}

async function openApi(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      check: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      file: { type: 'string', default: 'openapi.yaml' },
    },
  });
  const text = await contractText();
  if (values.check) {
    const held = await readFile(values.file, 'utf8').catch(() => undefined);
    if (held === text) return say(`${values.file} holds the contract`);
    throw new Failure(
      held === undefined
        ? `There is no ${values.file}: write it with "npm run openapi"`
        : `${values.file} differs from the code at line ${firstDifference(held, text)}: write it anew with "npm run openapi"`,
    );
  }
  if (!values.write) process.stdout.write(text);
  else await writeFile(values.file, text);
}

/** The routes are registered by the service as a whole, so it is started for a moment, on an embedded database of its own. */
async function contractText(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-openapi-'));
  try {
    const [{ startBallast }, { readConfig }, { openApiText }, { createLogger }] = await Promise.all([
      import('./app.ts'),
      import('./platform/config.ts'),
      import('./platform/openapi.ts'),
      import('./platform/telemetry.ts'),
    ]);
    const ballast = await startBallast(readConfig({ BALLAST_DATA_DIR: folder }), createLogger('silent'));
    try {
      return openApiText(ballast.http);
    } finally {
      await ballast.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lines are counted from 1. */
function firstDifference(a: string, b: string): number {
  const [left, right] = [a.split('\n'), b.split('\n')];
  return right.findIndex((line, i) => line !== left[i]) + 1 || right.length + 1;
}

function usage(): string {
  const each = Object.values(COMMANDS).map((command) => `  ballast ${command.usage.split('\n')[0]}`);
  return `Usage:\n${each.join('\n')}\n\nballast <command> --help says more.`;
}

/** To the person; standard output is for the result. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Runs the command that the arguments name and gives the exit code: 0 done, 1 failed, 2 not understood. */
async function main(argv: string[]): Promise<number> {
  const name = Object.keys(COMMANDS).find((words) => words.split(' ').every((word, i) => argv[i] === word));
  const command = name === undefined ? undefined : COMMANDS[name];
  if (!name || !command) {
    const wanted = argv.length === 0 || argv.includes('--help');
    say(wanted ? usage() : `There is no command "${argv.join(' ')}".\n\n${usage()}`);
    return wanted ? 0 : 2;
  }
  const args = argv.slice(name.split(' ').length);
  if (args.includes('--help')) {
    process.stdout.write(`Usage: ballast ${command.usage}\n`);
    return 0;
  }
  try {
    await command.run(args);
    return 0;
  } catch (error) {
    return report(error, command);
  }
}

function report(error: unknown, command: Command): number {
  if (!(error instanceof Error)) throw error;
  // parseArgs throws TypeErrors with these codes for options that it does not know
  if (error instanceof UsageError || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) {
    say(`${error.message}\n\nUsage: ballast ${command.usage}`);
    return 2;
  }
  say(error instanceof VenueError || error instanceof Failure ? error.message : String(error.stack));
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
