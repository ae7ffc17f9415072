import { decimalText } from '../../platform/decimal.ts';
import { InstrumentTermsSchema, type InstrumentTerms, type LiquidityTerms } from '../model.ts';
import { refuse, type Decoded, type SymbolFault, type SymbolFaultCode } from './codec.ts';

// Our own names, for terms that come without a venue: `otc:BTC/USD:option:inverse:2026-12-25T08:00:00.000Z:90000:call`,
// `otc:BTC/USD:future:linear:2026-12-25T08:00:00.000Z`, `otc:BTC/USD:perpetual:linear`, `spot:BTC/USD`; and shares of pools:
// `lp:ETH/USD:constant_product:1250.5`, `lp:ETH/USD:concentrated:1250.5:1800:2600:0:0`, `lp:USDC/USD:stable_swap:250000:400:2`.

const SHAPE =
  'A name without a venue looks like otc:BTC/USD:option:inverse:2026-12-25T08:00:00.000Z:90000:call, otc:BTC/USD:future:linear:2026-12-25T08:00:00.000Z, otc:BTC/USD:perpetual:linear, spot:BTC/USD or lp:ETH/USD:constant_product:1250.5';
// The expiry has colons of its own, so it is recognised rather than split off.
const OTC = /^([^/:]+)\/([^/:]+):([a-z]+):([a-z]+)(?::(\d{4}-\d\d-\d\dT[^Z]+Z))?(?::([^:]+):([a-z]+))?$/;
const SPOT = /^([^/:]+)\/([^/:]+)$/;

/** The canonical name of an instrument: every spelling of the same terms gives the same name. */
export function encodeCanonical(terms: InstrumentTerms): string {
  const pair = `${terms.underlying}/${terms.quote}`;
  if (terms.kind === 'spot') return `spot:${pair}`;
  if (terms.kind === 'liquidity') return ['lp', pair, terms.pool, ...poolFields(terms)].join(':');
  const contract = `otc:${pair}:${terms.kind}:${terms.settlement}`;
  if (terms.kind === 'perpetual') return contract;
  const dated = `${contract}:${new Date(terms.expiry).toISOString()}`;
  return terms.kind === 'future' ? dated : `${dated}:${decimalText(terms.strike)}:${terms.optionType}`;
}

/** The fields of a pool in the order of its name. */
const POOL_FIELDS: Record<string, readonly string[]> = {
  constant_product: ['liquidity'],
  concentrated: ['liquidity', 'lowerPrice', 'upperPrice', 'feesBase', 'feesQuote'],
  stable_swap: ['invariant', 'amplification', 'coins'],
};

function poolFields(terms: LiquidityTerms): string[] {
  const values: Record<string, string | number> = terms;
  return POOL_FIELDS[terms.pool]!.map((field) => decimalText(values[field]!));
}

/** Reads what follows `lp:`. */
export function decodeLiquidity(name: string): Decoded {
  const [pair = '', pool = '', ...values] = name.split(':');
  const [, underlying, quote] = SPOT.exec(pair) ?? [];
  const fields = POOL_FIELDS[pool];
  if (underlying === undefined || fields?.length !== values.length) return refuse('malformed_symbol', SHAPE);
  const given = Object.fromEntries(
    fields.map((field, i) => [field, field === 'coins' ? Number(values[i]) : values[i]!]),
  );
  return decodeTerms(`lp:${name}`, { kind: 'liquidity', pool, underlying, quote, ...given });
}

/** Reads what follows `otc:`. */
export function decodeOtc(name: string): Decoded {
  const [, underlying, quote, kind, settlement, expiry, strike, optionType] = OTC.exec(name) ?? [];
  if (underlying === undefined || kind === 'spot') return refuse('malformed_symbol', SHAPE);
  return decodeTerms(`otc:${name}`, { underlying, quote, kind, settlement, expiry, strike, optionType });
}

/** Reads what follows `spot:`. */
export function decodeSpot(name: string): Decoded {
  const [, underlying, quote] = SPOT.exec(name) ?? [];
  if (underlying === undefined) return refuse('malformed_symbol', SHAPE);
  return decodeTerms(`spot:${name}`, { kind: 'spot', underlying, quote });
}

function decodeTerms(symbol: string, fields: Record<string, string | number | undefined>): Decoded {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const parsed = InstrumentTermsSchema.safeParse(given);
  if (!parsed.success) return faultOf(parsed.error.issues[0]);
  const canonical = encodeCanonical(parsed.data);
  if (canonical !== symbol) return refuse('malformed_symbol', `The one spelling of this name is ${canonical}`);
  return { ok: true, terms: parsed.data };
}

const CODES: Record<string, SymbolFaultCode> = {
  underlying: 'unknown_underlying',
  quote: 'unknown_underlying',
  expiry: 'invalid_date',
  strike: 'invalid_strike',
  optionType: 'invalid_option_type',
};

function faultOf(issue: { path: PropertyKey[]; message: string } | undefined): SymbolFault {
  const field = String(issue?.path[0] ?? '');
  const code = CODES[field];
  return code && issue
    ? refuse(code, `The ${field} of this name is wrong: ${issue.message}`)
    : refuse('malformed_symbol', SHAPE);
}
