import { z } from 'zod';
import type { InstrumentTerms } from '../instruments/model.ts';
import { decodeSymbol, expiryOf } from '../instruments/service.ts';
import { impliedVol } from '../quant/pricing/impliedVol.ts';
import { yearsTo } from './forwards.ts';
import type { MarketSnapshotInput, Quote, UnderlyingMarket } from './model.ts';
import { VenueError, type DeribitPublicApi } from './ports.ts';

// Snapshots from Deribit's public answers. Prices of BTC and ETH are in USD, of linear contracts in their stablecoin; option
// marks are in coin and are not used: the implied volatility of the mark says the same and is common to call and put.

/** JSON-RPC answers as they came: each the whole of one file or of one response. */
export interface DeribitAnswers {
  /** public/get_book_summary_by_currency, of options and of futures */
  summaries: unknown[];
  /** public/get_instruments; where an instrument is not in them, its name tells the expiry. */
  instruments: unknown[];
  /** public/ticker of perpetuals: the book summaries have no sizes. */
  tickers?: unknown[];
}

export interface DeribitImport {
  snapshot: MarketSnapshotInput;
  /** What could not be used, and why. */
  skipped: { instrument: string; reason: string }[];
}

const optional = z.number().nullish();
const SummarySchema = z.object({
  instrument_name: z.string(),
  creation_timestamp: z.number(),
  mark_price: optional,
  bid_price: optional,
  ask_price: optional,
  mark_iv: optional,
  underlying_index: z.string().nullish(),
  underlying_price: optional,
  estimated_delivery_price: optional,
  funding_8h: optional,
  open_interest: optional,
});
const TickerSchema = z.object({
  instrument_name: z.string(),
  timestamp: z.number(),
  mark_price: z.number(),
  index_price: z.number(),
  best_bid_price: optional,
  best_ask_price: optional,
  best_bid_amount: optional,
  best_ask_amount: optional,
  funding_8h: optional,
});
const ListedSchema = z.object({ instrument_name: z.string(), expiration_timestamp: z.number() });
const AnswerSchema = z.object({ result: z.unknown().optional(), error: z.unknown().optional() });

type Summary = z.infer<typeof SummarySchema>;
type Ticker = z.infer<typeof TickerSchema>;
type Item = { row: Summary; terms: InstrumentTerms; expiryMs: number };

/** Asks Deribit for everything that a snapshot of these currencies is made of. */
export async function pullDeribit(api: DeribitPublicApi, currencies: string[]): Promise<DeribitImport> {
  const answers: Required<DeribitAnswers> = { summaries: [], instruments: [], tickers: [] };
  for (const currency of currencies) {
    const before = answers.summaries.length;
    for (const kind of ['option', 'future'] as const) {
      answers.summaries.push(await api.bookSummary(currency, kind));
      answers.instruments.push(await api.instruments(currency, kind));
    }
    const rows = readList(SummarySchema, answers.summaries.slice(before), 'book summary');
    if (rows.length === 0) throw new VenueError(`Deribit lists nothing in ${currency}`);
    for (const name of perpetualsWithOptions(rows)) answers.tickers.push(await api.ticker(name));
  }
  return importDeribit(answers);
}

/** USDC has dozens of perpetuals; those without options can do without their sizes. */
function perpetualsWithOptions(rows: Summary[]): string[] {
  const withOptions = new Set(
    rows.filter((row) => row.mark_iv != null).map((row) => row.instrument_name.split('-')[0]),
  );
  const names = rows.map((row) => row.instrument_name).filter((name) => name.endsWith('-PERPETUAL'));
  return names.filter((name) => withOptions.has(name.split('-')[0]));
}

/** @throws VenueError an answer is an error, or lacks a field that a snapshot needs */
export function importDeribit(answers: DeribitAnswers): DeribitImport {
  const tickers = (answers.tickers ?? [])
    .filter((answer) => answer !== undefined)
    .map((answer) => readOne(TickerSchema, answer, 'ticker'));
  const rows = readList(SummarySchema, answers.summaries, 'book summary');
  const listed = readList(ListedSchema, answers.instruments, 'instrument list');
  const expiries = new Map(listed.map((row) => [row.instrument_name, row.expiration_timestamp]));
  const asOfMs = Math.max(...rows.map((row) => row.creation_timestamp), ...tickers.map((ticker) => ticker.timestamp));
  const skipped: DeribitImport['skipped'] = [];
  const groups = groupRows(newestOfEach(rows), expiries, skipped);
  const underlyings = [...groups.values()].flatMap((items) => marketOf(items, tickers, asOfMs, skipped) ?? []);
  if (underlyings.length === 0)
    throw new VenueError('There is no market in these answers: no instrument with an index price');
  return { snapshot: { asOf: new Date(asOfMs).toISOString(), source: 'deribit', underlyings }, skipped };
}

