import type { Cipher } from '../platform/cipher.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import { notFound, Problem, rejectFaults } from '../platform/problem.ts';
import { ownershipFault } from './chains/ownership.ts';
import type { OnchainSecrets } from './chains/signer.ts';
import type { VenueAccount, VenueAccountRef } from './ports.ts';
import {
  VenueAccountSecretsSchema,
  type VenueAccountInput,
  type VenueAccountSecrets,
  type VenueAccountView,
} from './venueAccountModel.ts';
import * as store from './venueAccountStore.ts';
import type { VenuesConfig } from './venuesModel.ts';

export type VenueAccounts = ReturnType<typeof createVenueAccounts>;

/** What a tenant trades with at venues. Credentials are sealed as they come in and are opened for the venue alone. */
export function createVenueAccounts(deps: { db: Database; clock: Clock; cipher: Cipher; venues: VenuesConfig }) {
  const { db, clock, cipher, venues } = deps;

  const find = async (tenantId: string, id: string): Promise<VenueAccountView | undefined> => {
    const row = await db.tenant(tenantId, (tx) => store.findAccount(tx, tenantId, id));
    return row && viewOf(row);
  };

  const get = async (tenantId: string, id: string): Promise<VenueAccountView> => {
    const found = await find(tenantId, id);
    if (!found) throw notFound('venue account', id);
    return found;
  };

  /** What is kept of credentials, once it is shown that they are the tenant's to use. */
  const secretsOf = async (
    tenantId: string,
    credentials: VenueAccountInput['credentials'],
  ): Promise<VenueAccountSecrets> => {
    if (credentials.venue !== 'onchain') return credentials;
    const { proof, ...secrets } = credentials;
    const fault = await ownershipFault(tenantId, chainIdsOf(secrets), secrets, proof);
    if (fault) rejectFaults([fault], 'It is not shown that the address is yours');
    return secrets;
  };

  const chainIdsOf = ({ chain, otherChains = [] }: OnchainSecrets): number[] => {
    const ids = new Map(venues.chains.map(({ name, chainId }) => [name, chainId]));
    const named = [
      { pointer: '/credentials/chain', name: chain },
      ...otherChains.map((name, i) => ({ pointer: `/credentials/otherChains/${i}`, name })),
    ];
    const detail = `The operator has configured these chains: ${[...ids.keys()].join(', ') || 'none'}`;
    const unknown = named.filter(({ name }) => !ids.has(name));
    rejectFaults(unknown.map(({ pointer }) => ({ pointer, code: 'unknown_chain', detail })));
    return [...new Set(named.map(({ name }) => ids.get(name)!))];
  };

  return {
    find,
    get,

    /** A second call with the same id answers the account of the first. */
    async create(tenantId: string, id: string, { name, credentials }: VenueAccountInput): Promise<VenueAccountView> {
      const secrets = await secretsOf(tenantId, credentials);
      const sealed = cipher.seal(JSON.stringify(secrets));
      const account = { id, venue: secrets.venue, name, public: publicPart(secrets), sealed };
      await db.tenant(tenantId, (tx) => store.insertAccount(tx, tenantId, account, clock.now()));
      return get(tenantId, id);
    },

    async list(tenantId: string, page: PageRequest): Promise<Page<VenueAccountView>> {
      const rows = await db.tenant(tenantId, (tx) => store.listAccounts(tx, tenantId, page));
      return pageOf(rows.map(viewOf), page.limit, ({ id }) => id);
    },

    /** Forgets the credentials. Refused while an execution trades with them. */
    async remove(tenantId: string, id: string): Promise<void> {
      await db.tenant(tenantId, async (tx) => {
        if (await store.isInUse(tx, id))
          throw new Problem('conflict', 'An execution that has not ended trades with it');
        if (!(await store.removeAccount(tx, tenantId, id, clock.now()))) throw notFound('venue account', id);
      });
    },

    /** The account with its secrets, for the venue alone. */
    async open({ tenantId, accountId }: VenueAccountRef): Promise<VenueAccount> {
      const row = await db.tenant(tenantId, (tx) => store.findAccount(tx, tenantId, accountId));
      if (!row) throw notFound('venue account', accountId);
      return { tenantId, accountId, secrets: VenueAccountSecretsSchema.parse(JSON.parse(cipher.open(row.sealed))) };
    },
  };
}

function publicPart(secrets: VenueAccountSecrets): store.PublicPart {
  if (secrets.venue !== 'onchain') return { chain: null, address: null, signer: null };
  const { chain, otherChains = [], address, signer } = secrets;
  return { chain, otherChains, address, signer: signer.kind };
}

function viewOf(row: store.VenueAccountRow): VenueAccountView {
  return {
    ...{ id: row.id, venue: row.venue, name: row.name, ...row.public, reconciledAt: row.reconciled_at },
    otherChains: row.public.otherChains ?? [],
    ...{ externalOrders: row.external_orders, createdAt: row.created_at },
  };
}
