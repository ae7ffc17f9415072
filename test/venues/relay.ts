import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAddressEqual, keccak256, recoverMessageAddress, stringToBytes, type Address, type Hex } from 'viem';

// A private relay on its wire: Flashbots' with signed requests, or one that is a node with a pool of its own (Protect, MEV Blocker).

export interface Relay {
  url: string;
  /** Raw transactions in the order that they were taken. */
  taken: Hex[];
  /** Who signed the requests; of Flashbots' alone. */
  signers: Address[];
  /** Keeps what it takes to itself until `release`. */
  withholds: boolean;
  /** Message that everything is refused with, or a connection that ends. */
  fault: { message: string } | 'drop' | undefined;
  /** Transactions that the public node had seen before they were handed to the builders. */
  leaked: Hex[];
  /** Hands what was withheld to the builders. */
  release(): Promise<void>;
  close(): Promise<void>;
}

interface Request {
  id: number;
  method: string;
  params: [Hex | { tx: Hex }];
}

export async function startRelay(node: string, kind: 'flashbots' | 'node'): Promise<Relay> {
  const withheld: Hex[] = [];
  const forwarded = new Set<Hex>();

  const answer = async (body: string, signature: string | undefined): Promise<object> => {
    const { method, params } = JSON.parse(body) as Request;
    if (method !== (kind === 'flashbots' ? 'eth_sendPrivateTransaction' : 'eth_sendRawTransaction'))
      return { error: { code: -32601, message: `the method ${method} does not exist` } };
    if (kind === 'flashbots') {
      const signer = await signerOf(body, signature);
      if (!signer) return { error: { code: -32600, message: 'error in X-Flashbots-Signature' } };
      relay.signers.push(signer);
    }
    if (typeof relay.fault === 'object') return { error: { code: -32000, message: relay.fault.message } };
    const raw = typeof params[0] === 'string' ? params[0] : params[0].tx;
    relay.taken.push(raw);
    if (relay.withholds) withheld.push(raw);
    else await forward(raw);
    return { result: keccak256(raw) };
  };

  /** Builders leave out what they cannot use; nobody is told. */
  const forward = async (raw: Hex): Promise<void> => {
    const hash = keccak256(raw);
    if (!forwarded.has(hash) && (await ask('eth_getTransactionByHash', hash))) relay.leaked.push(hash);
    forwarded.add(hash);
    await ask('eth_sendRawTransaction', raw);
  };

  const ask = async (method: string, param: Hex): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [param] });
    const answer = await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return ((await answer.json()) as { result?: unknown }).result;
  };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      void (async () => {
        if (relay.fault === 'drop') return void incoming.socket.destroy();
        const said = await answer(
          Buffer.concat(chunks).toString('utf8'),
          incoming.headers['x-flashbots-signature'] as string | undefined,
        );
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, ...said }));
      })();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const relay: Relay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ taken: [], signers: [], leaked: [], withholds: false, fault: undefined },
    async release() {
      for (const raw of withheld.splice(0)) await forward(raw);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return relay;
}

/** The address of the header if it has signed these very bytes: EIP-191 over the hexadecimal text of their hash. */
async function signerOf(body: string, header: string | undefined): Promise<Address | undefined> {
  const [address, signature] = (header ?? '').split(':') as [Address, Hex];
  if (!signature) return undefined;
  const signer = await recoverMessageAddress({ message: keccak256(stringToBytes(body)), signature }).catch(
    () => undefined,
  );
  return signer && isAddressEqual(signer, address) ? signer : undefined;
}
