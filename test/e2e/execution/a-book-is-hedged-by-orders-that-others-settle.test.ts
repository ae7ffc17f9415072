import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAbi, parseEventLogs, type Address, type Hex } from 'viem';
import type { Execution, OrderDetail } from '../../../src/execution/model.ts';
import { exact } from '../../../src/platform/decimal.ts';
import type { Position } from '../../../src/portfolios/model.ts';
import { anvilBinary } from '../../support/anvil.ts';
import type { Received } from '../../support/app.ts';
import { HELD, startSettledHedge, type SettledHedge } from './settledHedge.ts';

const TRADE = parseAbi([
  'event Trade(address indexed owner, address sellToken, address buyToken, uint256 sellAmount, uint256 buyAmount, uint256 feeAmount, bytes orderUid)',
]);
type Own = Awaited<ReturnType<SettledHedge['trader']>>;
type Signs = (stage: SettledHedge, own: Own, path: string) => Promise<void>;

const byBallast: Signs = () => Promise.resolve();

const byItsClient: Signs = async (stage, { trader }, path) => {
  const approval = await stage.asked(path, 'call');
  await stage.post(approval.id, await stage.sign(trader, approval.request)).expect(200);
  const { id, request } = await stage.asked(path, 'Order');
  expect(await stage.executionAt(path)).toMatchObject({ status: 'waiting', waitingFor: 'signature' });
  expect(request).toMatchObject({
    kind: 'typed_data',
    payload: {
      domain: { name: 'Gnosis Protocol', version: 'v2', verifyingContract: stage.services.settlement },
      message: { receiver: trader.address.toLowerCase(), kind: 'sell', partiallyFillable: false, feeAmount: '0' },
    },
  });
  expect(stage.cow.orders.size, 'nothing is handed in before it is signed').toBe(1);
  await stage.post(id, await stage.sign(trader, request)).expect(200);
};

describe.skipIf(!anvilBinary())('an options book, hedged by an order that others settle', () => {
  let stage: SettledHedge;
  beforeAll(async () => {
    stage = await startSettledHedge();
  });
  afterAll(() => stage.stop());

  describe.each<[string, 'local' | 'client', Signs]>([
    ['Ballast signs', 'local', byBallast],
    ['its client signs', 'client', byItsClient],
  ])('that %s', (_, signer, sign) => {
    let own: Own;
    let begun: { portfolioId: string; path: string };
    let uid: Hex;
    let bought: bigint;
    let told: Received;
    let order: OrderDetail;
    let asked: Date;
    beforeAll(async () => {
      own = await stage.trader(signer);
      asked = new Date();
      begun = await stage.begin(own.accountId);
      await sign(stage, own, begun.path);
      uid = await stage.handedIn(begun.path);
      bought = await stage.services.settle(uid);
      told = await stage.told(begun.portfolioId);
      const { orders } = await stage.app.ended<Execution>(begun.path);
      order = (await stage.app.api().get(`/v1/orders/${orders[0]!.id}`).expect(200)).body as OrderDetail;
    });

    const units = (text: string, decimals: number) => BigInt(exact(text).mul(exact(10).pow(decimals)).toFixed(0));

    it('was handed in once, whole, for its owner alone, and no longer than the order was good for', () => {
      const { order: signed, owner } = stage.cow.orders.get(uid)!;
      expect(owner).toBe(own.trader.address);
      expect(signed.receiver.toLowerCase()).toBe(own.trader.address.toLowerCase());
      expect(signed.sellAmount).toBe(String(units(order.quantity, 18)));
      expect(BigInt(signed.buyAmount)).toBeGreaterThanOrEqual(
        units(exact(order.quantity).mul(order.limitPrice).toFixed(), 6),
      );
      const goodFor = signed.validTo - asked.getTime() / 1_000;
      expect(goodFor).toBeGreaterThan(290);
      expect(goodFor).toBeLessThan(310);
      const ofOwner = [...stage.cow.orders.values()].filter((each) => each.owner === owner);
      expect(ofOwner).toHaveLength(1);
    });

    it('is filled by the log of its settlement, in a transaction that its owner did not send', async () => {
      expect(order).toMatchObject({
        ...{ symbol: 'spot:ETH/USD', side: 'sell', status: 'filled', venueOrderId: `local/${uid}` },
        ...{ filledQuantity: order.quantity, signatureRequest: null, fills: [{ quantity: order.quantity }] },
      });
      const [hash, logIndex] = order.fills[0]!.tradeId.split(':');
      const receipt = await stage.chain.anvil.public.getTransactionReceipt({ hash: hash as Hex });
      expect(receipt.from).toBe(stage.chain.market.owner.address.toLowerCase());
      const [trade] = parseEventLogs({ abi: TRADE, logs: receipt.logs });
      expect(trade).toMatchObject({ logIndex: Number(logIndex), args: { orderUid: uid, owner: own.trader.address } });
      expect(trade!.args.buyAmount).toBe(bought);
      expect(units(exact(order.quantity).mul(order.fills[0]!.price).toFixed(), 6)).toBe(bought);
    });

    it('moved on the chain what the fill says; its owner sent an approval, and paid for nothing else', async () => {
      const { anvil } = stage.chain;
      const { address } = own.trader;
      expect(await stage.chain.held('WETH', address)).toBe(units(HELD.ETH, 18) - units(order.quantity, 18));
      expect(await stage.chain.held('USDC', address)).toBe(BigInt(HELD.USD) * 10n ** 6n + bought);
      expect(await anvil.public.getTransactionCount({ address })).toBe(1);
      const spent = 10n * 10n ** 18n - (await anvil.public.getBalance({ address: address as Address }));
      expect([units(order.fee, 18), order.feeCurrency]).toEqual([spent, 'ETH']);
    });

    it('is held by the portfolio in its next version, once', async () => {
      const { body } = await stage.app.api().get(`/v1/portfolios/${begun.portfolioId}/positions`).expect(200);
      const held = (body.items as Position[])
        .filter(({ symbol }) => symbol === 'spot:ETH/USD')
        .reduce((sum, { quantity }) => sum.plus(quantity), exact(0));
      expect(held.toFixed()).toBe(exact(HELD.ETH).minus(order.quantity).toFixed());
    });

    it('is told by a webhook that the published library verifies, with the greeks before and after', () => {
      expect(stage.hooks.refused).toEqual([]);
      expect(told.data).toMatchObject({ portfolioVersion: 2, outcome: 'completed' });
      const [{ underlying, before, after }] = told.data['greeks'] as [
        { underlying: string; before: { delta: number }; after: { delta: number } },
      ];
      expect(underlying).toBe('ETH');
      expect(before.delta).toBeGreaterThan(10);
      expect(Math.abs(after.delta)).toBeLessThan(1e-6);
      expect(after.delta).toBeCloseTo(before.delta - Number(order.quantity), 9);
    });
  });
});
