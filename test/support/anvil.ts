import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  http,
  type Address,
  type Hex,
  type TransactionReceipt,
} from 'viem';
import { mnemonicToAccount, type HDAccount, type LocalAccount } from 'viem/accounts';
import { mainnet } from 'viem/chains';

// A real EVM on this machine: foundry's anvil, from npm.

const PLATFORM = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
/** Chain id 1: Permit2's code from its package has another one's domain built in, and then builds its own. */
const CHAIN = mainnet;

export interface Anvil {
  url: string;
  chainId: number;
  accounts: HDAccount[];
  rpc<T = unknown>(method: string, params?: unknown[]): Promise<T>;
  public: ReturnType<typeof publicClient>;
  /** Signs with the key of the account and waits until it is mined; throws when it reverts. */
  send(account: LocalAccount, call: { to?: Address; data?: Hex; value?: bigint }): Promise<Address | null>;
  mine(blocks?: number): Promise<void>;
  stop(): void;
}

/** The binary, or undefined where there is none for this platform; on a build server that is an error. */
export function anvilBinary(): string | undefined {
  const name = `@foundry-rs/anvil-${PLATFORM}/bin/anvil${process.platform === 'win32' ? '.exe' : ''}`;
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    const reason = `no anvil for ${PLATFORM}: ${name} is not installed`;
    if (process.env['CI']) throw new Error(reason);
    console.warn(`skipped: ${reason}`);
    return undefined;
  }
}

const publicClient = (url: string, chain: typeof CHAIN) =>
  createPublicClient({ chain, transport: http(url, { retryCount: 0 }) });

/** Asks until it is there: the library's own wait looks again only after another block, and there may be none. */
async function minedReceipt(client: Anvil['public'], hash: Hex): Promise<TransactionReceipt> {
  for (;;) {
    const receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined);
    if (receipt) return receipt;
    await new Promise((wait) => setTimeout(wait, 2));
  }
}

export async function startAnvil(args: string[] = [], chainId: number = CHAIN.id): Promise<Anvil> {
  const chain = { ...CHAIN, id: chainId as typeof CHAIN.id };
  const child = spawn(anvilBinary()!, ['--port', '0', '--chain-id', String(chainId), '-a', '4', ...args]);
  const stop = () => void child.kill('SIGKILL');
  process.once('exit', stop); // a test that fails before it could stop it leaves nothing running
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.once('exit', (code) => reject(new Error(`anvil ended with ${code}: ${out}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(out)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
  });
  const client = publicClient(url, chain);
  const test = createTestClient({ mode: 'anvil', chain, transport: http(url, { retryCount: 0 }) });
  const wallet = createWalletClient({ chain, transport: http(url, { retryCount: 0 }) });
  return {
    url,
    chainId,
    accounts: [0, 1, 2, 3].map((addressIndex) =>
      mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex }),
    ),
    rpc: (method, params = []) => client.request({ method, params } as never),
    public: client,
    async send(account, call) {
      const hash = await wallet.sendTransaction({ account, ...call, gas: 12_000_000n });
      const receipt = await minedReceipt(client, hash);
      if (receipt.status !== 'success') throw new Error(`reverted: ${hash}`);
      return receipt.contractAddress ?? null;
    },
    mine: (blocks = 1) => test.mine({ blocks }),
    stop,
  };
}
