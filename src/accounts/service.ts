import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Principal } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import { notFound } from '../platform/problem.ts';
import { pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import {
  OPERATOR,
  type ApiKey,
  type ApiKeyInput,
  type CreatedApiKey,
  type CreatedTenant,
  type Tenant,
} from './model.ts';
import * as store from './store.ts';

/** A key that was found is trusted for so long without asking again; a revoked one dies within this time everywhere. */
const REMEMBER_MS = 5_000;
const REMEMBER_MOST = 10_000;

export type Accounts = ReturnType<typeof createAccounts>;

/** Tenants and their API keys. Keys are stored as hashes; the tenant of a request is that of its key. */
export function createAccounts(deps: { db: Database; clock: Clock; ids: Ids }) {
  const { db, clock, ids } = deps;
  const known = new Map<string, { principal: Principal; until: number }>();

  const describeKey = (id: string, input: Pick<ApiKey, 'name' | 'scopes'>, key: string): ApiKey => ({
    id,
    name: input.name,
    prefix: key.slice(0, 10),
    scopes: [...new Set(input.scopes)],
    createdAt: clock.now().toISOString(),
    revokedAt: null,
  });

  const addKey = async (
    tenantId: string,
    id: string,
    input: Pick<ApiKey, 'name' | 'scopes'>,
  ): Promise<CreatedApiKey> => {
    const key = newKey();
    const created = describeKey(id, input, key);
    await db.tenant(tenantId, (tx) => store.putKey(tx, tenantId, created, hashOf(key)));
    return { ...created, key };
  };

  const newKey = () => `blst_${ids.random(32).toString('base64url')}`;

  const insertTenant = (id: string, name: string): Promise<Tenant> =>
    db.system((tx) => store.insertTenant(tx, { id, name, createdAt: clock.now().toISOString() }));

  return {
    /** Makes a tenant with an admin key. A second call with the same id makes a new key in place of the one that was lost. */
    async createTenant(id: string, name: string): Promise<CreatedTenant> {
      const tenant = await insertTenant(id, name);
      // The key bears the id of the tenant, so that the second call meets that of the first.
      return { ...tenant, adminKey: await addKey(id, id, { name: 'admin', scopes: ['admin'] }) };
    },

    /** Who the key belongs to, or undefined. */
    async authenticate(token: string): Promise<Principal | undefined> {
      const hash = hashOf(token);
      const id = hash.toString('base64');
      const now = clock.monotonic();
      const hit = known.get(id);
      if (hit && hit.until > now) return hit.principal;
      const found = await db.system((tx) => store.findKeyByHash(tx, hash));
      known.delete(id);
      if (!found) return undefined;
      const principal = { tenantId: found.tenantId, keyId: found.id, scopes: found.scopes };
      if (known.size >= REMEMBER_MOST) known.clear();
      known.set(id, { principal, until: now + REMEMBER_MS });
      return principal;
    },

    /** A second call with the same id makes a new key in place of the one that was lost. */
    createKey: (maker: Principal, id: string, input: ApiKeyInput): Promise<CreatedApiKey> =>
      addKey(maker.tenantId, id, input),

    async listKeys(tenantId: string, page: PageRequest): Promise<Page<ApiKey>> {
      const rows = await db.tenant(tenantId, (tx) => store.listKeys(tx, tenantId, page));
      return pageOf(rows, page.limit, (key) => key.id);
    },

    async revokeKey(tenantId: string, id: string): Promise<void> {
      const done = await db.tenant(tenantId, (tx) => store.revokeKey(tx, tenantId, id, clock.now()));
      if (!done) throw notFound('API key', id);
      for (const [hash, { principal }] of known) if (principal.keyId === id) known.delete(hash);
    },

    /**
     * At the first start makes the first tenant with an admin key and answers the key, to be shown once. A bootstrap key
     * makes sure that this key is the admin key of the first tenant, at every start, and nothing is to be shown.
     */
    async bootstrap(bootstrapKey: string | undefined): Promise<string | undefined> {
      const existing = await db.system(store.firstTenant);
      if (existing !== undefined && bootstrapKey === undefined) return undefined;
      const tenantId = existing ?? (await insertTenant(ids.next(), 'default')).id;
      const key = bootstrapKey ?? newKey();
      const created = describeKey(ids.next(), { name: 'bootstrap', scopes: ['admin', OPERATOR] }, key);
      await db.tenant(tenantId, (tx) => store.insertKey(tx, tenantId, created, hashOf(key)));
      return bootstrapKey === undefined ? key : undefined;
    },
  };
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
