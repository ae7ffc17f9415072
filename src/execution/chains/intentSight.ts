import type { Hex } from 'viem';
import type { IntentReport, IntentService } from '../aggregators/intents.ts';
import type { IntentSight } from './intentState.ts';
import type { IntentRow, StoredSettlement } from './intentStore.ts';
import { same } from './poolReader.ts';
import { ChainError, type Chain } from './rpc.ts';

/** What is to be seen of an order that others settle, and from what. */
export interface IntentSeen {
  sight: IntentSight;
  settlement: StoredSettlement | null;
  /** Of all transactions that may have settled it. */
  hashes: Hex[];
}

export interface IntentLook {
  chain: Chain;
  service: IntentService;
  confirmations: number;
  /** By the service, just now; null: it cannot be told. */
  told: IntentReport | null | undefined;
  /** Logs that have settled other orders. */
  taken: readonly Pick<StoredSettlement, 'hash' | 'logIndex'>[];
}

/**
 * Looks at the chain for what became of an order. The service names transactions, and is not believed: their receipts tell. Where it names
 * none, and the contract has the order spent, the logs of the owner are gone through.
 */
export async function lookAtIntent(look: IntentLook, row: IntentRow): Promise<IntentSeen> {
  const { chain, confirmations, told } = look;
  const head = await chain.head();
  const known = union(row.hashes, told?.transactions ?? []);
  const byHash = await settlementOf(look, row, known);
  if (byHash) return seen(head.number, byHash, false, told, known);
  const depth = head.number > BigInt(confirmations) ? head.number - BigInt(confirmations) : 0n;
  const [fate, time] = await Promise.all([fateOf(look, row, depth), chain.blockTime(depth)]);
  const isLate = Number(time) > row.intent.validTo;
  if (fate === 'open') return seen(head.number, null, isLate, told, known);
  const { logs } = look.service.trace(row.intent);
  const found = union(known, await chain.hashesOf(logs, BigInt(row.from_block)));
  const byLogs = await settlementOf(look, row, found);
  // Spent, and nothing was traded: its owner has taken it back on the chain. A node that lags behind must not say so too soon.
  return seen(head.number, byLogs, byLogs === null && isLate, told, byLogs ? union(known, [byLogs.hash]) : known);
}

function seen(
  head: bigint,
  settlement: StoredSettlement | null,
  isOver: boolean,
  told: IntentReport | null | undefined,
  hashes: Hex[],
): IntentSeen {
  const at = settlement && { ...settlement, block: BigInt(settlement.block) };
  return { sight: { head, settlement: at, isOver, told }, settlement, hashes };
}

function union(a: readonly Hex[], b: readonly Hex[]): Hex[] {
  return [...a, ...b.filter((hash) => !a.some((other) => same(other, hash)))];
}

async function fateOf({ chain, service }: IntentLook, { intent }: IntentRow, block: bigint) {
  const { read, fateOf: meaning } = service.trace(intent);
  const [answer] = await chain.read([read], block);
  if (answer === undefined) throw new ChainError(`eth_call: ${service.name} did not tell what became of it`, 'unknown');
  return meaning(answer);
}

async function settlementOf(
  look: IntentLook,
  row: IntentRow,
  hashes: readonly Hex[],
): Promise<StoredSettlement | null> {
  for (const hash of hashes) {
    const found = await settledBy(look, row, hash);
    if (found) return found;
  }
  return null;
}

/** What the transaction did of the order, if it is mined in a block that is on the chain, and others have sent it. */
async function settledBy(
  { chain, service, taken }: IntentLook,
  { intent }: IntentRow,
  hash: Hex,
): Promise<StoredSettlement | undefined> {
  const receipt = await chain.receipt(hash);
  if (receipt?.status !== 'success' || same(receipt.from, intent.owner)) return undefined;
  const trade = service.tradeOf(intent, receipt.logs);
  if (!trade || taken.some((other) => same(other.hash, hash) && other.logIndex === trade.logIndex)) return undefined;
  const block = receipt.blockNumber;
  const [blockHash, time] = await Promise.all([chain.blockHash(block), chain.blockTime(block)]);
  if (blockHash !== receipt.blockHash) return undefined;
  return {
    ...{ hash, logIndex: trade.logIndex, block: block.toString(), blockHash },
    at: new Date(Number(time) * 1_000).toISOString(),
    ...{ sold: trade.sold.toString(), bought: trade.bought.toString() },
  };
}
