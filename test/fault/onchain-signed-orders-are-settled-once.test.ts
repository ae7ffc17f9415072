import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IntentService } from '../../src/execution/aggregators/intents.ts';
import type { VenueOrder } from '../../src/execution/ports.ts';
import type { OnchainVenue } from '../../src/execution/venues/onchain.ts';
import { anvilBinary } from '../support/anvil.ts';
import { startSettlementStage, type SettlementStage } from '../support/settlementStage.ts';
import type { ServerFault } from '../venues/aggregators/server.ts';

const ETHER = 10n ** 18n;

describe.skipIf(!anvilBinary())('a service that others settle through, and that fails', () => {
  let stage: SettlementStage;
  let trader: Awaited<ReturnType<SettlementStage['fund']>>;
  let venue: OnchainVenue;
  let order: VenueOrder;
  beforeAll(async () => {
    stage = await startSettlementStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    stage.services.cow.fault = undefined;
    trader = await stage.fund({ WETH: 20 });
    venue = stage.openWith();
    order = stage.order(await stage.account(trader), { quantity: '10' });
    const snapshot = await stage.anvil.rpc('evm_snapshot');
    return async () => void (await stage.anvil.rpc('evm_revert', [snapshot]));
  });

  const orders = () => stage.services.cow.orders;
  /** Its approval mined, and what comes of handing it in under the fault. */
  const underFault = async (on: string, does: ServerFault) => {
    await venue.submit(order);
    stage.services.cow.fault = { on, does };
    await stage.anvil.mine();
    await venue.lookup(order);
    stage.services.cow.fault = undefined;
    return stage.uidOf(order);
  };
  const expectSettledOnce = async (uid: Hex) => {
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'filled', fills: [{ quantity: '10' }] });
    expect(await stage.held('WETH', trader.address)).toBe(10n * ETHER);
    expect(await stage.services.read<bigint>('filledAmount', [uid])).toBe(10n * ETHER);
    expect([...orders().values()].filter(({ owner }) => owner === trader.address)).toHaveLength(1);
  };

  const before: [string, ServerFault][] = [
    ['drops the connection', 'drop'],
    ['is busy', { status: 503, body: '' }],
    ['sends too many away', { status: 429, body: '', headers: { 'retry-after': '0.001' } }],
    ['answers what is no JSON', { status: 200, body: '', raw: '<html>' }],
  ];
  it.each(before)('%s before it has the order: the same goes again', async (_, does) => {
    const uid = await underFault('POST /mainnet/api/v1/orders', does);
    expect(orders().has(uid)).toBe(false);
    stage.clock.ahead(1_500);
    await venue.lookup(order);
    expect(orders().has(uid)).toBe(true);
    await stage.services.settle(uid);
    await expectSettledOnce(uid);
  });

  const after: [string, ServerFault][] = [
    ['loses its answer', (said) => ({ ...said, status: 504, body: '', raw: '' })],
    ['breaks its answer', (said) => ({ ...said, raw: '{"0x' })],
    ['answers about another', (said) => ({ ...said, body: `0x${'ab'.repeat(56)}` })],
  ];
  it.each(after)('%s once it has the order: it is found there', async (_, does) => {
    const uid = await underFault('POST /mainnet/api/v1/orders', does);
    expect(orders().has(uid)).toBe(true);
    await stage.services.settle(uid);
    await expectSettledOnce(uid);
  });

  it('refuses the order, which ends', async () => {
    const does = { status: 400, body: { errorType: 'InsufficientBalance', description: 'it is poor' } };
    await underFault('POST /mainnet/api/v1/orders', does);
    expect(await stage.settled(order, venue)).toMatchObject({
      ...{ status: 'rejected', reason: expect.stringMatching(/InsufficientBalance/), fills: [] },
    });
    expect(orders().has(await stage.uidOf(order))).toBe(false);
  });

  it('refuses it after an answer was lost: that proves nothing, and it may still be settled', async () => {
    const uid = await underFault('POST /mainnet/api/v1/orders', (said) => ({
      ...said,
      status: 504,
      body: '',
      raw: '',
    }));
    const taken = orders().get(uid)!;
    orders().delete(uid); // it does not show it for a while
    const refusal = { status: 400, body: { errorType: 'InsufficientBalance', description: '' } };
    stage.services.cow.fault = { on: 'POST', does: refusal };
    stage.clock.ahead(1_000);
    expect((await venue.lookup(order))!.status).toBe('accepted');
    stage.services.cow.fault = undefined;
    orders().set(uid, taken);
    await stage.services.settle(uid);
    await expectSettledOnce(uid);
  });

  it('is silent for good: what the chain has settled is found there', async () => {
    const uid = await stage.handedIn(venue, order);
    await stage.services.settleSilently(uid);
    stage.services.cow.fault = { on: '', does: { status: 500, body: '' } };
    await expectSettledOnce(uid);
  });

  it('says that it was canceled, and the chain has it settled', async () => {
    const uid = await stage.handedIn(venue, order);
    await venue.cancel(order);
    expect(orders().get(uid)!.status).toBe('cancelled');
    await stage.services.settleSilently(uid);
    await expectSettledOnce(uid);
  });

  it('says that it has expired, and the chain has it settled', async () => {
    const uid = await stage.handedIn(venue, order);
    await stage.services.settleSilently(uid);
    await stage.pass(400);
    expect(await venue.lookup(order)).toMatchObject({ status: 'filled' });
    await expectSettledOnce(uid);
  });

  it('names a transaction that did something else, and is not believed', async () => {
    const uid = await stage.handedIn(venue, order);
    const taken = orders().get(uid)!;
    const block = await stage.anvil.public.getBlock({ blockNumber: 30n });
    Object.assign(taken, { status: 'fulfilled', sold: 1n, bought: 1n, txHash: block.transactions[0] });
    await stage.anvil.mine(4);
    expect(await venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
    await stage.services.settleSilently(uid);
    await expectSettledOnce(uid);
  });

  it('does not get it settled: it has expired once the chain could no longer', async () => {
    await stage.handedIn(venue, order);
    stage.clock.ahead(400_000); // for us and for the service, not yet on the chain
    await stage.anvil.mine(4);
    expect((await venue.lookup(order))!.status).toBe('accepted');
    await stage.pass(1, 1);
    expect((await venue.lookup(order))!.status).toBe('accepted');
    await stage.anvil.mine(2);
    expect((await venue.lookup(order))!).toMatchObject({ status: 'expired', reason: 'Not settled', fills: [] });
  });

  it('is asked again to take it back where it did not answer', async () => {
    const uid = await stage.handedIn(venue, order);
    stage.services.cow.fault = { on: 'DELETE', does: 'drop' };
    await venue.cancel(order);
    expect(orders().get(uid)!.status).toBe('open');
    stage.services.cow.fault = undefined;
    await venue.cancel(order);
    expect(orders().get(uid)!.status).toBe('cancelled');
    await stage.pass(400);
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'canceled', fills: [] });
  });

  it('is not handed in any more once it was called off', async () => {
    const uid = await underFault('POST /mainnet/api/v1/orders', 'drop');
    await venue.cancel(order);
    stage.clock.ahead(1_500);
    await venue.lookup(order);
    expect(orders().has(uid)).toBe(false);
    await stage.pass(400);
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'canceled', fills: [] });
  });

  it('is handed nothing that was called off while it was signed', async () => {
    const [relayer] = stage.services.configs.cow.spenders as [Hex];
    await stage.services.approve(trader, stage.market.tokens.WETH.address, relayer, 10n * ETHER);
    let asked = 0;
    const late = { ...order, isCalledOff: () => Promise.resolve(asked++ > 0) }; // after it was decided on
    expect(await venue.submit(late)).toMatchObject({ status: 'accepted', fills: [] });
    expect(asked).toBe(2);
    expect(orders().has(await stage.uidOf(order))).toBe(false);
    expect(await venue.cancel(order)).toMatchObject({ status: 'canceled', reason: 'Canceled before it was signed' });
  });

  it('is handed nothing that the signer of the owner has signed with another key', async () => {
    const other = await stage.fund({});
    const signer = createServer((incoming, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        const { params } = JSON.parse(Buffer.concat(chunks).toString()) as { params: [string, never] };
        response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: await other.signTypedData(params[1]) }));
      })();
    });
    await new Promise<void>((resolve) => void signer.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(signer.address() as AddressInfo).port}`;
    const [relayer] = stage.services.configs.cow.spenders as [Hex];
    await stage.services.approve(trader, stage.market.tokens.WETH.address, relayer, 10n * ETHER);
    order = stage.order(await stage.account(trader, { kind: 'remote', url }), { quantity: '10' });
    expect(await venue.submit(order)).toMatchObject({ status: 'accepted', fills: [] });
    expect(orders().has(await stage.uidOf(order))).toBe(false);
    expect(await venue.cancel(order)).toMatchObject({ status: 'canceled', reason: 'Canceled before it was signed' });
    signer.closeAllConnections();
    signer.close();
  });

  /**
   * Handed in by a venue that lives for so many steps, each a transaction in the database or a call to the service. The last one is cut off
   * before it takes effect, or right after. Another goes on from what is written down.
   */
  const workedThrough = async (steps: number, effect: 'done' | 'none'): Promise<boolean> => {
    let left = steps;
    const die = (): never => {
      throw new Error('dead');
    };
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      left -= 1;
      if (left < 0 || (left === 0 && effect === 'none')) die();
      const done = await work();
      return left === 0 ? die() : done;
    };
    const { cow } = stage.services.services;
    const service: IntentService = {
      ...cow,
      quote: (...asked) => step(() => cow.quote(...asked)),
      submit: (...asked) => step(() => cow.submit(...asked)),
      lookup: (...asked) => step(() => cow.lookup(...asked)),
    };
    const { db } = stage.database;
    const mortal = stage.openWith(
      [service],
      'none',
      {},
      { ...db, tenant: (id, work) => step(() => db.tenant(id, work)) },
    );
    const seller = await stage.fund({ WETH: 20 });
    order = stage.order(await stage.account(seller), { quantity: '1' });
    const looks = async (at: OnchainVenue) => {
      if (!(await at.lookup(order))) await at.submit(order);
      for (let look = 0; look < 4; look++) {
        await stage.anvil.mine();
        await at.lookup(order);
        const uid = (await stage.decisionOf(order)).intent?.uid;
        const taken = uid && orders().get(uid);
        if (taken?.status === 'open') await stage.services.settle(uid!);
        stage.clock.ahead(2);
      }
    };
    await looks(mortal).catch(() => undefined); // it died
    const isDead = left <= 0;
    const next = stage.openWith(undefined, 'none');
    await looks(next);
    expect(await stage.settled(order, next)).toMatchObject({ status: 'filled', fills: [{ quantity: '1' }] });
    expect(await stage.held('WETH', seller.address)).toBe(19n * ETHER);
    expect([...orders().values()].filter(({ owner }) => owner === seller.address)).toHaveLength(1);
    return isDead;
  };

  it.each(['none', 'done'] as const)(
    'dies with us at any step: it is settled once (effect of the last step: %s)',
    async (effect) => {
      let steps = 1;
      while (await workedThrough(steps, effect)) steps += 1;
      expect(steps).toBeGreaterThan(15);
      console.log(`killed at each of ${steps - 1} steps, effect ${effect}: 0 lost, 0 doubled, 0 stuck`);
    },
    120_000,
  );
});
