import { decodeSymbol, encodeSymbol, isExpired, isInverse, resolveInstrument } from '../instruments/service.ts';
import type { Instrument, InstrumentInput, LiquidityTerms } from '../instruments/model.ts';
import { MAX_FAULTS, pointer, type Fault } from '../platform/problem.ts';
import type { PositionInput } from './model.ts';

/** A checked position, flat, with the column names of the table `position`. */
export interface PositionRecord {
  position_id: string;
  symbol: string;
  kind: string;
  underlying: string;
  quote: string;
  settlement: string;
  option_type: string | null;
  strike: string | null;
  expiry: string | null;
  /** Of a share of a pool, the terms. */
  pool: LiquidityTerms | null;
  quantity: string;
  multiplier: string;
  average_price: string | null;
}

const OCC_MULTIPLIER = '100';
const HEDGES = 'hedge:';

/** The id of the position that holds what was traded in an instrument to hedge the book. */
export function hedgeIdOf(symbol: string): string {
  return `${HEDGES}${symbol}`;
}

/** Fills are added to the position with the id of their instrument's hedge, so nothing else may stand there. */
function isTaken(id: string, { terms }: Instrument): boolean {
  if (!id.startsWith(HEDGES)) return false;
  const named = decodeSymbol(id.slice(HEDGES.length));
  return !named.ok || encodeSymbol(named.instrument.terms) !== encodeSymbol(terms);
}

export function positionRecord(
  id: string,
  instrument: Instrument,
  size: Omit<PositionInput, 'instrument'>,
): PositionRecord {
  const { symbol, terms } = instrument;
  return {
    position_id: id,
    symbol,
    kind: terms.kind,
    underlying: terms.underlying,
    quote: terms.quote,
    settlement: isInverse(terms) ? 'inverse' : 'linear',
    option_type: terms.kind === 'option' ? terms.optionType : null,
    strike: terms.kind === 'option' ? terms.strike : null,
    expiry: 'expiry' in terms ? terms.expiry : null,
    pool: terms.kind === 'liquidity' ? terms : null,
    quantity: size.quantity,
    multiplier: size.multiplier ?? (symbol.startsWith('occ:') ? OCC_MULTIPLIER : '1'),
    average_price: size.averagePrice ?? null,
  };
}

/**
 * Checks a book position by position, as it arrives: instruments that do not exist or had expired at `asOf`, ids given
 * twice. Collects every fault (up to the 100 that an answer lists) and the records of what passed.
 */
export class BookCheck {
  readonly faults: Fault[] = [];
  private readonly seen = new Set<string>();
  private readonly asOf: Date;
  private readonly instruments = new Map<string, ReturnType<typeof resolveInstrument>>();

  constructor(asOf: Date) {
    this.asOf = asOf;
  }

  /** The record of a position, or undefined when it has a fault. `at` says where it stands in the request. */
  add(input: PositionInput, at: readonly PropertyKey[], line?: number): PositionRecord | undefined {
    const resolved = this.resolve(input.instrument);
    if (!resolved.ok) return this.fault([...at, 'instrument'], resolved.code, resolved.detail, line);
    const { instrument } = resolved;
    if (isExpired(instrument.terms, this.asOf)) {
      return this.fault(
        [...at, 'instrument'],
        'expired',
        `${instrument.symbol} had expired at ${this.asOf.toISOString()}`,
        line,
      );
    }
    const id = input.id ?? instrument.symbol;
    if (isTaken(id, instrument)) {
      return this.fault([...at, 'id'], 'reserved_id', `Ids that begin with ${HEDGES} go on with the symbol held`, line);
    }
    if (this.seen.has(id)) {
      return this.fault(
        [...at, 'id'],
        'duplicate_position',
        `There is another position "${id}"; give each an id of its own`,
        line,
      );
    }
    this.seen.add(id);
    return positionRecord(id, instrument, input);
  }

  fault(at: readonly PropertyKey[], code: string, detail: string, line?: number): undefined {
    if (this.faults.length < MAX_FAULTS) {
      this.faults.push({ pointer: pointer(at), code, detail, ...(line === undefined ? {} : { line }) });
    }
  }

  /** Books name the same few instruments again and again. */
  private resolve(input: InstrumentInput): ReturnType<typeof resolveInstrument> {
    if (typeof input !== 'string') return resolveInstrument(input);
    const known = this.instruments.get(input) ?? resolveInstrument(input);
    this.instruments.set(input, known);
    return known;
  }
}
