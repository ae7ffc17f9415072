import type { HedgePlanInput } from '../hedging/model.ts';
import { conventionOf, type Hedging } from '../hedging/service.ts';
import type { MarketView } from '../market/service.ts';
import type { UnitPrices } from '../risk/service.ts';

/** The prices of the snapshots that are looked at now, shared by all books that are priced in one convention. */
export function openPrices(hedging: Pick<Hedging, 'unitPrices'>) {
  const kept = new Map<string, UnitPrices>();
  return {
    in(view: MarketView, request: HedgePlanInput): UnitPrices {
      const convention = conventionOf(request);
      const key = `${view.id} ${convention}`;
      const found = kept.get(key) ?? hedging.unitPrices(view, convention);
      kept.set(key, found);
      return found;
    },
    /** Those of other snapshots are forgotten. */
    keep(rows: readonly { snapshot_id: string | null }[]): void {
      const current = new Set(rows.map(({ snapshot_id: id }) => id));
      for (const [key, { market }] of kept) if (!current.has(market.id)) kept.delete(key);
    },
  };
}
