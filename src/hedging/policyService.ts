import { resolveInstrument } from '../instruments/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import { notFound, pointer, Problem, rejectFaults, type Fault } from '../platform/problem.ts';
import type { HedgePolicy, HedgePolicyInput, StoredPolicy } from './policyModel.ts';
import * as store from './policyStore.ts';

export type Policies = ReturnType<typeof createPolicies>;

/** Policies and their immutable versions: plans, monitors and backtests name the version that they go by. */
export function createPolicies({ db, clock }: { db: Database; clock: Clock }) {
  const get = async (tenantId: string, id: string, version?: number): Promise<StoredPolicy> => {
    const found = await db.tenant(tenantId, (tx) => store.findPolicy(tx, tenantId, id, version));
    if (!found) throw notFound(version === undefined ? 'hedge policy' : `version ${version} of hedge policy`, id);
    return found;
  };

  return {
    get,

    async list(tenantId: string, page: PageRequest): Promise<Page<StoredPolicy>> {
      const rows = await db.tenant(tenantId, (tx) => store.listPolicies(tx, tenantId, page));
      return pageOf(rows, page.limit, (policy) => policy.id);
    },

    /** Creates version 1. A second call with the same id answers the policy of the first. */
    async create(tenantId: string, id: string, input: HedgePolicyInput): Promise<StoredPolicy> {
      rejectFaults(policyFaults(input.policy, ['policy']));
      const policy = await db.tenant(tenantId, async (tx) => {
        await store.insertPolicy(tx, tenantId, id, input, clock.now());
        return store.findPolicy(tx, tenantId, id, undefined);
      });
      if (!policy) throw new Problem('conflict', 'The id of this hedge policy is taken');
      return policy;
    },

    /** Makes the version after the current one, which has to be the expected one, if one is. */
    async replace(
      tenantId: string,
      id: string,
      expected: number | undefined,
      input: HedgePolicyInput,
    ): Promise<StoredPolicy> {
      rejectFaults(policyFaults(input.policy, ['policy']));
      await db.tenant(tenantId, async (tx) => {
        const current = await store.lockPolicy(tx, tenantId, id);
        if (current === undefined) throw notFound('hedge policy', id);
        if (expected !== undefined && expected !== current) {
          throw new Problem('precondition_failed', `The hedge policy is at version ${current}, not ${expected}`, {
            headers: { etag: `"${current}"` },
          });
        }
        await store.insertVersion(tx, tenantId, id, current + 1, input, clock.now());
      });
      return get(tenantId, id);
    },
  };
}

/** What is wrong with the instruments that a policy names. `at`: where the policy stands in the request. */
export function policyFaults({ instruments = {} }: HedgePolicy, at: PropertyKey[]): Fault[] {
  return Object.entries(instruments).flatMap(([side, instrument]): Fault[] => {
    const fault = (code: string, detail: string) => ({ pointer: pointer([...at, 'instruments', side]), code, detail });
    const resolved = resolveInstrument(instrument);
    if (!resolved.ok) return [fault(resolved.code, resolved.detail)];
    const { kind } = resolved.instrument.terms;
    if (kind !== 'option' && kind !== 'liquidity') return [];
    return [fault('unsupported_hedge', 'A policy trades spot, perpetuals and futures')];
  });
}
