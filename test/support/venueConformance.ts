import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Venue, VenueOrder } from '../../src/execution/ports.ts';

export interface VenueStage {
  venue: Venue;
  tenant(): Promise<string>;
  /** An order that the venue can work, for a new tenant, under a new id. */
  order(tenantId: string): Promise<VenueOrder>;
}

/** What the execution relies on, whichever venue it is. */
export function venueConforms(name: string, stage: () => VenueStage): void {
  const placed = async () => {
    const { venue, tenant, order } = stage();
    const asked = {
      ...(await order(await tenant())),
      clientOrderId: `b${randomUUID().replaceAll('-', '').slice(0, 25)}`,
    };
    return { venue, asked, report: await venue.submit(asked) };
  };

  describe(name, () => {
    it('takes an order and tells its fills, each with a trade id of its own, together no more than the quantity', async () => {
      const { asked, report } = await placed();
      expect(report.venueOrderId).toEqual(expect.any(String));
      const ids = report.fills.map(({ tradeId }) => tradeId);
      expect(new Set(ids).size).toBe(ids.length);
      const filled = report.fills.reduce((sum, { quantity }) => sum + Number(quantity), 0);
      expect(filled).toBeLessThanOrEqual(Number(asked.quantity));
      if (report.status === 'filled') expect(filled).toBe(Number(asked.quantity));
    });

    it('answers a second submission of one id with what became of the first, whatever it asks for', async () => {
      const { venue, asked, report } = await placed();
      expect(await venue.submit(asked)).toEqual(report);
      const other = asked.side === 'buy' ? ('sell' as const) : ('buy' as const);
      expect(await venue.submit({ ...asked, side: other, limitPrice: asked.referencePrice })).toEqual(report);
    });

    it('takes one of many submissions of one id at once', async () => {
      const { venue, tenant, order } = stage();
      const asked = { ...(await order(await tenant())), clientOrderId: `b${randomUUID().slice(0, 8)}` };
      const reports = await Promise.all(Array.from({ length: 8 }, () => venue.submit(asked)));
      for (const report of reports) expect(report).toEqual(reports[0]);
    });

    it('looks up what it took, as it told it', async () => {
      const { venue, asked, report } = await placed();
      expect(await venue.lookup(asked.tenantId, asked.clientOrderId)).toEqual(report);
    });

    it('knows nothing of an order that it never saw', async () => {
      const { venue, tenant } = stage();
      expect(await venue.lookup(await tenant(), 'b0')).toBeUndefined();
    });

    it("tells nobody of another tenant's order", async () => {
      const { venue, asked } = await placed();
      expect(await venue.lookup(await stage().tenant(), asked.clientOrderId)).toBeUndefined();
    });
  });
}
