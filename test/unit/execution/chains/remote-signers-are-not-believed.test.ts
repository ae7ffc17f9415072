import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { keccak256, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { localSigner, remoteSigner, SigningError, type Signer } from '../../../../src/execution/chains/signer.ts';
import type { Transaction } from '../../../../src/execution/chains/transaction.ts';
import { systemClock } from '../../../../src/platform/clock.ts';

const KEY: Hex = `0x${'4c'.repeat(32)}`;
const OTHER: Hex = `0x${'4d'.repeat(32)}`;
const account = privateKeyToAccount(KEY);
const transaction: Transaction = {
  ...{ chainId: 1, nonce: 0, to: '0x00000000000000000000000000000000000000aa', data: '0x01', value: 0n, gas: 50_000n },
  ...{ maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000n },
};
const typed = {
  domain: { name: 'Test', chainId: 1 },
  types: { Note: [{ name: 'text', type: 'string' }] },
  ...{ primaryType: 'Note', message: { text: 'hello' } },
};

interface Asked {
  method: string;
  params: [Record<string, Hex>, object?];
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Web3Signer's JSON-RPC, as far as it is used. */
async function serve(
  answer: (asked: Asked, headers: Record<string, unknown>) => Promise<object | string>,
): Promise<string> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void answer(JSON.parse(Buffer.concat(chunks).toString()) as Asked, request.headers).then((said) =>
        response.end(typeof said === 'string' ? said : JSON.stringify({ jsonrpc: '2.0', id: 1, ...said })),
      );
    });
  });
  await new Promise<void>((resolve) => void server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const signWith =
  (key: Hex, change: object = {}) =>
  async ({ params: [asked] }: Asked): Promise<object> => {
    const { to, data, nonce, gas, value, maxFeePerGas, maxPriorityFeePerGas } = asked;
    const read = { nonce: Number(nonce), gas: BigInt(gas!), value: BigInt(value!), to, data };
    const fees = { maxFeePerGas: BigInt(maxFeePerGas!), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!) };
    const whole = { type: 'eip1559', chainId: 1, ...read, ...fees, ...change } as const;
    return { result: await privateKeyToAccount(key).signTransaction(whole) };
  };

const remote = (url: string, token?: string): Signer =>
  remoteSigner({ address: account.address, url, clock: systemClock, ...(token ? { token } : {}) });

describe('a remote signer', () => {
  it('signs what the local one signs', async () => {
    const url = await serve(async (asked) =>
      asked.method === 'eth_signTypedData'
        ? { result: await account.signTypedData(asked.params[1] as never) }
        : signWith(KEY)(asked),
    );
    const local = localSigner(account.address, KEY);
    const signed = await remote(url).signTransaction(transaction);
    expect(signed).toEqual(await local.signTransaction(transaction));
    expect(signed.hash).toBe(keccak256(signed.raw));
    expect(await remote(url).signTypedData(typed)).toBe(await local.signTypedData(typed));
  });

  it('is told who asks', async () => {
    let told: unknown;
    const url = await serve(async (asked, { authorization }) => {
      told = authorization;
      return signWith(KEY)(asked);
    });
    await remote(url, 'secret').signTransaction(transaction);
    expect(told).toBe('Bearer secret');
  });

  it.each<[string, (asked: Asked) => Promise<object | string>]>([
    ['another key', signWith(OTHER)],
    ['another amount', signWith(KEY, { value: 1n })],
    ['another chain', signWith(KEY, { chainId: 5 })],
    ['another receiver', signWith(KEY, { to: `0x${'00'.repeat(19)}bb` })],
    ['no bytes', async () => ({ result: '0x' })],
    ['a refusal', async () => ({ error: { code: -32000, message: 'no such key' } })],
    ['nothing that can be read', async () => '<html>'],
  ])('that answers with %s has signed nothing', async (_, answer) => {
    await expect(remote(await serve(answer)).signTransaction(transaction)).rejects.toThrow(SigningError);
  });

  it('that is not there has signed nothing', async () => {
    await expect(remote('http://127.0.0.1:1').signTransaction(transaction)).rejects.toThrow(SigningError);
  });
});

describe('a local signer', () => {
  it('tells nothing of a key that does not fit', () => {
    const wrong = () => localSigner(account.address, OTHER);
    expect(wrong).toThrow(SigningError);
    expect(wrong).toThrow(expect.not.objectContaining({ message: expect.stringContaining(OTHER.slice(2, 20)) }));
    const none: Hex = `0x${'00'.repeat(32)}`;
    expect(() => localSigner(account.address, none)).toThrow(/is no private key/);
  });
});
