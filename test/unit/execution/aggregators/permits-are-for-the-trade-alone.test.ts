import { concat, hashTypedData, numberToHex, recoverTypedDataAddress, size } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answered } from '../../../venues/aggregators/server.ts';
import { OTHER, startAggregatorStage, WETH, type AggregatorStage } from '../../../venues/aggregators/stage.ts';

// 0x by Permit2: the calldata is whole only with the signature behind it (0x-examples, swap-v2-permit2-headless-example).

const PERMIT2 = '0x000000000022d473030f116ddee9f6b43ac78ba3';
const account = privateKeyToAccount(`0x${'1'.repeat(64)}`);

describe('0x by Permit2', () => {
  let stage: AggregatorStage;
  beforeAll(async () => {
    stage = await startAggregatorStage('zeroex', { flavour: 'permit2' });
  });
  afterAll(() => stage.close());
  afterEach(() => {
    stage.server.fault = undefined;
    stage.server.tampering = {};
  });
  const changedTo = (change: (eip712: Record<string, Record<string, unknown>>) => void) => {
    stage.server.fault = {
      on: '',
      does: (said: Answered) => {
        const body = structuredClone(said.body) as { permit2: { eip712: never } };
        change(body.permit2.eip712);
        return { ...said, body };
      },
    };
  };

  it('approves Permit2, and the permit pays the called contract what is sold', async () => {
    const quote = await stage.quote();
    expect(stage.server.asked.at(-1)!.path).toBe('/swap/permit2/quote');
    expect(quote.spender).toBe(PERMIT2);
    expect(quote.permit!.typedData.message).toMatchObject({
      ...{ permitted: { token: WETH, amount: '1000000' }, spender: quote.to },
    });
  });

  it('approves Permit2 too where the answer does not say whom to approve', async () => {
    const silent = { allowanceTarget: null, issues: { allowance: null } };
    stage.server.fault = { on: '', does: (said) => ({ ...said, body: { ...(said.body as object), ...silent } }) };
    expect((await stage.quote()).spender).toBe(PERMIT2);
  });

  it('puts the length of the signature, and the signature, behind the calldata', async () => {
    const { data, permit } = await stage.quote();
    const typedData = permit!.typedData as never;
    const signature = await account.signTypedData(typedData);
    expect(permit!.complete(signature)).toBe(concat([data, numberToHex(65, { size: 32 }), signature]));
    expect(size(permit!.complete(signature))).toBe(size(data) + 32 + 65);
    expect(await recoverTypedDataAddress({ ...(typedData as object), signature } as never)).toBe(account.address);
  });

  it('hands on the typed data that 0x has hashed', async () => {
    const { permit } = await stage.quote();
    let hash: unknown;
    stage.server.fault = {
      on: '',
      does: (said) => {
        hash = (said.body as { permit2: { hash: string } }).permit2.hash;
        return said;
      },
    };
    await stage.quote();
    expect(hashTypedData(permit!.typedData as never)).toBe(hash);
  });

  const LIES: [string, (eip712: Record<string, Record<string, unknown>>) => void][] = [
    ['another token', ({ message }) => void ((message!['permitted'] as { token: string }).token = OTHER)],
    ['more', ({ message }) => void ((message!['permitted'] as { amount: string }).amount = '1000001')],
    ['another spender', ({ message }) => void (message!['spender'] = OTHER)],
    ['another chain', ({ domain }) => void (domain!['chainId'] = 10)],
    ['another contract', ({ domain }) => void (domain!['verifyingContract'] = OTHER)],
    ['something that is no permit', ({ domain }) => void (domain!['name'] = 'USD Coin')],
    ['a list of transfers', ({ message }) => void (message!['permitted'] = [])],
  ];
  it.each(LIES)('a permit for %s is refused', async (_what, lie) => {
    changedTo(lie);
    expect(await stage.failure()).toMatchObject({ code: 'malformed' });
  });

  it('an answer without a permit is refused', async () => {
    stage.server.fault = { on: '', does: (said) => ({ ...said, body: { ...(said.body as object), permit2: null } }) };
    expect(await stage.failure()).toMatchObject({ code: 'malformed' });
  });

  it('by the allowance holder there is nothing to sign', async () => {
    const plain = await startAggregatorStage('zeroex');
    expect((await plain.quote()).permit).toBeUndefined();
    await plain.close();
  });
});
