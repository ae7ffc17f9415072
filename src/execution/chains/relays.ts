import { keccak256, stringToBytes, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import type { RelayConfig } from '../venuesModel.ts';
import { openChain, sentAs, type Sent } from './rpc.ts';

// Ways to the builders that nobody else sees.

/**
 * Takes signed bytes and keeps them from the public pool. Never throws. What it says of their fate later is no verdict: a transaction
 * that was told as failed has been mined (flashbots/rpc-endpoint#95), so that nobody asks it; the chain tells.
 */
export interface Relay {
  send(raw: Hex): Promise<Sent>;
}

const TIMEOUT_MS = 5_000;

export function openRelay(config: RelayConfig): Relay {
  // Protect and MEV Blocker are nodes whose pool is private.
  if (config.kind !== 'flashbots') {
    const { broadcast } = openChain({ rpcUrl: config.url, timeoutMs: TIMEOUT_MS });
    return { send: broadcast };
  }
  const account = privateKeyToAccount(config.authKey as Hex);
  return {
    async send(raw) {
      const params = [{ tx: raw, preferences: { fast: true } }];
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendPrivateTransaction', params });
      const signature = await account.signMessage({ message: keccak256(stringToBytes(body)) });
      return post(config.url, body, `${account.address}:${signature}`);
    },
  };
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
  const answers = await Promise.all(relays.map((relay) => relay.send(raw)));
  const said = (outcome: Sent['outcome']) => answers.find((answer) => answer.outcome === outcome);
  return said('taken') ?? said('unknown') ?? said('nonce_used') ?? said('underpriced') ?? said('refused') ?? NOBODY;
}

const NOBODY: Sent = { outcome: 'unknown', detail: 'no relay is configured' };
