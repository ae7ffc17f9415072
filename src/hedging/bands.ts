import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Problem } from '../platform/problem.ts';
import type { HedgeState } from '../quant/hedging/policy.ts';
import type { BandNow, LiveBand } from '../quant/hedging/optimalBandNow.ts';
import type { BookOption, HedgedBook } from './book.ts';
import type { BandOf } from './decide.ts';

/** Solves the bands of `optimal` policies in a worker thread, and remembers the last ones. */
export interface Bands {
  bandOf: BandOf;
  close(): Promise<void>;
}

/** A book of a thousand options takes some tenths of a second; plans on one market ask for the same again. */
const KEPT = 200;
const TIMEOUT_MS = 60_000;

export function openBands(): Bands {
  const source = import.meta.url.endsWith('.ts');
  const threads = new Piscina({
    filename: fileURLToPath(new URL(`./bandWorker.${source ? 'ts' : 'js'}`, import.meta.url)),
    name: 'band',
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 60_000,
    ...(source ? { execArgv: ['--import', 'tsx'] } : {}),
  });
  const kept = new Map<string, Promise<BandNow>>();
  const run = async (live: LiveBand): Promise<BandNow> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return (await threads.run(live, { signal })) as BandNow;
    } catch (error) {
      if (signal.aborted) throw new Problem('unavailable', 'The band of the policy took too long to solve; ask again');
      if (!(error instanceof Error && error.name === 'RangeError')) throw error;
      throw new Problem('validation_failed', `The band of the policy cannot be solved: ${error.message}`, {
        cause: error,
      });
    }
  };
  const solve = (live: LiveBand): Promise<BandNow> => {
    const key = keyOf(live);
    const band = kept.get(key) ?? run(live);
    kept.delete(key);
    kept.set(key, band);
    band.catch(() => kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return band;
  };
  return {
    async bandOf(book, state, riskAversion, lookYears) {
      const { lower, upper } = await solve(liveBand(book, state, riskAversion, lookYears));
      // The band lies about Black and Scholes' delta of the options: what the convention and pools add moves it.
      const own = book.options.reduce((sum, { size, unitDelta }) => sum + size * unitDelta, 0);
      return [lower - (state.delta - own), upper - (state.delta - own)];
    },
    close: () => threads.close(),
  };
}

/**
 * The book as options on one spot: each keeps its moneyness to its own forward, so that carries need not be one.
 * ForecastVol has taken the place of the volatility of the underlying in `state` already.
 */
function liveBand({ options }: HedgedBook, state: HedgeState, riskAversion: number, lookYears: number): LiveBand {
  const column = (value: (option: BookOption) => number) => Float64Array.from(options, value);
  const book = {
    count: options.length,
    strikes: column(({ strike, forward }) => (strike * state.spot) / forward),
    years: column(({ years }) => years),
    vols: column(({ vol }) => vol),
    quantities: column(({ size }) => size),
    signs: column(({ sign }) => sign),
  };
  const { spot, rate, vol, costRate } = state;
  return { ...{ book, spot, rate, carry: 0, vol, costRate, riskAversion, lookYears } };
}

function keyOf({ book, ...terms }: LiveBand): string {
  const hash = createHash('sha256').update(JSON.stringify(terms));
  for (const column of [book.strikes, book.years, book.vols, book.quantities, book.signs]) hash.update(column);
  return hash.digest('base64');
}
