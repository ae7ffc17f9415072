import { isAddressEqual, type Address, type Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IntentService } from '../../src/execution/aggregators/intents.ts';
import type { VenueOrder } from '../../src/execution/ports.ts';
import type { OnchainVenue } from '../../src/execution/venues/onchain.ts';
import { anvilBinary } from '../support/anvil.ts';
import { startSettlementStage, type SettlementStage } from '../support/settlementStage.ts';
import type { ServerFault } from '../venues/aggregators/server.ts';

const ETHER = 10n ** 18n;
const RELAYER = 'POST /relayer';

describe.skipIf(!anvilBinary())('1inch Fusion, failing', () => {
  let stage: SettlementStage;
  let trader: Awaited<ReturnType<SettlementStage['fund']>>;
  let venue: OnchainVenue;
  let account: { tenantId: string; accountId: string };
  let order: VenueOrder;
  beforeAll(async () => {
    stage = await startSettlementStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    stage.services.fusion.fault = undefined;
    await stage.pass(600, 1); // later than whatever block another test has come to
    trader = await stage.fund({ WETH: 20 });
    venue = stage.openWith([stage.services.services.fusion]);
    account = await stage.account(trader);
    order = stage.order(account, { quantity: '10' });
    const snapshot = await stage.anvil.rpc('evm_snapshot');
    return async () => void (await stage.anvil.rpc('evm_revert', [snapshot]));
  });

  const orders = () => stage.services.fusion.orders;
  const ordersOf = (owner: Address) =>
    [...orders().values()].filter(({ order: { maker } }) => isAddressEqual(maker, owner));
  const handedIn = () => stage.handedIn(venue, order, orders());
  /** Its approval mined, and what comes of handing it in under the fault. */
  const underFault = async (does: ServerFault) => {
    await venue.submit(order);
    stage.services.fusion.fault = { on: RELAYER, does };
    await stage.anvil.mine();
    await venue.lookup(order);
    stage.services.fusion.fault = undefined;
    return stage.uidOf(order);
  };
  const isSpent = async (owner: Hex, hash: Hex) => {
    const nonce = (BigInt(orders().get(hash)!.order.makerTraits) >> 120n) & (2n ** 40n - 1n);
    const slot = await stage.services.readRouter<bigint>('bitInvalidatorForOrder', [owner, nonce]);
    return ((slot >> (nonce & 0xffn)) & 1n) === 1n;
  };
  const expectSettledOnce = async (hash: Hex) => {
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'filled', fills: [{ quantity: '10' }] });
    expect(await stage.held('WETH', trader.address)).toBe(10n * ETHER);
    expect(await isSpent(trader.address, hash)).toBe(true);
    expect(ordersOf(trader.address)).toHaveLength(1);
  };

  const before: [string, ServerFault][] = [
    ['drops the connection', 'drop'],
    ['is busy', { status: 503, body: '' }],
    ['sends too many away', { status: 429, body: '', headers: { 'retry-after': '0.001' } }],
    ['answers what is no JSON', { status: 200, body: '', raw: '<html>' }],
    ['says that it took it, and did not', { status: 201, body: '', raw: '' }],
  ];
  it.each(before)('%s before it has the order: the same goes again', async (_, does) => {
    const hash = await underFault(does);
    expect(orders().has(hash)).toBe(false);
    stage.clock.ahead(1_500);
    await venue.lookup(order);
    expect(orders().has(hash)).toBe(true);
    await stage.services.settleFusion(hash);
    await expectSettledOnce(hash);
  });

  it('loses its answer once it has the order: it is found there', async () => {
    const hash = await underFault((said) => ({ ...said, status: 504, body: '', raw: '' }));
    expect(orders().has(hash)).toBe(true);
    await stage.services.settleFusion(hash);
    await expectSettledOnce(hash);
  });

  it('refuses the order, which ends', async () => {
    const body = { statusCode: 400, error: 'Bad Request', description: 'not enough balance' };
    const hash = await underFault({ status: 400, body });
    expect(await stage.settled(order, venue)).toMatchObject({
      ...{ status: 'rejected', reason: expect.stringMatching(/not enough balance/), fills: [] },
    });
    expect(orders().has(hash)).toBe(false);
  });

  it('is silent for good: what the chain has settled is found there', async () => {
    const hash = await handedIn();
    await stage.services.settleFusionSilently(hash);
    stage.services.fusion.fault = { on: '', does: { status: 500, body: '' } };
    await expectSettledOnce(hash);
  });

  it.each(['cancelled', 'expired', 'invalid-signature'])(
    'says that it is %s, and the chain has it settled',
    async (status) => {
      const hash = await handedIn();
      orders().get(hash)!.status = status;
      await stage.anvil.mine(3);
      expect(await venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
      await stage.services.settleFusionSilently(hash);
      await expectSettledOnce(hash);
    },
  );

  it('names a transaction that did something else, and is not believed', async () => {
    const hash = await handedIn();
    const block = await stage.anvil.public.getBlock({ blockNumber: 30n });
    const fill = { filledMakerAmount: '1', filledAuctionTakerAmount: '1', takerFeeAmount: null };
    Object.assign(orders().get(hash)!, { status: 'filled', fills: [{ txHash: block.transactions[0]!, ...fill }] });
    await stage.anvil.mine(4);
    expect(await venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
    await stage.services.settleFusionSilently(hash);
    await expectSettledOnce(hash);
  });

  it('does not get it settled: it has expired once the chain could no longer', async () => {
    await handedIn();
    await stage.pass(400);
    expect(await venue.lookup(order)).toMatchObject({ status: 'expired', fills: [] });
    expect(await stage.held('WETH', trader.address)).toBe(20n * ETHER);
  });

  it('is called off: it may be settled until its deadline, and has not been canceled before', async () => {
    const hash = await handedIn();
    await venue.cancel(order);
    expect(await venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
    await stage.services.settleFusionSilently(hash);
    await expectSettledOnce(hash);
  });

  it('has its order taken back on the chain by its owner: it ends at its deadline, with nothing sold', async () => {
    const hash = await handedIn();
    await stage.services.takeBackFusion(trader, hash);
    await expect(stage.services.settleFusionSilently(hash)).rejects.toThrow('reverted');
    await stage.anvil.mine(4);
    expect(await venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
    await venue.cancel(order);
    await stage.pass(400);
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'canceled', fills: [] });
    expect(await stage.held('WETH', trader.address)).toBe(20n * ETHER);
  });

  it('settles two orders of one owner: each has what was paid for it', async () => {
    const other = stage.order(account, { quantity: '5' });
    const hashes = [await handedIn(), await stage.handedIn(venue, other, orders())];
    const bought = [
      await stage.services.settleFusionSilently(hashes[0]!),
      await stage.services.settleFusionSilently(hashes[1]!),
    ];
    for (const [i, each] of [order, other].entries()) {
      const { status, fills } = await stage.settled(each, venue);
      const paid = Number(fills[0]!.price) * Number(fills[0]!.quantity);
      expect([status, Math.round(paid * 1e6)]).toEqual(['filled', Number(bought[i])]);
    }
    expect(await stage.held('WETH', trader.address)).toBe(5n * ETHER);
  });

  /** As with CoW: handed in by a venue that lives for so many steps, the last cut off before it takes effect, or right after. */
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
    const { fusion } = stage.services.services;
    const service: IntentService = {
      ...fusion,
      quote: (...asked) => step(() => fusion.quote(...asked)),
      submit: (...asked) => step(() => fusion.submit(...asked)),
      lookup: (...asked) => step(() => fusion.lookup(...asked)),
    };
    const { db } = stage.database;
    const mortalDb = { ...db, tenant: (id: string, work: never) => step(() => db.tenant(id, work)) } as typeof db;
    const mortal = stage.openWith([service], 'none', {}, mortalDb);
    await stage.pass(1, 1);
    const seller = await stage.fund({ WETH: 20 });
    order = stage.order(await stage.account(seller), { quantity: '1' });
    const looks = async (at: OnchainVenue) => {
      if (!(await at.lookup(order))) await at.submit(order);
      for (let look = 0; look < 4; look++) {
        await stage.anvil.mine();
        await at.lookup(order);
        const uid = (await stage.decisionOf(order)).intent?.uid;
        if (uid && orders().get(uid)?.status === 'pending') await stage.services.settleFusion(uid);
        stage.clock.ahead(2);
      }
    };
    await looks(mortal).catch(() => undefined); // it died
    const next = stage.openWith([fusion], 'none');
    await looks(next);
    expect(await stage.settled(order, next)).toMatchObject({ status: 'filled', fills: [{ quantity: '1' }] });
    expect(await stage.held('WETH', seller.address)).toBe(19n * ETHER);
    expect(ordersOf(seller.address)).toHaveLength(1);
    return left <= 0;
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
