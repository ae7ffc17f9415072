import { Decimal } from 'decimal.js';
import { exact, type Exact } from '../../platform/decimal.ts';

/** Base units of a token in a decimal of whole tokens, rounded down or up. */
export function unitsOf(amount: Decimal.Value, decimals: number, round: 'down' | 'up' = 'down'): bigint {
  const units = exact(amount).mul(exact(10).pow(decimals));
  return BigInt(units.toFixed(0, round === 'down' ? Decimal.ROUND_DOWN : Decimal.ROUND_UP));
}

/** Whole tokens of base units, exactly. */
export function tokensOf(units: bigint, decimals: number): Exact {
  return exact(units.toString()).div(exact(10).pow(decimals));
}
