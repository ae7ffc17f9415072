import { describe, expect, it } from 'vitest';
import type { Address } from 'viem';
import { openAllowances } from '../../../../src/execution/chains/allowances.ts';
import { newOrder } from '../../../../src/execution/chains/newOrder.ts';
import type { OpenedChain } from '../../../../src/execution/chains/openedChain.ts';
import type { OnchainSecrets } from '../../../../src/execution/chains/signer.ts';
import type { VenueOrder } from '../../../../src/execution/ports.ts';
import { systemClock } from '../../../../src/platform/clock.ts';

const ADDRESS: Address = '0x00000000000000000000000000000000000000aa';
const SECRETS: OnchainSecrets = { venue: 'onchain', chain: 'test', address: ADDRESS, signer: { kind: 'client' } };
const turn = () => new Promise((next) => setImmediate(next));

/** A chain of which every answer is held back until it is given. */
function heldBack() {
  const asked: string[] = [];
  const held = new Map<string, (answer: unknown) => void>();
  const ask = (what: string) => () => {
    asked.push(what);
    return new Promise((resolve) => void held.set(what, resolve));
  };
  const opened = {
    config: { name: 'test', chainId: 1, tokens: {}, maxFeeGwei: 300 },
    chain: { chainId: ask('chain id'), head: ask('head') },
    book: { currentFees: ask('fees'), open: ask('transactions') },
    intents: { open: ask('signed orders') },
  } as unknown as OpenedChain;
  const answer = async (what: string, value: unknown) => {
    held.get(what)!(value);
    await turn();
  };
  return { opened, asked, answer };
}

const order = { tenantId: 't', accountId: 'a', clientOrderId: 'b1', terms: { kind: 'spot' } } as unknown as VenueOrder;

describe('what a new order is decided on', () => {
  it('is asked side by side, but for the block: that comes after what is under way, or it could be older', async () => {
    const { opened, asked, answer } = heldBack();
    void newOrder([opened], order, SECRETS, systemClock).catch(() => undefined);
    await turn();
    expect(asked.toSorted()).toEqual(['chain id', 'fees', 'signed orders', 'transactions']);
    await answer('transactions', []);
    expect(asked).not.toContain('head');
    await answer('signed orders', []);
    expect(asked).toContain('head');
  });

  it('is nothing where the node is on another chain, whatever else it says', async () => {
    const { opened, answer } = heldBack();
    const decided = newOrder([opened], order, SECRETS, systemClock).catch((error: unknown) => error);
    await turn();
    await answer('fees', Promise.reject(new Error('it has none')));
    await answer('chain id', 137);
    expect(await decided).toMatchObject({ message: 'the node of test is on another chain than 1' });
  });
});

describe('allowances', () => {
  const [TOKEN, ROUTER, PERMIT2, OTHER]: Address[] = [1, 2, 3, 4].map((n): Address => `0x${String(n).repeat(40)}`);
  /** Answers ten times the last digit of the spender, for good in Permit2. */
  const chain = () => {
    const calls: bigint[] = [];
    return {
      calls,
      read: (reads: readonly { args?: readonly unknown[] }[], block?: bigint) => {
        if (reads.length > 0) calls.push(block!);
        const amount = (spender: unknown) => BigInt(String(spender).slice(-1)) * 10n;
        return Promise.resolve(
          reads.map(({ args }) => (args!.length === 3 ? [amount(args![2]), 99] : amount(args![1]))),
        );
      },
    };
  };

  it('of those that were expected are there at once, in the order they are asked for', async () => {
    const node = chain();
    const expected = [{ spender: ROUTER! }, { spender: ROUTER!, through: PERMIT2! }];
    const allowances = await openAllowances(node, TOKEN!, ADDRESS, expected, 7n);
    expect(await allowances.of([{ spender: ROUTER!, through: PERMIT2! }, { spender: ROUTER! }])).toEqual([
      { token: 30n, permit: { amount: 20n, until: 99n } },
      { token: 20n, permit: undefined },
    ]);
    expect(node.calls).toEqual([7n]);
  });

  it('of others are read when they are asked about, of the same block', async () => {
    const node = chain();
    const allowances = await openAllowances(node, TOKEN!, ADDRESS, [{ spender: ROUTER! }], 7n);
    expect(await allowances.of([{ spender: OTHER! }, { spender: ROUTER! }])).toMatchObject([
      { token: 40n },
      { token: 20n },
    ]);
    expect(node.calls).toEqual([7n, 7n]);
  });
});
