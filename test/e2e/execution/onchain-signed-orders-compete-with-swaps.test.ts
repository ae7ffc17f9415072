import type { Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Intent, IntentService } from '../../../src/execution/aggregators/intents.ts';
import { QuoteFailure } from '../../../src/execution/aggregators/port.ts';
import { anvilBinary } from '../../support/anvil.ts';
import type { SettlementMarket } from '../../support/settlementMarket.ts';
import { startSettlementStage, type SettlementStage } from '../../support/settlementStage.ts';

const ETHER = 10n ** 18n;
const USD = 10n ** 6n;

describe.skipIf(!anvilBinary())('an order that others settle once it is signed', () => {
  let stage: SettlementStage;
  let market: SettlementMarket;
  let trader: Awaited<ReturnType<SettlementStage['fund']>>;
  let account: { tenantId: string; accountId: string };
  beforeAll(async () => {
    stage = await startSettlementStage();
    market = stage.services;
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    trader = await stage.fund({ WETH: 100, USDC: 100_000 });
    account = await stage.account(trader);
    const snapshot = await stage.anvil.rpc('evm_snapshot');
    return async () => void (await stage.anvil.rpc('evm_revert', [snapshot]));
  });

  const transactions = () => stage.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' });
  it('is taken where it is worth most, and filled by what its settlement says', async () => {
    const venue = stage.openWith();
    const order = stage.order(account, { quantity: '10' });
    const uid = await stage.handedIn(venue, order);
    expect(await stage.decisionOf(order)).toMatchObject({ aggregator: null, pools: [], intent: { service: 'cow' } });
    expect((await venue.lookup(order))!).toMatchObject({ status: 'accepted', fills: [], venueOrderId: `local/${uid}` });
    const bought = await market.settle(uid);
    const report = await stage.settled(order, venue);
    expect(report).toMatchObject({ status: 'filled', reason: null });
    expect(report.fills).toHaveLength(1);
    expect(report.fills[0]).toMatchObject({ quantity: '10', feeCurrency: 'ETH' });
    expect(Math.round(Number(report.fills[0]!.price) * 1e7)).toBe(Number(bought));
    expect(await stage.held('USDC', trader.address)).toBe(100_000n * USD + bought);
    expect(await stage.held('WETH', trader.address)).toBe(90n * ETHER);
    expect(await transactions(), 'an approval, and no more').toBe(1);
    expect(await venue.lookup(order)).toEqual(report);
  });

  it('costs the gas of its approval, and none where that is there already', async () => {
    const venue = stage.openWith();
    const first = stage.order(account, { quantity: '10' });
    await market.settle(await stage.handedIn(venue, first));
    const report = await stage.settled(first, venue);
    const spent = 10n * ETHER - (await stage.anvil.public.getBalance({ address: trader.address }));
    expect(BigInt(Math.round(Number(report.fills[0]!.fee) * 1e18))).toBe(spent);
    const [relayer] = market.configs.cow.spenders as [Hex];
    const { WETH } = stage.market.tokens;
    const poor = await stage.fund({ WETH: 10 }, 1);
    await market.approve(poor, WETH.address, relayer, 10n * ETHER);
    await stage.anvil.rpc('anvil_setBalance', [poor.address, '0x0']);
    const free = stage.order(await stage.account(poor), { quantity: '10' });
    await market.settle(await stage.handedIn(venue, free));
    expect(await stage.settled(free, venue)).toMatchObject({ status: 'filled', fills: [{ fee: '0' }] });
  });

  it('buys exactly what was asked for', async () => {
    const venue = stage.openWith();
    const order = stage.order(account, { side: 'buy', quantity: '10' });
    const uid = await stage.handedIn(venue, order);
    await market.settle(uid);
    const report = await stage.settled(order, venue);
    expect(report).toMatchObject({ status: 'filled', fills: [{ quantity: '10' }] });
    expect(await stage.held('WETH', trader.address)).toBe(110n * ETHER);
  });

  it('is left where the pools are better', async () => {
    const venue = stage.openWith(undefined, 'deep');
    const order = stage.order(account, { quantity: '10' });
    await venue.submit(order);
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect((await stage.decisionOf(order)).intent).toBeNull();
  });

  it('is what is private where there is no relay', async () => {
    const venue = stage.openWith(undefined, 'deep');
    const order = stage.order(account, { quantity: '10', mempool: 'private' });
    await market.settle(await stage.handedIn(venue, order));
    expect((await stage.settled(order, venue)).status).toBe('filled');
    const alone = stage.order(account, { quantity: '10', mempool: 'private' });
    expect(await stage.openWith([], 'deep').submit(alone)).toMatchObject({
      ...{ status: 'rejected', reason: 'No private relay is configured for local' },
    });
  });

  it('is all there is where no pool is configured', async () => {
    const venue = stage.openWith(undefined, 'none');
    const order = stage.order(account, { quantity: '10' });
    await market.settle(await stage.handedIn(venue, order));
    expect((await stage.settled(order, venue)).status).toBe('filled');
  });

  it('is told once its settlement is deep enough, and waits again where that was taken back', async () => {
    const venue = stage.openWith();
    const order = stage.order(account, { quantity: '10' });
    const uid = await stage.handedIn(venue, order);
    await stage.anvil.mine(3); // the approval stays where it is
    await market.settle(uid);
    expect((await venue.lookup(order))!).toMatchObject({ status: 'accepted', fills: [] });
    await stage.anvil.rpc('anvil_reorg', [1, []]);
    await stage.anvil.rpc('anvil_dropAllTransactions');
    await stage.anvil.mine(2);
    expect((await venue.lookup(order))!).toMatchObject({ status: 'accepted', fills: [] });
    await market.settle(uid);
    const report = await stage.settled(order, venue);
    expect(report).toMatchObject({ status: 'filled' });
    expect(report.fills).toHaveLength(1);
  });

  it('keeps what it sells from other orders, and its approval with it', async () => {
    const venue = stage.openWith();
    const seller = await stage.fund({ WETH: 14 });
    account = await stage.account(seller);
    const [first, second, third] = ['8', '4', '3'].map((quantity) =>
      stage.order(account, { quantity, limitPrice: '2000' }),
    );
    await stage.handedIn(venue, first!);
    await stage.handedIn(venue, second!);
    expect(await venue.submit(third!)).toMatchObject({
      ...{ status: 'rejected', reason: expect.stringMatching(/holds 2 of the token .* may need 3/) },
    });
    for (const order of [first!, second!]) {
      await market.settle(await stage.uidOf(order));
      expect((await stage.settled(order, venue)).status).toBe('filled');
    }
    expect(await stage.held('WETH', seller.address)).toBe(2n * ETHER);
  });

  it('shows among the open orders as long as it may be settled', async () => {
    const venue = stage.openWith();
    const order = stage.order(account, { quantity: '10' });
    const uid = await stage.handedIn(venue, order);
    expect(await venue.openOrders(account)).toMatchObject([
      { clientOrderId: order.clientOrderId, venueOrderId: `local/${uid}`, side: 'sell', quantity: '10' },
    ]);
    await market.settle(uid);
    await stage.settled(order, venue);
    expect(await venue.openOrders(account)).toEqual([]);
  });

  it('goes by 0x without gas, through Permit2', async () => {
    const venue = stage.openWith([market.services.gasless]);
    const validUntil = new Date(Math.ceil(stage.clock.now().getTime() / 1_000) * 1_000 + 60_000);
    market.gasless.permit = { nonce: '771', deadline: String(validUntil.getTime() / 1_000) };
    const order = stage.order(account, { quantity: '10', validUntil });
    await venue.submit(order);
    const uid = await stage.uidOf(order);
    for (let looks = 0; looks < 5 && !market.gasless.trades.has(uid); looks++) {
      await stage.anvil.mine();
      await venue.lookup(order);
    }
    const [row] = await stage.database.db.system((tx) =>
      tx.query<{ intent: Intent; signature: Hex }>('SELECT intent, signature FROM chain_intent WHERE uid = $1', [uid]),
    );
    const bought = await market.settleGasless(row!.intent, row!.signature);
    const report = await stage.settled(order, venue);
    expect(report).toMatchObject({ status: 'filled', fills: [{ quantity: '10' }] });
    expect(await stage.held('USDC', trader.address)).toBe(100_000n * USD + bought);
    expect(await transactions()).toBe(1);
  });

  it('goes by 1inch Fusion, whole, for what its auction pays when it is filled', async () => {
    await stage.pass(600, 1); // its auction goes by the time of the chain, which other tests have left behind ours, or ahead
    const venue = stage.openWith([market.services.fusion]);
    const order = stage.order(account, { quantity: '10' });
    const hash = await stage.handedIn(venue, order, market.fusion.orders);
    expect(await stage.decisionOf(order)).toMatchObject({
      aggregator: null,
      pools: [],
      intent: { service: 'oneinch' },
    });
    const bought = await market.settleFusion(hash);
    const report = await stage.settled(order, venue);
    expect(report).toMatchObject({ status: 'filled', fills: [{ quantity: '10' }] });
    expect(Math.round(Number(report.fills[0]!.price) * 1e7)).toBe(Number(bought));
    expect(await stage.held('USDC', trader.address)).toBe(100_000n * USD + bought);
    expect(await transactions(), 'an approval, and no more').toBe(1);
  });

  it('goes to CoW or to 1inch Fusion, whichever is worth more', async () => {
    const { cow, fusion } = market.services;
    for (const [promise, expected] of [
      [(n: bigint) => n - n / 100n, 'cow'],
      [(n: bigint) => n + n / 100n, 'oneinch'],
    ] as const) {
      market.fusion.tampering = { promise };
      const order = stage.order(account, { quantity: '10' });
      await stage.openWith([cow, fusion]).submit(order);
      market.fusion.tampering = {};
      expect(await stage.decisionOf(order)).toMatchObject({ intent: { service: expected } });
    }
  });

  it('is left out where 1inch names a settlement contract that is not on the list', async () => {
    market.fusion.tampering = { target: stage.market.swapRouter02 };
    const order = stage.order(account, { quantity: '10' });
    await stage.openWith([market.services.fusion]).submit(order);
    market.fusion.tampering = {};
    const { intent, refused } = await stage.decisionOf(order);
    expect([intent, refused]).toMatchObject([null, [{ aggregator: 'oneinch', code: 'malformed' }]]);
  });

  const refusals: [string, string, (intent: Intent) => Intent | Promise<Intent>][] = [
    ['wants another to be approved', 'spender_not_allowed', (intent) => ({ ...intent, spender: intent.sellToken })],
    ['pays another', 'other_receiver', (intent) => ({ ...intent, receiver: intent.sellToken })],
    ['is for another owner', 'other_receiver', (intent) => ({ ...intent, owner: intent.sellToken })],
    ['is for another chain', 'other_trade', (intent) => ({ ...intent, chainId: 10 })],
    ['is for another token', 'other_trade', (intent) => ({ ...intent, buyToken: intent.sellToken })],
    ['is for another amount', 'other_amount', (intent) => ({ ...intent, sellAmount: '1' })],
    ['could be settled beyond the limit', 'beyond_limit', (intent) => ({ ...intent, buyAmount: '1' })],
    ['has expired', 'expired', (intent) => ({ ...intent, validTo: 1 })],
    ['lives longer than the order', 'lives_too_long', (intent) => ({ ...intent, validTo: intent.validTo + 1 })],
    [
      'is worse than our own route',
      'worse_than_reference',
      ({ quoted, ...intent }) => ({ ...intent, quoted: { ...quoted, buyAmount: String(29_000n * USD) } }),
    ],
    ['comes too late', 'timeout', () => new Promise(() => undefined)],
    [
      'is refused',
      'no_liquidity',
      () => {
        throw new QuoteFailure('no_liquidity', 'none');
      },
    ],
  ];
  it.each(refusals)('is left out where it %s', async (_, code, change) => {
    const { cow } = market.services;
    const service: IntentService = { ...cow, quote: async (...asked) => change(await cow.quote(...asked)) };
    const venue = stage.openWith([service]);
    const order = stage.order(account, { quantity: '10', limitPrice: '2910' });
    await venue.submit(order);
    const decision = await stage.decisionOf(order);
    expect(decision.intent).toBeNull();
    expect(decision.refused).toMatchObject([{ aggregator: 'cow', code }]);
    expect((await stage.settled(order, venue)).status).toBe('filled');
  });
});
