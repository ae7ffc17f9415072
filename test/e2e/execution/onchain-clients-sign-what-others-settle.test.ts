import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Hex, TransactionSerializableEIP1559 } from 'viem';
import type { OrderReport, VenueOrder } from '../../../src/execution/ports.ts';
import type { OnchainVenue } from '../../../src/execution/venues/onchain.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startSettlementStage, type SettlementStage } from '../../support/settlementStage.ts';
import { signAsAsked } from './chainHedge.ts';

describe.skipIf(!anvilBinary())('an owner who signs what others settle', () => {
  let stage: SettlementStage;
  let trader: Awaited<ReturnType<SettlementStage['fund']>>;
  let venue: OnchainVenue;
  let order: VenueOrder;
  beforeAll(async () => {
    stage = await startSettlementStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    trader = await stage.fund({ WETH: 10 });
    venue = stage.openWith();
    order = stage.order(await stage.account(trader, { kind: 'client' }), { quantity: '10' });
    const snapshot = await stage.anvil.rpc('evm_snapshot');
    return async () => void (await stage.anvil.rpc('evm_revert', [snapshot]));
  });

  const sign = ({ signatureRequest }: OrderReport, by = trader): Promise<Hex> => {
    expect(signatureRequest!.kind).toBe('typed_data');
    return by.signTypedData(signatureRequest!.payload as never);
  };
  const accept = (signed: Hex, requireWanted = () => Promise.resolve()) =>
    venue.acceptSignature(order, signed, requireWanted);
  /** Its approval signed and mined; answers what is asked for then. */
  const approved = async (): Promise<OrderReport> => {
    const { signatureRequest } = await venue.submit(order);
    expect(signatureRequest!.kind).toBe('transaction');
    await accept(await signAsAsked(trader, signatureRequest!));
    await stage.anvil.mine();
    return (await venue.lookup(order))!;
  };
  const problemOf = (signed: Hex): Promise<Problem> =>
    accept(signed).then(
      () => expect.fail('it was taken'),
      (error: unknown) => error as Problem,
    );

  it('is asked for the approval, then for the order as a wallet takes it, and it is filled', async () => {
    const asked = await approved();
    expect(asked.signatureRequest!.payload).toMatchObject({
      ...{ primaryType: 'Order', domain: { name: 'Gnosis Protocol', verifyingContract: stage.services.settlement } },
      types: {
        EIP712Domain: [{ name: 'name' }, { name: 'version' }, { name: 'chainId' }, { name: 'verifyingContract' }],
      },
      message: { receiver: trader.address.toLowerCase(), sellAmount: String(10n ** 19n) },
    });
    await accept(await sign(asked));
    await stage.services.settle(await stage.uidOf(order));
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'filled', fills: [{ quantity: '10' }] });
  });

  it('signs an order of 1inch Fusion for the router, and it is filled', async () => {
    await stage.pass(600, 1); // its auction goes by the time of the chain
    const { services, fusion } = stage.services;
    venue = stage.openWith([services.fusion]);
    order = stage.order(await stage.account(trader, { kind: 'client' }), { quantity: '10' });
    const asked = await approved();
    const verifyingContract = stage.services.configs.fusion.spenders[0];
    expect(asked.signatureRequest!.payload).toMatchObject({
      ...{ primaryType: 'Order', domain: { name: '1inch Aggregation Router', version: '6', verifyingContract } },
      message: { maker: trader.address.toLowerCase(), makingAmount: String(10n ** 19n) },
    });
    expect(fusion.orders.size).toBe(0);
    await accept(await sign(asked));
    await stage.services.settleFusion(await stage.uidOf(order));
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'filled', fills: [{ quantity: '10' }] });
  });

  it('may post the same signature twice, also one that ends as some wallets write it', async () => {
    const signed = await sign(await approved());
    const written = `${signed.slice(0, -2)}${signed.endsWith('1b') ? '00' : '01'}` as Hex;
    await accept(written);
    await accept(signed);
    expect(stage.services.cow.orders.get(await stage.uidOf(order))!.signature).toBe(signed);
    expect((await venue.lookup(order))!.signatureRequest).toBeUndefined();
  });

  it('is told that somebody else has signed, or something else was, and nothing is handed in', async () => {
    const asked = await approved();
    const { payload } = asked.signatureRequest!;
    const changed = { ...payload, message: { ...(payload['message'] as object), buyAmount: '1' } };
    const other = await stage.fund({});
    for (const signed of [await sign(asked, other), await trader.signTypedData(changed as never)])
      expect(await problemOf(signed)).toMatchObject({
        ...{ code: 'validation_failed', faults: [{ pointer: '/signed', code: 'wrong_signer' }] },
      });
    expect(stage.services.cow.orders.has(await stage.uidOf(order))).toBe(false);
  });

  it('cannot sign for it before it is approved', async () => {
    await venue.submit(order);
    expect((await problemOf(`0x${'11'.repeat(64)}1b`)).code).toBe('conflict');
  });

  it('is asked no longer once it is canceled or late, and nothing is handed in', async () => {
    await approved();
    expect(await venue.cancel(order)).toMatchObject({ status: 'accepted' }); // until its approval is deep enough
    expect(await stage.settled(order, venue)).toMatchObject({
      ...{ status: 'canceled', reason: 'Canceled before it was signed', fills: [] },
    });
    expect((await problemOf(`0x${'11'.repeat(64)}1b`)).code).toBe('conflict');
  });

  it('is asked to take back what is handed in', async () => {
    await accept(await sign(await approved()));
    const asked = (await venue.cancel(order))!;
    expect(asked.signatureRequest!.payload).toMatchObject({ primaryType: 'OrderCancellations' });
    await accept(await sign(asked));
    expect(stage.services.cow.orders.get(await stage.uidOf(order))!.status).toBe('cancelled');
    expect((await venue.lookup(order))!).toMatchObject({ status: 'accepted' });
    await stage.pass(400);
    expect(await stage.settled(order, venue)).toMatchObject({
      ...{ status: 'canceled', reason: 'Canceled before it was settled', fills: [] },
    });
  });

  it('is refused where nothing may trade now, and may all the same take back what is handed in', async () => {
    const halted = () => Promise.reject(new Problem('trading_halted', 'stop'));
    const signed = await sign(await approved());
    await expect(accept(signed, halted)).rejects.toMatchObject({ code: 'trading_halted' });
    expect(stage.services.cow.orders.has(await stage.uidOf(order))).toBe(false);
    await accept(signed);
    await accept(await sign((await venue.cancel(order))!), halted);
    expect(stage.services.cow.orders.get(await stage.uidOf(order))!.status).toBe('cancelled');
  });

  it('may have an order waiting while another one is with others', async () => {
    await accept(await sign(await approved()));
    await stage.anvil.mine(4);
    await venue.lookup(order);
    const next = stage.order(order as { tenantId: string; accountId: string }, {
      ...order,
      clientOrderId: 'b2',
      quantity: '1',
    });
    expect(await venue.submit(next)).toMatchObject({ status: 'rejected', reason: expect.stringMatching(/holds 0/) });
    await stage.market.give(stage.market.tokens.WETH.address, trader.address, 10n ** 18n);
    const last = { ...next, clientOrderId: 'b3' };
    const { signatureRequest } = await venue.submit(last);
    const { nonce } = signatureRequest!.payload as unknown as TransactionSerializableEIP1559;
    expect(String(nonce)).toBe('1');
  });
});
