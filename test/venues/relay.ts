import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { concat, isAddressEqual, keccak256, recoverMessageAddress, stringToBytes, type Address, type Hex } from 'viem';

// A private relay on its wire: Flashbots' with signed requests, or one that is a node with a pool of its own (Protect, MEV Blocker).

export interface Relay {
  url: string;
  /** Raw transactions in the order that they were taken, without those of bundles. */
  taken: Hex[];
  /** Of Flashbots' alone; each is asked for once for every block that it may be in. */
  bundles: Bundle[];
  /** Who signed the requests; of Flashbots' alone. */
  signers: Address[];
  /** Keeps what it takes to itself until `release`. */
  withholds: boolean;
  /** What Protect's status API says of every transaction, but for its name; of a node alone. */
  fate: { status: string; simError?: string; revertReason?: string };
  /** Message that everything is refused with, or a connection that ends. */
  fault: { message: string } | 'drop' | undefined;
  /** Transactions that the public node had seen before they were handed to the builders. */
  leaked: Hex[];
  /** Hands what was withheld to the builders. */
  release(): Promise<void>;
  close(): Promise<void>;
}

interface Bundle {
  txs: Hex[];
  blockNumber: Hex;
}

interface Request {
  id: number;
  method: string;
  params: [Hex | { tx: Hex } | Bundle];
}

const METHODS = {
  flashbots: ['eth_sendPrivateTransaction', 'eth_sendBundle'],
  node: ['eth_sendRawTransaction'],
};

/** What the node cannot mine now is not waited for any longer. */
const [LOOKS, LOOK_MS] = [40, 5];

export async function startRelay(node: string, kind: 'flashbots' | 'node'): Promise<Relay> {
  const withheld: Hex[] = [];
  const forwarded = new Set<Hex>();
  let building = Promise.resolve();

  const answer = async (body: string, signature: string | undefined): Promise<object> => {
    const { method, params } = JSON.parse(body) as Request;
    if (!METHODS[kind].includes(method))
      return { error: { code: -32601, message: `the method ${method} does not exist` } };
    if (kind === 'flashbots') {
      const signer = await signerOf(body, signature);
      if (!signer) return { error: { code: -32600, message: 'error in X-Flashbots-Signature' } };
      relay.signers.push(signer);
    }
    if (typeof relay.fault === 'object') return { error: { code: -32000, message: relay.fault.message } };
    if (method === 'eth_sendBundle') return takeBundle(params[0] as Bundle);
    const raw = typeof params[0] === 'string' ? params[0] : (params[0] as { tx: Hex }).tx;
    relay.taken.push(raw);
    if (relay.withholds) withheld.push(raw);
    else await forward(raw);
    return { result: keccak256(raw) };
  };

  const takeBundle = async (bundle: Bundle): Promise<object> => {
    const isWhole =
      bundle.txs?.length > 0 && bundle.txs.length <= 100 && /^0x[1-9a-f][0-9a-f]*$/.test(bundle.blockNumber);
    if (!isWhole) return { error: { code: -32602, message: 'invalid bundle' } };
    relay.bundles.push(bundle);
    if (!relay.withholds) await build();
    return { result: { bundleHash: keccak256(concat(bundle.txs.map((raw) => keccak256(raw)))) } };
  };

  /** Makes the next block of the first bundle for it that can be used whole. */
  const build = (): Promise<void> => (building = building.then(buildNext));

  /** The node mines what it has taken a moment later: a bundle that was tried and undone in between would undo that too. */
  const idle = async (): Promise<void> => {
    for (let looks = 0; looks < LOOKS; looks++) {
      const { pending } = (await ask('txpool_status')) as { pending: Hex };
      if (BigInt(pending) === 0n) return;
      await new Promise((later) => setTimeout(later, LOOK_MS));
    }
  };

  const buildNext = async (): Promise<void> => {
    await idle();
    const next = BigInt((await ask('eth_blockNumber')) as Hex) + 1n;
    for (const { txs, blockNumber } of relay.bundles) {
      if (BigInt(blockNumber) !== next || (await isMined(txs[0]!))) continue;
      const snapshot = await ask('evm_snapshot');
      await ask('evm_setAutomine', false);
      for (const raw of txs) await forward(raw);
      await ask('evm_mine');
      await ask('evm_setAutomine', true);
      const done = await Promise.all(txs.map(isMined));
      if (done.every(Boolean)) return;
      await ask('evm_revert', snapshot);
    }
  };

  const isMined = async (raw: Hex): Promise<boolean> => {
    const receipt = (await ask('eth_getTransactionReceipt', keccak256(raw))) as { status: Hex } | null;
    return receipt?.status === '0x1';
  };

  /** docs.flashbots.net, Transaction Status API: what is private stays empty. */
  const statusOf = (hash: Hex): string => {
    const names = ['from', 'to', 'gasLimit', 'maxFeePerGas', 'maxPriorityFeePerGas', 'nonce', 'value'];
    const transaction = Object.fromEntries(names.map((name) => [name, '']));
    const rest = { maxBlockNumber: 13_543_898, transaction, fastMode: true, seenInMempool: false, isRevert: false };
    return JSON.stringify({ hash, ...rest, simError: '', revertReason: '', ...relay.fate });
  };

  /** Builders leave out what they cannot use; nobody is told. */
  const forward = async (raw: Hex): Promise<void> => {
    const hash = keccak256(raw);
    if (!forwarded.has(hash) && (await ask('eth_getTransactionByHash', hash))) relay.leaked.push(hash);
    forwarded.add(hash);
    await ask('eth_sendRawTransaction', raw);
  };

  const ask = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const answer = await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return ((await answer.json()) as { result?: unknown }).result;
  };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      void (async () => {
        const asked = /^\/tx\/(0x[0-9a-f]{64})$/.exec(incoming.url!)?.[1];
        if (incoming.method === 'GET') {
          response.writeHead(asked && kind === 'node' ? 200 : 404, { 'content-type': 'application/json' });
          return void response.end(asked && statusOf(asked as Hex));
        }
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
    ...{
      taken: [],
      bundles: [],
      signers: [],
      leaked: [],
      withholds: false,
      fault: undefined,
      fate: { status: 'PENDING' },
    },
    async release() {
      for (const raw of withheld.splice(0)) await forward(raw);
      await build();
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
