import { keccak256, stringToBytes, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import type { RelayConfig } from '../venuesModel.ts';
import { openChain, sentAs, type Chain, type Sent } from './rpc.ts';

// Ways to the builders that nobody else sees.

/** Takes signed bytes and keeps them from the public pool. Never throws. */
export interface Relay {
  send(raw: Hex): Promise<Sent>;
  /** All of them, in this order, in the block of that number, or none; where the relay takes bundles. */
  sendTogether?(raws: readonly Hex[], block: bigint): Promise<Sent>;
  /**
   * What it says, in words, of the fate of a transaction that is not mined; undefined where it says nothing. For people to read: what it
   * told as failed has been mined later (flashbots/rpc-endpoint#95), so that the chain alone decides.
   */
  fateOf?(hash: Hex): Promise<string | undefined>;
}

const TIMEOUT_MS = 5_000;
/** A bundle is good for one block, and not every builder of the next one listens. */
const BLOCKS_AHEAD = 3;

export function openRelay(config: RelayConfig): Relay {
  // Protect and MEV Blocker are nodes whose pool is private.
  if (config.kind !== 'flashbots') {
    const { broadcast } = openChain({ rpcUrl: config.url, timeoutMs: TIMEOUT_MS });
    return { send: broadcast, ...(config.kind === 'protect' && { fateOf: protectFate(config.statusUrl) }) };
  }
  const account = privateKeyToAccount(config.authKey as Hex);
  const call = async (method: string, param: object): Promise<Sent> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [param] });
    const signature = await account.signMessage({ message: keccak256(stringToBytes(body)) });
    return post(config.url, body, `${account.address}:${signature}`);
  };
  return {
    send: (raw) => call('eth_sendPrivateTransaction', { tx: raw, preferences: { fast: true } }),
    sendTogether: (txs, block) => call('eth_sendBundle', { txs, blockNumber: `0x${block.toString(16)}` }),
  };
}

const StatusSchema = z.object({
  status: z.enum(['PENDING', 'INCLUDED', 'FAILED', 'CANCELLED', 'UNKNOWN']),
  simError: z.string().max(200).nullish(),
  revertReason: z.string().max(1_000).nullish(),
});

/** Flashbots docs, Transaction Status API. */
function protectFate(statusUrl: string): NonNullable<Relay['fateOf']> {
  return async (hash) => {
    try {
      const answer = await fetch(`${statusUrl.replace(/\/$/, '')}/${hash}`, {
        ...{ redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) },
      });
      const { status, simError, revertReason } = StatusSchema.parse(await answer.json());
      if (status === 'INCLUDED') return undefined;
      const why = [simError, revertReason].filter(Boolean).join(', ');
      return `Not mined yet; Flashbots Protect says ${status}${why && `: ${why}`}`;
    } catch {
      return undefined;
    }
  };
}

/** The first that says anything. */
export async function fateOf(relays: readonly Relay[], hash: Hex): Promise<string | undefined> {
  const told = await Promise.all(relays.map((relay) => relay.fateOf?.(hash)));
  return told.find((each) => each !== undefined);
}

const AnswerSchema = z.union([
  z.object({ error: z.object({ message: z.string() }) }),
  z.object({ result: z.unknown() }),
]);

/** The header signs the very bytes of the body (flashbots docs, RPC authentication). */
async function post(url: string, body: string, signature: string): Promise<Sent> {
  try {
    const answer = await fetch(url, {
      ...{ method: 'POST', redirect: 'error', body, signal: AbortSignal.timeout(TIMEOUT_MS) },
      headers: { 'content-type': 'application/json', 'x-flashbots-signature': signature },
    });
    const said = AnswerSchema.parse(await answer.json());
    return 'error' in said ? sentAs(said.error.message) : { outcome: 'taken' };
  } catch {
    return { outcome: 'unknown', detail: 'the relay gave no answer that can be read' };
  }
}

/** To all of them: whichever builder wins the block may listen to any. It is out as soon as one has it, or may have it. */
export async function sendPrivately(relays: readonly Relay[], raw: Hex): Promise<Sent> {
  return outcomeOf(await Promise.all(relays.map((relay) => relay.send(raw))));
}

/** The same of a bundle, for each of the next blocks; never throws. */
export async function sendTogether(
  relays: readonly Relay[],
  chain: Pick<Chain, 'head'>,
  raws: readonly Hex[],
): Promise<Sent> {
  const head = await chain.head().catch(() => undefined);
  if (!head) return { outcome: 'unknown', detail: 'the node does not tell which block comes next' };
  const blocks = Array.from({ length: BLOCKS_AHEAD }, (_, i) => head.number + BigInt(i + 1));
  const asked = relays.flatMap((relay) => blocks.flatMap((block) => relay.sendTogether?.(raws, block) ?? []));
  return outcomeOf(await Promise.all(asked));
}

function outcomeOf(answers: readonly Sent[]): Sent {
  const said = (outcome: Sent['outcome']) => answers.find((answer) => answer.outcome === outcome);
  return said('taken') ?? said('unknown') ?? said('nonce_used') ?? said('underpriced') ?? said('refused') ?? NOBODY;
}

const NOBODY: Sent = { outcome: 'unknown', detail: 'no relay is configured' };
