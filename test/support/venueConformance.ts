import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Venue, VenueOrder } from '../../src/execution/ports.ts';

export interface VenueStage {
  venue: Venue;
  tenant(): string | Promise<string>;
  /** An order that the venue can work, for a new tenant, under a new id; it ends at once. */
  order(tenantId: string): VenueOrder | Promise<VenueOrder>;
}

/** What the execution relies on, whichever venue it is. */
export function venueConforms(name: string, stage: () => VenueStage): void {
  const newOrder = async (): Promise<VenueOrder> => {
    const { tenant, order } = stage();
    const clientOrderId = `b${randomUUID().replaceAll('-', '').slice(0, 25)}`;
    return { ...(await order(await tenant())), clientOrderId };
  };
  const placed = async () => {
    const { venue } = stage();
    const asked = await newOrder();
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

    it('tells all fees of an order in one currency', async () => {
      const { report } = await placed();
      expect(new Set(report.fills.map(({ feeCurrency }) => feeCurrency)).size).toBeLessThanOrEqual(1);
    });

    it('answers a second submission of one id with what became of the first, whatever it asks for', async () => {
      const { venue, asked, report } = await placed();
      expect(await venue.submit(asked)).toEqual(report);
      const other = asked.side === 'buy' ? ('sell' as const) : ('buy' as const);
      expect(await venue.submit({ ...asked, side: other, limitPrice: asked.referencePrice })).toEqual(report);
    });

    it('takes one of many submissions of one id at once', async () => {
      const { venue } = stage();
      const asked = await newOrder();
      const reports = await Promise.all(Array.from({ length: 8 }, () => venue.submit(asked)));
      for (const report of reports) expect(report).toEqual(reports[0]);
    });

    it('looks up what it took, as it told it', async () => {
      const { venue, asked, report } = await placed();
      expect(await venue.lookup(asked)).toEqual(report);
    });

    it('knows nothing of an order that it never saw', async () => {
      const { venue } = stage();
      const unseen = await newOrder();
      expect(await venue.lookup(unseen)).toBeUndefined();
      expect(await venue.cancel(unseen)).toBeUndefined();
    });

    it("tells nobody of another tenant's order, and lets nobody cancel it", async () => {
      const { venue, asked, report } = await placed();
      const others = { ...(await newOrder()), clientOrderId: asked.clientOrderId };
      expect(await venue.lookup(others)).toBeUndefined();
      expect(await venue.cancel(others)).toBeUndefined();
      expect(await venue.lookup(asked)).toEqual(report);
    });

    it('leaves an order that has ended as it is when it is told to cancel it', async () => {
      const { venue, asked, report } = await placed();
      expect(await venue.cancel(asked)).toEqual(report);
      expect(await venue.lookup(asked)).toEqual(report);
    });

    it('works no order on after it has told its end', async () => {
      const { venue, asked } = await placed();
      expect(await venue.openOrders({ tenantId: asked.tenantId, accountId: asked.accountId ?? 'none' })).toEqual([]);
    });
  });
}
