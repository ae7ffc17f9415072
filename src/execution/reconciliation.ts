import type { Logger } from 'pino';
import type { Hedging } from '../hedging/service.ts';
import type { Ledgers } from '../ledger/service.ts';
import type { Market } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Order } from './model.ts';
import { venueOf, type OrderWork } from './orderWork.ts';
import type { VenueAccountRef, Venues } from './ports.ts';
import { book } from './settlement.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';
import type { ExternalOrder } from './venueAccountModel.ts';
import type { VenueAccounts } from './venueAccountService.ts';
import * as accountStore from './venueAccountStore.ts';

export interface ReconciliationDeps {
  db: Database;
  clock: Clock;
  log: Logger;
  market: Market;
  hedging: Hedging;
  portfolios: Portfolios;
  ledger: Ledgers;
  accounts: VenueAccounts;
  venues: Venues;
  orderWork: OrderWork;
}

/** An account is trusted for so long after it was compared with its venue. */
const TRUSTED_MS = 60_000;
const ACCOUNTS = 10;
/** Ended orders are looked at again for so long, so often: a fill may come late. */
const LATE_MS = 15 * 60_000;
const REVISIT_MS = 60_000;
const ORDERS = 50;

/** Compares what we believe with what the venues say, at the start and ever after. */
export type Reconciliation = ReturnType<typeof createReconciliation>;

export function createReconciliation(deps: ReconciliationDeps) {
  const { db, clock, log, market, hedging, portfolios, ledger, accounts, venues, orderWork } = deps;

  /** Compares the account with its venue. Throws where that does not answer: no answer is not "nothing is open". */
  const reconcile = async (account: VenueAccountRef): Promise<void> => {
    const { venue } = await accounts.get(account.tenantId, account.accountId);
    const open = await venueOf(venues, venue as Order['venue']).openOrders(account);
    await db.tenant(account.tenantId, async (tx) => {
      const ids = open.flatMap(({ clientOrderId }) => clientOrderId ?? []);
      const ours = await accountStore.ownIds(tx, account.tenantId, ids);
      const external = open.filter(({ clientOrderId }) => clientOrderId === null || !ours.has(clientOrderId));
      await accountStore.saveReconciled(tx, account, external, clock.now());
      if (external.length > 0) log.info({ account: account.accountId, orders: external.length }, 'orders of others');
    });
  };

  /** Whoever asks while an account is being compared waits for that. */
  const comparing = new Map<string, Promise<void>>();
  const reconcileOnce = (account: VenueAccountRef): Promise<void> => {
    const known = comparing.get(account.accountId);
    if (known) return known;
    const running = reconcile(account).finally(() => comparing.delete(account.accountId));
    comparing.set(account.accountId, running);
    return running;
  };

  /** What an order that had ended has traded since goes into the book, once. What is there and in no book does, too: an earlier look may have died. */
  const revisit = async (order: orderStore.OrderRow): Promise<void> => {
    if (order.status !== 'filled') await orderWork.revisit(order);
    const found = (await db.tenant(order.tenant_id, (tx) =>
      store.findExecution(tx, order.tenant_id, { id: order.execution_id }),
    ))!;
    const plan = await hedging.get(order.tenant_id, found.hedge_plan_id);
    const view = await market.view(order.tenant_id, plan.marketSnapshotId);
    await db.tenant(order.tenant_id, async (tx) => {
      const execution = (await store.lockExecution(tx, order.tenant_id, order.execution_id))!;
      if (execution.status !== 'succeeded') return; // it books its fills itself
      const row = await orderStore.lockOrder(tx, order.id);
      const version = await book({ portfolios, ledger, log }, tx, execution, [row], clock.now(), view);
      if (version === null) return;
      const data = {
        ...{ id: order.id, executionId: execution.id, portfolioId: execution.portfolio_id, portfolioVersion: version },
        ...{ symbol: order.symbol, filledQuantity: row.filled_quantity, status: row.status },
      };
      const event = { tenantId: order.tenant_id, type: 'order.filled_late', subject: order.id, data };
      await appendEvent(tx, clock.now(), event);
    });
  };

  /** Does `work` for each, whatever becomes of the others; answers whether all went well. */
  const each = async <T>(items: readonly T[], work: (item: T) => Promise<void>, what: string): Promise<void> => {
    for (const item of items) {
      try {
        await work(item);
      } catch (error) {
        log.warn({ err: error }, what);
      }
    }
  };

  return {
    reconcile: reconcileOnce,

    /** Whether the account was compared with its venue a short time ago. */
    async isKnown(account: VenueAccountRef): Promise<boolean> {
      const { reconciledAt } = await accounts.get(account.tenantId, account.accountId);
      return reconciledAt !== null && clock.now().getTime() - Date.parse(reconciledAt) < TRUSTED_MS;
    },

    /** Compares the accounts that are due, and looks at orders that ended short of late. */
    async reconcileDue(): Promise<boolean> {
      const now = clock.now().getTime();
      const due = await db.system((tx) => accountStore.dueAccounts(tx, new Date(now - TRUSTED_MS), ACCOUNTS));
      await each(
        due,
        ({ id, tenant_id }) => reconcile({ tenantId: tenant_id, accountId: id }),
        'an account could not be compared with its venue',
      );
      const late = { since: new Date(now - LATE_MS), before: new Date(now - REVISIT_MS), now: new Date(now) };
      const orders = await db.system((tx) => orderStore.unfinished(tx, late, ORDERS));
      await each(orders, revisit, 'an order that had ended could not be looked at');
      return false;
    },

    async externalOrders(tenantId: string, accountId: string): Promise<ExternalOrder[]> {
      await accounts.get(tenantId, accountId);
      return db.tenant(tenantId, (tx) => accountStore.listExternal(tx, tenantId, accountId));
    },
  };
}