function newestOfEach(rows: Summary[]): Summary[] {
  const newest = new Map<string, Summary>();
  for (const row of rows) {
    const known = newest.get(row.instrument_name);
    if (!known || known.creation_timestamp < row.creation_timestamp) newest.set(row.instrument_name, row);
  }
  return [...newest.values()];
}

function groupRows(
  rows: Summary[],
  expiries: Map<string, number>,
  skipped: DeribitImport['skipped'],
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const row of rows) {
    const decoded = decodeSymbol(`deribit:${row.instrument_name}`);
    if (!decoded.ok) {
      skipped.push({ instrument: row.instrument_name, reason: decoded.detail });
      continue;
    }
    const { terms } = decoded.instrument;
    const key = `${terms.underlying}/${terms.quote}`;
    const expiryMs = expiries.get(row.instrument_name) ?? Date.parse(expiryOf(terms) ?? '');
    const group = groups.get(key) ?? [];
    group.push({ row, terms, expiryMs });
    groups.set(key, group);
  }
  return groups;
}

function marketOf(
  items: Item[],
  tickers: Ticker[],
  asOfMs: number,
  skipped: DeribitImport['skipped'],
): UnderlyingMarket | undefined {
  const [first] = items;
  const perpetual = items.find(({ terms }) => terms.kind === 'perpetual')?.row;
  const ticker = tickers.find((answer) => answer.instrument_name === perpetual?.instrument_name);
  const spot = spotOf(items, perpetual, ticker, asOfMs);
  if (!first || !spot) {
    skipped.push(
      ...items.map(({ row }) => ({ instrument: row.instrument_name, reason: 'Its market has no index price' })),
    );
    return undefined;
  }
  const live = items.filter(({ expiryMs }) => expiryMs > asOfMs);
  const forwards = forwardsOf(live, asOfMs);
  const quotes = quotesOf(
    live,
    new Map(forwards.map(({ expiry, price }) => [expiry, price])),
    spot.mark,
    asOfMs,
    skipped,
  );
  const quoted = ticker ? quoteOfTicker(ticker, asOfMs) : perpetual && quoteOfSummary(perpetual, asOfMs);
  return {
    underlying: first.terms.underlying,
    quote: first.terms.quote,
    spot,
    perpetual: quoted && { ...quoted, symbol: `deribit:${perpetual?.instrument_name}` },
    // Without a single future the index is all that Deribit prices options from.
    ...(forwards.length > 0 ? { forwards } : { carry: { rate: 0, yield: 0 } }),
    rate: 0,
    volatility: quotes.length > 0 ? { type: 'quotes', quotes } : undefined,
  };
}

/**
 * The index. The perpetual's row comes first, because the estimated delivery price of what expires today is an average over
 * the last half hour.
 */
function spotOf(
  items: Item[],
  perpetual: Summary | undefined,
  ticker: Ticker | undefined,
  asOfMs: number,
): Quote | undefined {
  if (ticker) return { mark: ticker.index_price, asOf: observed(ticker.timestamp, asOfMs) };
  const rows = items.map(({ row }) => row).sort((a, b) => b.creation_timestamp - a.creation_timestamp);
  const row = [perpetual, ...rows].find((candidate) => positive(candidate?.estimated_delivery_price));
  const mark = positive(row?.estimated_delivery_price);
  return row && mark ? { mark, asOf: observed(row.creation_timestamp, asOfMs) } : undefined;
}

function quoteOfTicker(ticker: Ticker, asOfMs: number): Quote {
  return {
    mark: ticker.mark_price,
    ...sides(ticker.best_bid_price, ticker.best_ask_price),
    bidSize: ticker.best_bid_amount ?? undefined,
    askSize: ticker.best_ask_amount ?? undefined,
    fundingRate: ticker.funding_8h ?? undefined,
    asOf: observed(ticker.timestamp, asOfMs),
  };
}

function quoteOfSummary(row: Summary, asOfMs: number): Quote | undefined {
  const mark = positive(row.mark_price);
  return mark
    ? {
        mark,
        ...sides(row.bid_price, row.ask_price),
        fundingRate: row.funding_8h ?? undefined,
        asOf: observed(row.creation_timestamp, asOfMs),
      }
    : undefined;
}

/**
 * Dated futures; and for an expiry that has options and no future, the synthetic forward that the options name as their
 * underlying. Options whose `underlying_index` is "index_price" name the index, which is no forward: on 2026-05-22 such
 * options were marked from the future of their expiry all the same.
 */
