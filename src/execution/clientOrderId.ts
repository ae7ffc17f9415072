import { createHash } from 'node:crypto';

/**
 * The name of an order at a venue: a function of the plan, the leg and the slice, so that whoever sends the order again, after
 * whatever failure, sends the same order. 26 characters of [a-z0-9], within every venue's limit.
 */
export function clientOrderId(hedgePlanId: string, leg: number, slice = 0): string {
  const part = slice === 0 ? `${hedgePlanId}:${leg}` : `${hedgePlanId}:${leg}:${slice}`;
  const digest = createHash('sha256').update(part).digest('hex').slice(0, 32);
  return `b${BigInt(`0x${digest}`).toString(36).padStart(25, '0')}`;
}
