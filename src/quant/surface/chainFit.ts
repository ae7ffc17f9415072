import { fitSlice, sliceQuotes, violationPlaces, type SliceQuotes } from './sliceFit.ts';
import { essviToRaw, fitEssvi, type EssviSlice } from './ssvi.ts';
import type { SviSlice } from './svi.ts';
import type { VolQuote } from './quotes.ts';

/** A slice of the chain: of its own, or that of the eSSVI backbone. */
export interface ChainSlice {
  readonly slice: SviSlice;
  readonly essvi?: EssviSlice;
}

/**
 * Raw SVI slices through the quotes of all expiries, without butterfly arbitrage and without a crossing between any two
 * (neighbours do not cross, so none do; all is checked exactly).
 *
 * Longest first each slice is fitted below the one after it: a short expiry gives way where it has no quotes, in the wings
 * that a long one still quotes. Then each is fitted once more between its two neighbours. A slice that cannot be fitted so
 * is that of the eSSVI surface through the same quotes, which is free of arbitrage by itself; where that crosses a
 * neighbour the neighbour's is taken from it too, and so on: in the end all of them, if it must be.
 *
 * Precondition: times ascending, at least one quote each.
 */
export function fitChain(expiries: readonly { time: number; quotes: readonly VolQuote[] }[]): ChainSlice[] {
  const quotes = expiries.map(({ time, quotes: given }) => sliceQuotes(given, time));
  const slices = refine(quotes, longestFirst(quotes));
  return slices.every((slice) => slice !== undefined) ? slices.map((slice) => ({ slice })) : onBackbone(quotes, slices);
}

type Fitted = (SviSlice | undefined)[];

function longestFirst(quotes: readonly SliceQuotes[]): Fitted {
  const slices: Fitted = quotes.map(() => undefined);
  for (let i = quotes.length - 1; i >= 0; i--) {
    const fit = fitSlice(quotes[i]!, { later: nextOf(slices, i) });
    if (fit !== 'no_slice') slices[i] = fit.slice;
  }
  return slices;
}

function refine(quotes: readonly SliceQuotes[], given: Fitted): Fitted {
  const slices = [...given];
  quotes.forEach((expiry, i) => {
    const neighbours = { earlier: previousOf(slices, i), later: nextOf(slices, i) };
    const fit = fitSlice(expiry, neighbours, slices[i]);
    if (fit !== 'no_slice') slices[i] = fit.slice;
  });
  return slices;
}

function previousOf(slices: Fitted, i: number): SviSlice | undefined {
  return slices.slice(0, i).findLast((slice) => slice !== undefined);
}

function nextOf(slices: Fitted, i: number): SviSlice | undefined {
  return slices.slice(i + 1).find((slice) => slice !== undefined);
}

function onBackbone(quotes: readonly SliceQuotes[], slices: Fitted): ChainSlice[] {
  const backbone = fitEssvi(quotes.map((points) => ({ time: points.time, points })));
  const chain: ChainSlice[] = slices.map((slice, i) => (slice ? { slice } : fromBackbone(backbone[i]!)));
  for (let i = 1, restart = false; i < chain.length; i = restart ? 1 : i + 1) {
    restart = false;
    const [earlier, later] = [chain[i - 1]!, chain[i]!];
    if (violationPlaces(later.slice, { earlier: earlier.slice }).length === 0) continue;
    chain[i - 1] = fromBackbone(backbone[i - 1]!);
    chain[i] = fromBackbone(backbone[i]!);
    restart = !(earlier.essvi && later.essvi);
  }
  return chain;
}

function fromBackbone(essvi: EssviSlice): ChainSlice {
  return { slice: essviToRaw(essvi), essvi };
}