function forwardsOf(items: Item[], asOfMs: number): NonNullable<UnderlyingMarket['forwards']> {
  const forwards = new Map<number, NonNullable<UnderlyingMarket['forwards']>[number]>();
  for (const { row, terms, expiryMs } of items) {
    const price = positive(row.mark_price);
    if (terms.kind !== 'future' || !price) continue;
    const asOf = observed(row.creation_timestamp, asOfMs);
    forwards.set(expiryMs, { expiry: isoOf(expiryMs), price, ...sides(row.bid_price, row.ask_price), asOf });
  }
  const newestFirst = items.toSorted((a, b) => b.row.creation_timestamp - a.row.creation_timestamp);
  for (const { row, terms, expiryMs } of newestFirst) {
    const price = positive(row.underlying_price);
    if (terms.kind !== 'option' || !price || row.underlying_index === 'index_price' || forwards.has(expiryMs)) continue;
    forwards.set(expiryMs, { expiry: isoOf(expiryMs), price, asOf: observed(row.creation_timestamp, asOfMs) });
  }
  return [...forwards].sort(([a], [b]) => a - b).map(([, forward]) => forward);
}

type IvQuote = Extract<NonNullable<UnderlyingMarket['volatility']>, { type: 'quotes' }>['quotes'][number];

/** One volatility per strike: Deribit marks call and put with one; where they differ the out-of-the-money one is taken. */
function quotesOf(
  items: Item[],
  forwards: Map<string, number>,
  spot: number,
  asOfMs: number,
  skipped: DeribitImport['skipped'],
): IvQuote[] {
  const quotes = new Map<string, IvQuote>();
  for (const { row, terms, expiryMs } of items) {
    if (terms.kind !== 'option') continue;
    const iv = positive(row.mark_iv);
    if (!iv || iv > MAX_IV) {
      skipped.push({ instrument: row.instrument_name, reason: `It has no usable mark_iv (${row.mark_iv ?? 'none'})` });
      continue;
    }
    const expiry = isoOf(expiryMs);
    const strike = Number(terms.strike);
    const key = `${expiryMs} ${strike}`;
    const outOfTheMoney = (terms.optionType === 'call') === strike >= (forwards.get(expiry) ?? spot);
    // mark_iv is in percent with two decimals; the division alone would leave digits that are not the venue's
    const quote: IvQuote = {
      expiry,
      strike,
      iv: Number((iv / 100).toFixed(6)),
      ...spreadVols({ row, terms, expiryMs }, forwards.get(expiry)),
      openInterest: row.open_interest ?? undefined,
      asOf: observed(row.creation_timestamp, asOfMs),
    };
    if (outOfTheMoney || !quotes.has(key)) quotes.set(key, quote);
  }
  return [...quotes.values()].sort((a, b) => a.expiry.localeCompare(b.expiry) || a.strike - b.strike);
}

/**
 * Volatilities of bid and ask, where both are quoted and worth more than the intrinsic value: prices of inverse options are in
 * coin, worth the forward that the option names (or, where it names the index, that of its expiry).
 */
function spreadVols({ row, terms, expiryMs }: Item, listed: number | undefined): { bidIv?: number; askIv?: number } {
  const { bid, ask } = sides(row.bid_price, row.ask_price);
  const forward = row.underlying_index === 'index_price' ? listed : (positive(row.underlying_price) ?? listed);
  if (terms.kind !== 'option' || !bid || !ask || !forward) return {};
  const worth = terms.settlement === 'inverse' ? forward : 1;
  const time = yearsTo(row.creation_timestamp, expiryMs);
  const volOf = (price: number) => {
    const vol = impliedVol(price * worth, forward, Number(terms.strike), time, 1, terms.optionType === 'call' ? 1 : -1);
    return vol > 0 && vol <= MAX_IV / 100 ? Number(vol.toFixed(6)) : undefined;
  };
  const [bidIv, askIv] = [volOf(bid), volOf(ask)];
  return bidIv && askIv ? { bidIv, askIv } : {};
}

/** Percent; more than a snapshot takes, and nothing that a market maker stands behind. */
const MAX_IV = 2000;

function positive(value: number | null | undefined): number | undefined {
  return value != null && value > 0 ? value : undefined;
}

/** Bid and ask where there are some; neither when they cross, as they may in the moment between two updates. */
function sides(bid: number | null | undefined, ask: number | null | undefined): { bid?: number; ask?: number } {
  const known = { bid: positive(bid), ask: positive(ask) };
  return known.bid && known.ask && known.bid > known.ask ? {} : known;
}

function observed(timestampMs: number, asOfMs: number): string | undefined {
  return timestampMs === asOfMs ? undefined : isoOf(timestampMs);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function readList<S extends z.ZodType>(row: S, answers: unknown[], what: string): z.infer<S>[] {
  return answers.flatMap((answer) => readOne(z.array(row), answer, what));
}

function readOne<S extends z.ZodType>(schema: S, answer: unknown, what: string): z.infer<S> {
  const envelope = AnswerSchema.safeParse(answer);
  if (!envelope.success) throw new VenueError(`This ${what} is not a JSON-RPC answer of Deribit`);
  if (envelope.data.error !== undefined)
    throw new VenueError(`Deribit answered with an error: ${JSON.stringify(envelope.data.error)}`);
  const parsed = schema.safeParse(envelope.data.result);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new VenueError(
    `This ${what} cannot be read: result.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown form'}`,
  );
}
