import type { Instrument, InstrumentInput, InstrumentTerms } from './model.ts';
import { refuse, type Decoded, type SymbolFault } from './codecs/codec.ts';
import { decodeDeribit, encodeDeribit } from './codecs/deribit.ts';
import { decodeOcc, encodeOcc } from './codecs/occ.ts';
import { decodeLiquidity, decodeOtc, decodeSpot, encodeCanonical } from './codecs/otc.ts';

export { tradingRules } from './tradingRules.ts';
export type Resolved = { ok: true; instrument: Instrument } | SymbolFault;

interface Codec {
  decode(name: string): Decoded;
  encode(terms: InstrumentTerms): string | undefined;
}

/** Where venues are listed: a new one is its file in codecs/ and its line here. A Map: symbols may start with `constructor:`. */
const VENUES = new Map<string, Codec>([
  ['deribit', { decode: decodeDeribit, encode: encodeDeribit }],
  ['occ', { decode: decodeOcc, encode: encodeOcc }],
]);
const OURS = new Map<string, (name: string) => Decoded>([
  ['otc', decodeOtc],
  ['spot', decodeSpot],
  ['lp', decodeLiquidity],
]);

/** Reads `<venue>:<name>`. Never throws; a refusal has a stable code and says what is wrong. */
export function decodeSymbol(symbol: string): Resolved {
  const colon = symbol.indexOf(':');
  if (colon < 1)
    return refuse(
      'malformed_symbol',
      'A symbol starts with its venue and a colon: deribit:BTC-PERPETUAL, spot:BTC/USD',
    );
  const venue = symbol.slice(0, colon);
  const decode = VENUES.get(venue)?.decode ?? OURS.get(venue);
  if (!decode)
    return refuse(
      'unknown_venue',
      `Symbols of these venues can be read: ${[...VENUES.keys(), ...OURS.keys()].join(', ')}`,
    );
  const decoded = decode(symbol.slice(colon + 1));
  return decoded.ok ? { ok: true, instrument: { symbol, terms: decoded.terms } } : decoded;
}

/** The canonical name of these terms, which no venue has a part in: `otc:…`, `spot:…` or `lp:…`. */
export function encodeSymbol(terms: InstrumentTerms): string {
  return encodeCanonical(terms);
}

/** The symbol of these terms at a venue, or undefined where the venue's naming cannot express them. */
export function venueSymbol(venue: string, terms: InstrumentTerms): string | undefined {
  const name = VENUES.get(venue)?.encode(terms);
  return name === undefined ? undefined : `${venue}:${name}`;
}

/** An instrument from either way in which it is given: by symbol, or by its terms. */
export function resolveInstrument(input: InstrumentInput): Resolved {
  if (typeof input === 'string') return decodeSymbol(input);
  return { ok: true, instrument: { symbol: encodeSymbol(input), terms: input } };
}

/** The instant at which the instrument ends; undefined where it never does. */
export function expiryOf(terms: InstrumentTerms): string | undefined {
  return terms.kind === 'option' || terms.kind === 'future' ? terms.expiry : undefined;
}

/** Whether the instrument has ended at that instant; the instant of expiry itself counts. */
export function isExpired(terms: InstrumentTerms, at: Date): boolean {
  const expiry = expiryOf(terms);
  return expiry !== undefined && Date.parse(expiry) <= at.getTime();
}

/** Whether it settles in coin. */
export function isInverse(terms: InstrumentTerms): boolean {
  return 'settlement' in terms && terms.settlement === 'inverse';
}

/** Whether its quantity is a fixed amount of quote currency, so that coins are what adds up, not prices. Options are not: they are counted in coin. */
export function isInverseContract(terms: InstrumentTerms): boolean {
  return isInverse(terms) && terms.kind !== 'option';
}

/** The currency that profits and fees of a contract are paid in. */
export function settlementCurrency(terms: InstrumentTerms): string {
  return isInverse(terms) ? terms.underlying : terms.quote;
}
