import type { HedgePlanInput } from '../hedging/model.ts';
import { conventionOf, type Hedging } from '../hedging/service.ts';
import type { MarketView } from '../market/service.ts';
import { Places, type UnitPrices } from '../risk/service.ts';

/** Places of instruments that no current market has priced, beyond which all are given anew: most have expired. */
const GONE = 10_000;

/** The prices of the snapshots that are looked at now, shared by all books that are priced in one convention. */
export function openPrices(hedging: Pick<Hedging, 'unitPrices'>) {
  const kept = new Map<string, UnitPrices>();
  let places = new Places();
  return {
    in(view: MarketView, request: HedgePlanInput): UnitPrices {
      const convention = conventionOf(request);
      const key = `${view.id} ${convention}`;
      const found = kept.get(key) ?? hedging.unitPrices(view, convention, places);
      kept.set(key, found);
      return found;
    },
    /** Those of other snapshots are forgotten. */
    keep(rows: readonly { snapshot_id: string | null }[]): void {
      const current = new Set(rows.map(({ snapshot_id: id }) => id));
      const live = [...kept.values()].reduce((sum, { units }) => sum + units.count, 0);
      if (places.size > live + GONE) places = new Places();
      for (const [key, { market }] of kept) if (!current.has(market.id)) kept.delete(key);
    },
  };
}
