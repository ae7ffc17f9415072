import { Problem } from '../../platform/problem.ts';
import type { OpenAccount, VenueAccountRef } from '../ports.ts';
import type { ExchangeApi } from './dialect.ts';
import { ExchangeFault } from './fault.ts';
import type { Credentials, Wire } from './wire.ts';

/** A client is up to 450 kB and 10 ms of work. */
const MAX_CLIENTS = 100;

/**
 * The clients of a venue's accounts, the most recently used ones. The account is opened every time, so that one that was
 * closed is not traded on and new keys are taken up at once; a client whose keys are refused is dropped.
 */
export function createClients(venue: string, openAccount: OpenAccount, connect: Wire['connect']) {
  const clients = new Map<string, { credentials: Credentials; api: Promise<ExchangeApi> }>();

  return async (account: VenueAccountRef): Promise<ExchangeApi> => {
    const credentials = await credentialsOf(venue, openAccount, account);
    const key = `${account.tenantId}/${account.accountId}`;
    const known = clients.get(key);
    const drop = () => void clients.delete(key);
    const client =
      known && same(known.credentials, credentials) ? known : { credentials, api: connect(credentials, drop) };
    clients.delete(key); // to its end: the first is the one that was not used for longest
    clients.set(key, client);
    for (const oldest of clients.keys()) {
      if (clients.size <= MAX_CLIENTS) break;
      clients.delete(oldest);
    }
    return client.api;
  };
}

async function credentialsOf(venue: string, openAccount: OpenAccount, account: VenueAccountRef): Promise<Credentials> {
  const { secrets } = await openAccount(account).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'not_found') throw new ExchangeFault('refused', error.message);
    throw error;
  });
  if (secrets.venue !== venue || secrets.venue === 'onchain')
    throw new ExchangeFault('refused', `The account is one at ${secrets.venue}, not at ${venue}`);
  const { apiKey, apiSecret } = secrets;
  return { apiKey, apiSecret, ...('passphrase' in secrets && { passphrase: secrets.passphrase }) };
}

function same(a: Credentials, b: Credentials): boolean {
  return a.apiKey === b.apiKey && a.apiSecret === b.apiSecret && a.passphrase === b.passphrase;
}
