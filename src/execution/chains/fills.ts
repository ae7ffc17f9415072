import { parseEventLogs, type Address } from 'viem';
import { decimalText, exact } from '../../platform/decimal.ts';
import type { Fill } from '../model.ts';
import { ERC20 } from './abis.ts';
import { tokensOf } from './amounts.ts';
import { same } from './poolReader.ts';
import type { EventLog } from './rpc.ts';
import type { StoredSettlement } from './intentStore.ts';
import type { AskedOrder, StoredReceipt } from './store.ts';

// What a transaction did, by its logs alone: quotes are never fills.

/** What moved between the account and one other, in base units, positive towards the account. */
export interface Flow {
  base: bigint;
  quote: bigint;
  /** Of the first log that moved base. */
  logIndex: number | undefined;
}

const PRICE_DECIMALS = 18;
const NATIVE_DECIMALS = 18;

/** By who it was traded with, in the order of the logs. */
export function flowsOf(logs: readonly EventLog[], base: Address, quote: Address, account: Address): Flow[] {
  const flows = new Map<string, Flow>();
  const transfers = parseEventLogs({ abi: ERC20, eventName: 'Transfer', logs: logs as never, strict: true });
  for (const { address, args, logIndex } of transfers) {
    const isBase = same(address, base);
    const [towards, away] = [same(args.to, account), same(args.from, account)];
    if ((!isBase && !same(address, quote)) || towards === away) continue;
    const other = (towards ? args.from : args.to).toLowerCase();
    const flow = flows.get(other) ?? { base: 0n, quote: 0n, logIndex: undefined };
    const moved = towards ? args.value : -args.value;
    if (isBase) flow.logIndex ??= logIndex;
    flows.set(other, isBase ? { ...flow, base: flow.base + moved } : { ...flow, quote: flow.quote + moved });
  }
  return [...flows.values()];
}

export function sumOf(flows: readonly Flow[]): Flow {
  return {
    base: flows.reduce((sum, flow) => sum + flow.base, 0n),
    quote: flows.reduce((sum, flow) => sum + flow.quote, 0n),
    logIndex: flows.find(({ logIndex }) => logIndex !== undefined)?.logIndex,
  };
}

/**
 * The fills of a mined swap: one for each pool that both took and gave; where the two sides came from different hands, one for all.
 *
 * @param gasCost wei; it comes with the first of them
 */
export function fillsOf(
  receipt: StoredReceipt,
  asked: AskedOrder,
  account: Address,
  gasCost: bigint,
  gasAsset: string,
): Fill[] {
  const { base, quote, side } = asked;
  const flows = flowsOf(receipt.logs, base.address as Address, quote.address as Address, account);
  const sign = side === 'buy' ? 1n : -1n;
  const trades = flows.every((flow) => isTrade(flow, sign))
    ? flows
    : [sumOf(flows)].filter((flow) => isTrade(flow, sign));
  return trades.map((flow, i) => {
    const quantity = tokensOf(flow.base * sign, base.decimals);
    const price = tokensOf(-flow.quote * sign, quote.decimals).div(quantity);
    return {
      tradeId: `${receipt.hash}:${flow.logIndex}`,
      quantity: decimalText(quantity),
      price: decimalText(price.toDecimalPlaces(PRICE_DECIMALS)),
      fee: decimalText(i === 0 ? tokensOf(gasCost, NATIVE_DECIMALS) : exact(0)),
      ...{ feeCurrency: gasAsset, at: receipt.at },
    };
  });
}

/** What others have settled, who pay for the gas of it. @param gasCost wei, of what had to be approved */
export function settlementFill(
  { hash, logIndex, at, sold, bought }: StoredSettlement,
  { base, quote, side }: AskedOrder,
  gasCost: bigint,
  gasAsset: string,
): Fill {
  const [baseUnits, quoteUnits] = side === 'sell' ? [sold, bought] : [bought, sold];
  const quantity = tokensOf(BigInt(baseUnits), base.decimals);
  const price = tokensOf(BigInt(quoteUnits), quote.decimals).div(quantity);
  return {
    ...{ tradeId: `${hash}:${logIndex}`, quantity: decimalText(quantity) },
    price: decimalText(price.toDecimalPlaces(PRICE_DECIMALS)),
    ...{ fee: decimalText(tokensOf(gasCost, NATIVE_DECIMALS)), feeCurrency: gasAsset, at },
  };
}

function isTrade({ base, quote }: Flow, sign: bigint): boolean {
  return base * sign > 0n && quote * sign < 0n;
}

/** Wei. */
export function gasCostOf({ gasUsed, gasPrice }: StoredReceipt): bigint {
  return BigInt(gasUsed) * BigInt(gasPrice);
}
