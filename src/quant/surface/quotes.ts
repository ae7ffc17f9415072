import { impliedVol } from '../pricing/impliedVol.ts';

/** One option of one expiry as it is quoted. Prices are discounted values in the strike's currency; all but strike and sign may lack. */
export interface OptionQuote {
  readonly strike: number;
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly mark?: number;
  /** Volatility of the mark, decimal. */
  readonly iv?: number;
  readonly bidIv?: number;
  readonly askIv?: number;
  /** Forward at the instant of this quote, where it is known apart from that of the expiry. */
  readonly forward?: number;
  /** Years between this observation and the surface's instant; below 0 is later than that, and never used. Default 0. */
  readonly age?: number;
}

/**
 * Why a quote is not used: `invalid` a number that none can be; `duplicate` its option came before; `stale` older than
 * allowed; `later` observed after the surface's instant; `crossed` bid above ask; `no_bid`, `no_ask` one-sided; `no_price`
 * nothing to read; `below_intrinsic`, `above_bound` no volatility gives the price; `in_the_money_twin` the out-of-the-money
 * option of the strike is used; `mark_only` others of its expiry have a bid and an ask.
 */
export type RejectionCode =
  | 'invalid'
  | 'duplicate'
  | 'stale'
  | 'later'
  | 'crossed'
  | 'no_bid'
  | 'no_ask'
  | 'no_price'
  | 'below_intrinsic'
  | 'above_bound'
  | 'in_the_money_twin'
  | 'mark_only';

export interface Rejection {
  /** Position among the given quotes. */
  readonly index: number;
  readonly code: RejectionCode;
}

/** A quote as volatilities (decimal). */
export interface VolQuote {
  readonly index: number;
  readonly strike: number;
  readonly forward: number;
  /** ln(strike/forward). */
  readonly k: number;
  /** The volatility to be met: of mid total variance where both sides are quoted, of the mark otherwise. */
  readonly vol: number;
  /** Both or neither. */
  readonly bidVol?: number;
  readonly askVol?: number;
}

export interface ExpiryTerms {
  /** Years, > 0. */
  readonly time: number;
  readonly forward: number;
  /** e^{−rT}. */
  readonly discount: number;
}

export interface CleanQuotes {
  /** By strike, ascending, one per strike. */
  readonly quotes: VolQuote[];
  readonly rejected: Rejection[];
}

/** Volatilities outside are refused as input: no market maker stands behind them, and squares of them overflow nothing. */
const LEAST_VOL = 1e-4;
const MOST_VOL = 20;
/** Where so many quotes of an expiry have two sides, those with a mark only are left out. */
const ENOUGH_TWO_SIDED = 5;

/**
 * The quotes of one expiry that a smile can be fitted to, and why the others cannot be used. Of call and put at one strike
 * the out-of-the-money one (call at K >= F) is taken unless only the other is good. Given volatilities are taken before
 * prices. Never throws; nothing is dropped without a code.
 *
 * @param maxAge oldest age in years that is used
 */
export function cleanQuotes(given: readonly OptionQuote[], terms: ExpiryTerms, maxAge = Infinity): CleanQuotes {
  const rejected: Rejection[] = [];
  const good: VolQuote[] = [];
  const seen = new Set<string>();
  given.forEach((quote, index) => {
    const key = `${quote.strike} ${quote.sign}`;
    const read = seen.has(key) ? 'duplicate' : readQuote(quote, index, terms, maxAge);
    seen.add(key);
    if (typeof read === 'string') rejected.push({ index, code: read });
    else good.push(read);
  });
  const chosen = outOfTheMoney(dropMarks(good, rejected), given, rejected);
  return { quotes: chosen.sort((a, b) => a.k - b.k), rejected: rejected.sort((a, b) => a.index - b.index) };
}

function dropMarks(quotes: VolQuote[], rejected: Rejection[]): VolQuote[] {
  const twoSided = quotes.filter(({ bidVol }) => bidVol !== undefined);
  if (twoSided.length === quotes.length || twoSided.length < ENOUGH_TWO_SIDED) return quotes;
  for (const { index, bidVol } of quotes) if (bidVol === undefined) rejected.push({ index, code: 'mark_only' });
  return twoSided;
}

function outOfTheMoney(quotes: VolQuote[], given: readonly OptionQuote[], rejected: Rejection[]): VolQuote[] {
  const byStrike = new Map<number, VolQuote>();
  for (const quote of quotes) {
    const twin = byStrike.get(quote.strike);
    const isOut = given[quote.index]!.sign > 0 === quote.strike >= quote.forward;
    const [kept, left] = !twin || isOut ? [quote, twin] : [twin, quote];
    byStrike.set(quote.strike, kept);
    if (left) rejected.push({ index: left.index, code: 'in_the_money_twin' });
  }
  return [...byStrike.values()];
}

function readQuote(quote: OptionQuote, index: number, terms: ExpiryTerms, maxAge: number): VolQuote | RejectionCode {
  const { strike, sign, age = 0, forward = terms.forward } = quote;
  if (!(strike > 0 && strike < Infinity && forward > 0 && forward < Infinity && Math.abs(sign) === 1)) return 'invalid';
  if (!(age >= 0)) return age < 0 ? 'later' : 'invalid';
  if (age > maxAge) return 'stale';
  const volOf = (vol: number | undefined, price: number | undefined) =>
    present(vol) ? volInRange(vol!) : present(price) ? solve(price!, quote, forward, terms) : undefined;
  const bid = volOf(quote.bidIv, quote.bid);
  const ask = volOf(quote.askIv, quote.ask);
  const read = bid === undefined && ask === undefined ? marked(volOf(quote.iv, quote.mark)) : twoSided(bid, ask);
  if (typeof read === 'string') return read;
  return { index, strike, forward, k: Math.log(strike / forward), ...read };
}

/** A side of 0 is how venues write that there is none. */
function present(value: number | undefined): boolean {
  return value !== undefined && value !== 0;
}

type Side = number | RejectionCode | undefined;

function marked(mark: Side): Pick<VolQuote, 'vol'> | RejectionCode {
  return typeof mark === 'number' ? { vol: mark } : (mark ?? 'no_price');
}

function twoSided(bid: Side, ask: Side): Pick<VolQuote, 'vol' | 'bidVol' | 'askVol'> | RejectionCode {
  if (bid === undefined) return 'no_bid';
  if (ask === undefined) return 'no_ask';
  if (typeof bid === 'string') return bid;
  if (typeof ask === 'string') return ask;
  if (bid > ask) return 'crossed';
  return { vol: Math.sqrt(0.5 * (bid * bid + ask * ask)), bidVol: bid, askVol: ask };
}

function volInRange(vol: number): number | RejectionCode {
  return vol >= LEAST_VOL && vol <= MOST_VOL ? vol : 'invalid';
}

function solve(price: number, quote: OptionQuote, forward: number, { time, discount }: ExpiryTerms): Side {
  if (!(price > 0 && price < Infinity)) return 'invalid';
  const vol = impliedVol(price, forward, quote.strike, time, discount, quote.sign);
  if (vol >= LEAST_VOL && vol <= MOST_VOL) return vol;
  const bound = discount * (quote.sign > 0 ? forward : quote.strike);
  return price >= bound || vol > MOST_VOL ? 'above_bound' : 'below_intrinsic';
}
