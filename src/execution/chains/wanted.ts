import type { Address } from 'viem';
import type { VenueOrder } from '../ports.ts';
import type { ChainConfig, Token } from '../venuesModel.ts';
import { tokensOf, unitsOf } from './amounts.ts';
import type { Side } from './route.ts';

/** An order in base units. */
export interface Wanted {
  side: Side;
  base: Token;
  quote: Token;
  tokenIn: Address;
  tokenOut: Address;
  /** Of the base token. */
  amount: bigint;
  /** Least quote to be received, or most to be paid. */
  bound: bigint;
  account: Address;
  validUntil: Date;
}

/** Why nothing can be sent. */
export class Unworkable extends Error {
  override readonly name = 'Unworkable';
}

/** @throws Unworkable the tokens or the amount cannot be traded here */
export function wantedOf(order: VenueOrder, config: ChainConfig, account: Address): Wanted {
  const { terms, side, quantity, limitPrice } = order;
  if (terms.kind !== 'spot') throw new Unworkable(`Only spot is traded on a chain, not a ${terms.kind}`);
  const [base, quote] = [terms.underlying, terms.quote].map((asset) => {
    const token = config.tokens[asset];
    if (!token) throw new Unworkable(`No token is configured for ${asset} on ${config.name}`);
    return token;
  }) as [Token, Token];
  const amount = unitsOf(quantity, base.decimals);
  if (amount === 0n) throw new Unworkable('The quantity is less than one unit of the token');
  if (unitsOf(quantity, base.decimals, 'up') !== amount)
    throw new Unworkable(`The quantity has more than the ${base.decimals} decimals of the token`);
  const isSell = side === 'sell';
  const notional = tokensOf(amount, base.decimals).mul(limitPrice);
  const bound = unitsOf(notional, quote.decimals, isSell ? 'up' : 'down');
  if (bound === 0n) throw new Unworkable('The order is worth less than one unit of the quote token');
  const [tokenIn, tokenOut] = isSell ? [base, quote] : [quote, base];
  return {
    ...{ side: isSell ? 'exact_in' : 'exact_out', base, quote, amount, bound, account, validUntil: order.validUntil },
    ...{ tokenIn: tokenIn.address as Address, tokenOut: tokenOut.address as Address },
  };
}

/** The same limit price for a part of the amount, rounded in favour of the order. */
export function boundFor(part: bigint, amount: bigint, bound: bigint, side: Side): bigint {
  return side === 'exact_in' ? (bound * part + amount - 1n) / amount : (bound * part) / amount;
}
