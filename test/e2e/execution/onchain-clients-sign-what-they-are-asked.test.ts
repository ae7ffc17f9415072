import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeFunctionData, erc20Abi, type Hex, type TransactionSerializableEIP1559 } from 'viem';
import { AddressBusy } from '../../../src/execution/chains/book.ts';
import type { OrderReport, VenueOrder } from '../../../src/execution/ports.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';

describe.skipIf(!anvilBinary())('an account whose key Ballast does not hold', () => {
  let stage: EvmStage;
  let trader: Awaited<ReturnType<EvmStage['fund']>>;
  let account: { tenantId: string; accountId: string };
  let order: VenueOrder;
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    trader = await stage.fund({ WETH: 10 });
    account = await stage.account(trader, { kind: 'client' });
    order = stage.order(account, { quantity: '4' });
  });

  /** As a wallet would take it. */
  const transactionOf = ({ signatureRequest }: OrderReport): TransactionSerializableEIP1559 => {
    expect(signatureRequest).toMatchObject({ kind: 'transaction', payload: { type: 'eip1559', from: trader.address } });
    const { to, data, chainId, nonce, gas, value, maxFeePerGas, maxPriorityFeePerGas } = signatureRequest!
      .payload as Record<string, string>;
    return {
      ...{ type: 'eip1559', to: to as Hex, data: data as Hex, chainId: Number(chainId), nonce: Number(nonce) },
      ...{ gas: BigInt(gas!), value: BigInt(value!) },
      ...{ maxFeePerGas: BigInt(maxFeePerGas!), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!) },
    };
  };
  const sign = async (report: OrderReport, change: Partial<TransactionSerializableEIP1559> = {}): Promise<Hex> =>
    trader.signTransaction({ ...transactionOf(report), ...change });
  const accept = (signed: string, requireWanted = () => Promise.resolve()) =>
    stage.venue.acceptSignature(order, signed, requireWanted);
  const problemOf = (signed: string): Promise<Problem> =>
    accept(signed).then(
      () => expect.fail('it was taken'),
      (error: unknown) => {
        expect(error).toBeInstanceOf(Problem);
        return error as Problem;
      },
    );

  it('is asked for one transaction after another, and trades once they are signed', async () => {
    const approval = await stage.venue.submit(order);
    expect(approval.status).toBe('accepted');
    await accept(await sign(approval));
    const swap = (await stage.venue.lookup(order))!;
    expect(transactionOf(swap).nonce).toBe(1);
    await accept(await sign(swap));
    expect((await stage.venue.lookup(order))!.signatureRequest).toBeUndefined();
    expect((await stage.settled(order)).status).toBe('filled');
    expect(await stage.held('WETH', trader.address)).toBe(6n * 10n ** 18n);
  });

  it('may post the same signature twice', async () => {
    const signed = await sign(await stage.venue.submit(order));
    await accept(signed);
    await accept(signed);
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address })).toBe(1);
  });

  it.each<[string, Partial<TransactionSerializableEIP1559>]>([
    ['chainId', { chainId: 137 }],
    ['nonce', { nonce: 7 }],
    ['to', { to: '0x000000000000000000000000000000000000dEaD' }],
    [
      'data',
      {
        data: encodeFunctionData({
          abi: erc20Abi,
          functionName: 'approve',
          args: ['0x000000000000000000000000000000000000dEaD', 1n],
        }),
      },
    ],
    ['value', { value: 1n }],
    ['gas', { gas: 1_000_000n }],
    ['maxFeePerGas', { maxFeePerGas: 2n * 10n ** 12n }],
  ])('is told that another %s was signed than was asked for, and nothing is sent', async (field, change) => {
    const problem = await problemOf(await sign(await stage.venue.submit(order), change));
    expect(problem.code).toBe('validation_failed');
    expect(problem.faults.map(({ pointer }) => pointer)).toEqual([`/payload/${field}`]);
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' })).toBe(0);
  });

  it('is told that somebody else has signed', async () => {
    const other = await stage.fund({});
    const signed = await other.signTransaction(transactionOf(await stage.venue.submit(order)));
    expect((await problemOf(signed)).faults).toMatchObject([{ pointer: '/payload/from', code: 'wrong_signer' }]);
  });

  it.each(['0x', '0x00', '0x02c0', `0x${'ab'.repeat(100)}`])('is told that %s is no transaction', async (signed) => {
    await stage.venue.submit(order);
    expect((await problemOf(signed)).faults).toMatchObject([{ code: 'not_a_transaction' }]);
  });

  it('cannot sign for an order that asks for nothing', async () => {
    expect((await problemOf('0x02c0')).code).toBe('conflict');
    await stage.venue.submit(order);
    await stage.venue.cancel(order);
    expect((await problemOf('0x02c0')).code).toBe('conflict');
  });

  it('is asked no longer once the order is canceled, and nothing was sent', async () => {
    await stage.venue.submit(order);
    expect(await stage.venue.cancel(order)).toMatchObject({
      status: 'canceled',
      reason: 'Canceled before it was signed',
    });
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' })).toBe(0);
  });

  it('is asked no longer than the order is good for', async () => {
    order = { ...order, validUntil: new Date(stage.clock.now().getTime() + 50) };
    await stage.venue.submit(order);
    await new Promise((wait) => setTimeout(wait, 60));
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'canceled', reason: 'Not signed in time' });
  });

  it('has one order worked after the other: signing out of turn would leave a gap', async () => {
    const approval = await stage.venue.submit(order);
    const second = stage.order(account, { quantity: '1' });
    await expect(stage.venue.submit(second)).rejects.toThrow(AddressBusy);
    expect(await stage.venue.lookup(second)).toBeUndefined();
    await accept(await sign(approval));
    await accept(await sign((await stage.venue.lookup(order))!));
    await stage.settled(order);
    expect(transactionOf(await stage.venue.submit(second)).nonce).toBe(2);
  });

  it('is refused where nothing may trade now, and may all the same cancel what it has signed', async () => {
    const halted = () => Promise.reject(new Problem('trading_halted', 'stop'));
    const raw = await sign(await stage.venue.submit(order));
    await expect(accept(raw, halted)).rejects.toMatchObject({ code: 'trading_halted' });
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' })).toBe(0);
    await stage.anvil.rpc('evm_setAutomine', [false]);
    await accept(raw);
    await accept(await sign((await stage.venue.cancel(order))!), halted);
    await stage.anvil.rpc('evm_setAutomine', [true]);
    expect(await stage.settled(order)).toMatchObject({ status: 'canceled', fills: [] });
  });

  it('is asked for the cancellation of what it has signed', async () => {
    await stage.anvil.rpc('evm_setAutomine', [false]);
    await accept(await sign(await stage.venue.submit(order)));
    await stage.venue.lookup(order);
    const report = (await stage.venue.cancel(order))!;
    expect(transactionOf(report)).toMatchObject({ to: trader.address, nonce: 0, value: 0n, data: '0x' });
    await accept(await sign(report));
    await stage.anvil.rpc('evm_setAutomine', [true]);
    expect(await stage.settled(order)).toMatchObject({ status: 'canceled', fills: [] });
  });
});
