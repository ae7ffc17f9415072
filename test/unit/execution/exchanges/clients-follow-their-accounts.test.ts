import { expect, it, vi } from 'vitest';
import { createClients } from '../../../../src/execution/exchanges/clients.ts';
import type { ExchangeApi } from '../../../../src/execution/exchanges/dialect.ts';
import type { VenueAccountSecrets } from '../../../../src/execution/venueAccountModel.ts';
import { notFound } from '../../../../src/platform/problem.ts';

const keys = (apiKey: string): VenueAccountSecrets => ({ venue: 'deribit', apiKey, apiSecret: 'secret' });

function clientsOf(open: (accountId: string) => VenueAccountSecrets) {
  const drops: (() => void)[] = [];
  const connect = vi.fn(async (_credentials: unknown, dropped: () => void) => {
    drops.push(dropped);
    return { call: vi.fn() } as unknown as ExchangeApi;
  });
  const clientOf = createClients('deribit', async (ref) => ({ ...ref, secrets: open(ref.accountId) }), connect);
  return { connect, drops, client: (accountId = 'desk') => clientOf({ tenantId: 'tenant', accountId }) };
}

it('an account has one client for as long as its keys are the same', async () => {
  let apiKey = 'old';
  const { connect, client } = clientsOf(() => keys(apiKey));
  expect(await client()).toBe(await client());
  apiKey = 'new';
  await client();
  expect(connect.mock.calls.map(([credentials]) => credentials)).toEqual([
    { apiKey: 'old', apiSecret: 'secret' },
    { apiKey: 'new', apiSecret: 'secret' },
  ]);
});

it('a client whose keys are refused is dropped', async () => {
  const { connect, drops, client } = clientsOf(() => keys('key'));
  await client();
  drops[0]!();
  await client();
  expect(connect).toHaveBeenCalledTimes(2);
});

it('the most recently used hundred are kept', async () => {
  const { connect, client } = clientsOf(keys);
  for (let i = 0; i < 100; i++) await client(`desk-${i}`);
  await client('desk-0');
  await client('another');
  await client('desk-0');
  expect(connect).toHaveBeenCalledTimes(101);
  await client('desk-1');
  expect(connect).toHaveBeenCalledTimes(102);
});

it('an account of another venue, or that there is not any more, is a refusal', async () => {
  const other = clientsOf(() => ({ venue: 'binance', apiKey: 'key', apiSecret: 'secret' }));
  await expect(other.client()).rejects.toMatchObject({
    verdict: 'refused',
    detail: 'The account is one at binance, not at deribit',
  });
  const gone = clientsOf(() => {
    throw notFound('venue account', 'desk');
  });
  await expect(gone.client()).rejects.toMatchObject({ verdict: 'refused' });
});
