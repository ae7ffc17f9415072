import type { Fill, SignatureRequest } from '../model.ts';
import type { OrderReport } from '../ports.ts';
import type { ChainConfig } from '../venuesModel.ts';
import { exact } from '../../platform/decimal.ts';
import { hasIntentEnded, type IntentState } from './intentState.ts';
import type { BookedOrder } from './booked.ts';
import { fillsOf, gasCostOf, settlementFill } from './fills.ts';
import { isFinal } from './transactionState.ts';

/** Where an order stands, as its rows say. Pure. */
export function reportOf(
  booked: BookedOrder,
  config: ChainConfig,
  signatureRequest: SignatureRequest | undefined,
): OrderReport {
  const { order, transactions } = booked;
  const venueOrderId = orderIdOf(booked);
  if (order.rejection !== null) return { venueOrderId, status: 'rejected', reason: order.rejection, fills: [] };
  const fills = settledFills(booked, config);
  const filled = fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0));
  const isOver =
    transactions.every(({ state }) => isFinal(state)) && (!booked.intent || hasIntentEnded(booked.intent.state));
  if (filled.gte(order.asked.quantity)) return { venueOrderId, status: 'filled', reason: null, fills };
  if (isOver) return { venueOrderId, ...endOf(booked, fills), fills };
  const status = fills.length > 0 ? ('partially_filled' as const) : ('accepted' as const);
  return { venueOrderId, status, reason: delayOf(booked), fills, ...(signatureRequest && { signatureRequest }) };
}

/** What was last said of a transaction that somebody has taken and that is not mined. */
function delayOf({ transactions }: BookedOrder): string | null {
  const open = transactions.find(({ state }) => !isFinal(state) && state !== 'mined');
  const last = open?.attempts.at(-1);
  return last?.outcome === 'taken' ? last.detail : null;
}

/** By what names it whatever becomes of its fees: the account and its first nonce, or the service's name for it. */
export function orderIdOf({ order, transactions, intent }: BookedOrder): string {
  if (intent) return `${order.chain}/${intent.uid}`;
  const first = transactions[0];
  return first ? `${order.chain}/${order.address}/${first.nonce}` : `${order.chain}/${order.client_order_id}`;
}

/**
 * Fills are told once and never taken back, so only of what is deep enough; and with all that they cost, so only when everything ahead
 * of them has ended, whose gas comes with them.
 */
function settledFills({ order, transactions, intent }: BookedOrder, config: ChainConfig): Fill[] {
  const fills: Fill[] = [];
  let gas = 0n;
  for (const { state, receipt, purpose, address } of transactions) {
    if (!isFinal(state)) break;
    if (!receipt) continue;
    gas += gasCostOf(receipt);
    if (state !== 'confirmed' || purpose !== 'swap') continue;
    const own = fillsOf(receipt, order.asked, address, gas, config.nativeAsset);
    if (own.length > 0) gas = 0n;
    fills.push(...own);
  }
  const isSettled = intent?.state === 'settled' && transactions.every(({ state }) => isFinal(state));
  return isSettled ? [settlementFill(intent.settlement!, order.asked, gas, config.nativeAsset)] : fills;
}

/** How an order ended that was not filled whole. */
function endOf({ transactions, intent }: BookedOrder, fills: readonly Fill[]): Pick<OrderReport, 'status' | 'reason'> {
  if (intent) return { status: ENDS[intent.state] ?? 'canceled', reason: intent.reason };
  const failed = transactions.find(({ state }) => state !== 'confirmed');
  const reason = failed?.reason ?? 'It was mined and traded less than was asked for';
  if (fills.length > 0) return { status: 'canceled', reason };
  const isRefused =
    transactions.every(({ state }) => state === 'released') && transactions.some(({ attempts }) => attempts.length > 0);
  return { status: isRefused ? 'rejected' : 'canceled', reason };
}

/** How orders end that others were to settle; elsewhere as canceled. */
const ENDS: Partial<Record<IntentState, OrderReport['status']>> = { refused: 'rejected', expired: 'expired' };
