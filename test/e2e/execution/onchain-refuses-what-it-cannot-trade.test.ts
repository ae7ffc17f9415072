import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VenueOrder } from '../../../src/execution/ports.ts';
import type { OnchainVenue } from '../../../src/execution/venues/onchain.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';

describe.skipIf(!anvilBinary())('an order that cannot be traded on the chain', () => {
  let stage: EvmStage;
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());

  /** Expects a refusal, now and whenever it is asked again, with nothing sent from the address. */
  const refused = async (
    rest: Partial<VenueOrder>,
    { tokens = { WETH: 100 }, ether = 10, venue = stage.venue as OnchainVenue } = {},
  ): Promise<string> => {
    const trader = await stage.fund(tokens, ether);
    const order = stage.order(await stage.account(trader), rest);
    const report = await venue.submit(order);
    expect(report).toMatchObject({ status: 'rejected', fills: [] });
    expect(await venue.lookup(order)).toEqual(report);
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' })).toBe(0);
    return report.reason!;
  };

  it.each<[string, Partial<VenueOrder>, RegExp]>([
    [
      'a token that is not configured',
      { terms: { kind: 'spot', underlying: 'SOL', quote: 'USD' } },
      /No token .* SOL on local/,
    ],
    [
      'another instrument than spot',
      { terms: { kind: 'perpetual', underlying: 'ETH', quote: 'USD', settlement: 'linear' } },
      /Only spot/,
    ],
    [
      'a pair that no pool holds, nor two of one kind by way of a third token',
      { terms: { kind: 'spot', underlying: 'ETH', quote: 'USDT' }, limitPrice: '2000' },
      /no configured pool holds both/,
    ],
    ['finer amounts than the token has', { quantity: '0.0000000000000000001', limitPrice: '1' }, /less than one unit/],
    ['a fraction of a unit', { quantity: '1.0000000000000000001' }, /more than the 18 decimals/],
    [
      'what is worth less than a unit of the quote',
      { side: 'buy', quantity: '0.000000000000000001' },
      /worth less than one unit/,
    ],
    ['more than the account holds', { quantity: '100.5', limitPrice: '1' }, /holds 100 of the token .* may need 100.5/],
    [
      'more than the limit price gives',
      { limitPrice: '2999' },
      /No route is within the limit: the best trades at 2\d{3}/,
    ],
    ['more than there is', { quantity: '90', side: 'buy', limitPrice: '3000.5' }, /No route is within the limit/],
    ['a private way where there is none', { mempool: 'private' }, /No private relay/],
  ])('refuses %s', async (_, rest, reason) => {
    expect(await refused(rest)).toMatch(reason);
  });

  it('refuses an account that cannot pay the gas', async () => {
    expect(await refused({}, { ether: 0.0001 })).toMatch(/holds 0.0001 ETH; gas may cost 0.00/);
  });

  it('refuses gas that is dearer than may be paid', async () => {
    const venue = stage.open({ maxFeeGwei: 0.000001 });
    expect(await refused({}, { venue })).toMatch(/Gas costs more/);
  });

  it('refuses a key that is not that of the address', async () => {
    const [trader, other] = [await stage.fund({ WETH: 10 }), await stage.fund({})];
    const order = stage.order(await stage.account(trader, { kind: 'local', privateKey: other.key }));
    const { status, reason } = await stage.venue.submit(order);
    expect(status).toBe('rejected');
    expect(reason).toContain('is not that of');
    expect(reason).not.toContain(other.key);
  });

  it('refuses an address that another tenant trades with: they would take each other nonces', async () => {
    const trader = await stage.fund({ WETH: 10 });
    const first = stage.order(await stage.account(trader), { quantity: '1' });
    await stage.venue.submit(first);
    const second = stage.order(await stage.account(trader), { quantity: '1' });
    expect(await stage.venue.submit(second)).toMatchObject({
      status: 'rejected',
      reason: expect.stringMatching(/Another tenant/),
    });
    expect((await stage.settled(first)).status).toBe('filled');
  });

  it('sends nothing to a node of another chain', async () => {
    const venue = stage.open({ chainId: 137 });
    const trader = await stage.fund({ WETH: 10 });
    const order = stage.order(await stage.account(trader));
    await expect(venue.submit(order)).rejects.toThrow(/another chain than 137/);
    expect(await venue.lookup(order)).toBeUndefined();
  });

  it('knows nothing of an order that it never saw', async () => {
    const order = stage.order({ tenantId: randomUUID(), accountId: randomUUID() });
    expect(await stage.venue.lookup(order)).toBeUndefined();
    expect(await stage.venue.cancel(order)).toBeUndefined();
  });
});
