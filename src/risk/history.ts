import type { Market, MarketView, UnderlyingView } from '../market/service.ts';
import type { HistoryInput, VolMoves } from './scenarioModel.ts';
import type { Reason } from './valuation.ts';

const ATM_DAYS = 30;
const DAY_MS = 86_400_000;

export interface Move {
  /** Relative. */
  readonly spot: number;
  /** In the unit of `volMoves`. */
  readonly vol: number;
}

/** Moves of the past, `length` of them. */
export interface History {
  readonly length: number;
  readonly volMoves: VolMoves;
  /** When move i was; null where it was not told. */
  at(i: number): string | null;
  /** Move i of an underlying; undefined where {@link History.missing} gives a reason. */
  moveOf(underlying: string, quote: string, i: number): Move | undefined;
  /** Why there are no moves of an underlying; undefined where there are. */
  missing(underlying: string, quote: string): Reason | undefined;
}

/** Moves as the client gave them. */
export function givenHistory({ moves, underlyings = [] }: HistoryInput, volMoves: VolMoves): History {
  const byUnderlying = new Map(underlyings.map((each) => [each.underlying, each.moves]));
  const first = moves ?? underlyings[0]?.moves ?? [];
  const of = (underlying: string) => moves ?? byUnderlying.get(underlying);
  return {
    length: first.length,
    volMoves,
    at: (i) => first[i]?.at ?? null,
    moveOf: (underlying, _quote, i) => of(underlying)?.[i],
    missing: (underlying) =>
      of(underlying) ? undefined : { code: 'missing_history', detail: `No moves of ${underlying} were given` },
  };
}

interface Observation {
  readonly at: Date;
  readonly underlyings: ReadonlyMap<string, { readonly spot: number; readonly vol: number | undefined }>;
}

/**
 * Moves between neighbouring snapshots, in the order of their asOf. One snapshot after another is read and only what is
 * needed of it kept, because a fitted surface takes a megabyte.
 */
export async function snapshotHistory(
  market: Market,
  tenantId: string,
  ids: readonly string[],
  now: MarketView,
): Promise<History> {
  const observed: Observation[] = [];
  for (const id of ids) observed.push(observe(await market.view(tenantId, id), now));
  return movesBetween(
    observed.sort((a, b) => a.at.getTime() - b.at.getTime()),
    now,
  );
}

/** Of what can be valued now: spot, and where volatility is of use the one at the money forward {@link ATM_DAYS} days out. */
function observe(view: MarketView, now: MarketView): Observation {
  const expiryMs = view.asOf.getTime() + ATM_DAYS * DAY_MS;
  const underlyings = new Map<string, { spot: number; vol: number | undefined }>();
  for (const { underlying, quote } of now.underlyings) {
    const seen = view.underlying(underlying, quote);
    if (!seen) continue;
    const vol = now.underlying(underlying, quote)!.surface ? volAtTheMoney(seen, expiryMs) : undefined;
    underlyings.set(`${underlying}/${quote}`, { spot: seen.spot.mark, vol });
  }
  return { at: view.asOf, underlyings };
}

function volAtTheMoney(view: UnderlyingView, expiryMs: number): number | undefined {
  const forward = view.forward(expiryMs);
  const pricing = forward === undefined ? undefined : view.pricing(expiryMs, forward);
  return pricing && 'vol' in pricing ? pricing.vol : undefined;
}

function movesBetween(observed: Observation[], now: MarketView): History {
  const missing = (underlying: string, quote: string): Reason | undefined => {
    const name = `${underlying}/${quote}`;
    const seen = observed.map(({ underlyings }) => underlyings.get(name));
    if (seen.includes(undefined)) return { code: 'missing_history', detail: `Not every snapshot has ${name}` };
    const needsVol = now.underlying(underlying, quote)?.surface !== undefined;
    if (!needsVol || seen.every((each) => each?.vol !== undefined)) return undefined;
    return { code: 'missing_volatility', detail: `Not every snapshot has a volatility of ${name}` };
  };
  return {
    length: observed.length - 1,
    volMoves: 'points',
    at: (i) => observed[i + 1]?.at.toISOString() ?? null,
    moveOf(underlying, quote, i) {
      const from = observed[i]?.underlyings.get(`${underlying}/${quote}`);
      const to = observed[i + 1]?.underlyings.get(`${underlying}/${quote}`);
      if (!from || !to) return undefined;
      // A log return r moves spot by e^r − 1.
      return { spot: to.spot / from.spot - 1, vol: 100 * ((to.vol ?? 0) - (from.vol ?? 0)) };
    },
    missing,
  };
}
