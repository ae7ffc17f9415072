import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import { requireScope, type Principal } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import { enqueue } from '../platform/outbox.ts';
import type { Wake } from '../platform/wake.ts';
import * as store from './controlStore.ts';
import { isLaxer, stricterState } from './limits.ts';
import type { Limits, TradingState, TradingStateInput, TradingStateView } from './limitsModel.ts';
import { waitingUnderWay } from './store.ts';

export interface ControlDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  /** Of executions. */
  queue: string;
}

export type Control = ReturnType<typeof createControl>;

const OPERATOR = 'operator';
/** Whoever may trade may stop trading; to let it go on takes whoever sets the limits. */
const ADMIN = 'admin';

/** Whether orders are sent at all, and within which limits. Kept in the database, so that a restart changes nothing. */
export function createControl({ db, clock, ids, wake, queue }: ControlDeps) {
  const inForce = ({ tenant, global }: store.StateRows): TradingState =>
    stricterState(tenant?.state ?? 'active', global?.state ?? 'active');

  const said = (row: store.StateRow | undefined) => ({
    ...{ state: row?.state ?? 'active', reason: row?.reason ?? 'Never set', setAt: row?.set_at ?? null },
  });

  const view = async (tx: Tx, tenantId: string): Promise<TradingStateView> => {
    const rows = await store.readStates(tx, tenantId);
    return { state: inForce(rows), tenant: said(rows.tenant), global: said(rows.global) };
  };

  /** Until `tx` ends nobody changes what this answers, and nothing else of the tenant is marked as sent. */
  const lockView = async (tx: Tx, tenantId: string): Promise<TradingStateView> => {
    // Statements run in the order of the calls, each on what is committed by then.
    const [, seen] = await Promise.all([store.lockSending(tx, tenantId), view(tx, tenantId)]);
    return seen;
  };

  const state = (tenantId: string): Promise<TradingStateView> => db.tenant(tenantId, (tx) => view(tx, tenantId));

  return {
    state,
    view,

    lockView,

    lockState: async (tx: Tx, tenantId: string): Promise<TradingState> => (await lockView(tx, tenantId)).state,

    readState: async (tx: Tx, tenantId: string): Promise<TradingState> => inForce(await store.readStates(tx, tenantId)),

    /**
     * Says whether orders are sent; a laxer state than the one in force asks for an administrator. Once this has answered, no order that it forbids is sent any more; executions that are under way
     * cancel what is open at their next look.
     */
    async setState(
      principal: Principal,
      { scope, state: wanted, reason }: TradingStateInput,
    ): Promise<TradingStateView> {
      const now = clock.now();
      const set = { id: ids.next(), state: wanted, reason, by: principal.keyId };
      const write = async (tx: Tx, tenantId: string | null) => {
        await store.writeState(tx, tenantId, set, now);
        // Those that run look at the state themselves; those that wait for a signature or their next slice have to be woken to end.
        for (const { tenant_id, id } of await waitingUnderWay(tx, tenantId)) {
          await enqueue(tx, now, { tenantId: tenant_id, queue, subjects: [id] });
        }
      };
      if (scope === 'global') {
        requireScope(principal, OPERATOR);
        await db.system((tx) => write(tx, null));
      } else {
        await db.tenant(principal.tenantId, async (tx) => {
          await store.lockSending(tx, principal.tenantId);
          const { tenant } = await store.readStates(tx, principal.tenantId);
          if (isLaxer(wanted, tenant?.state ?? 'active')) requireScope(principal, ADMIN);
          await write(tx, principal.tenantId);
          const { tenantId } = principal;
          const data = { state: wanted, reason };
          await appendEvent(tx, now, { tenantId, type: 'trading_state.changed', subject: set.id, data });
        });
      }
      wake.call('outbox');
      wake.call('events');
      return state(principal.tenantId);
    },

    limits: (tenantId: string): Promise<Limits> => db.tenant(tenantId, (tx) => store.readLimits(tx, tenantId)),

    async setLimits(tenantId: string, limits: Limits): Promise<Limits> {
      await db.tenant(tenantId, (tx) => store.writeLimits(tx, tenantId, limits, clock.now()));
      return limits;
    },
  };
}
