import type { Address } from 'viem';
import type { OpenOrder } from '../ports.ts';
import type { OpenIntent } from './intentStore.ts';
import type { OpenedChain } from './openedChain.ts';
import { ChainError } from './rpc.ts';
import type { OpenTransaction } from './store.ts';

/**
 * What is under way for an address on its chains: our orders, and what others have sent from it that is not mined. On a chain that does not
 * answer nothing is traded, so that what others do there does not matter as long as another one answers.
 *
 * @throws ChainError none answers
 */
export async function openOrdersOn(
  chains: readonly OpenedChain[],
  tenantId: string,
  address: Address,
): Promise<OpenOrder[]> {
  const found = await Promise.all(
    chains.map(async ({ book, intents, chain, config: { name } }) => {
      const own = { address, name };
      const [transactions, signed] = await Promise.all([book.open(tenantId, address), intents.open(tenantId, address)]);
      const nonces = Promise.all([chain.nonce(address, 'latest'), chain.nonce(address, 'pending')]);
      const [from, to] = await nonces.catch((error: unknown) => [error, undefined] as const);
      if (to === undefined && !(from instanceof ChainError)) throw from;
      const others = to === undefined ? [] : foreign(own, transactions, from as number, to);
      return { error: to === undefined ? from : undefined, orders: [...ours(own, transactions, signed), ...others] };
    }),
  );
  const silent = found.filter(({ error }) => error !== undefined);
  if (silent.length === found.length) throw silent[0]!.error;
  return found.flatMap(({ orders }) => orders);
}

interface Own {
  /** Of the chain. */
  name: string;
  address: Address;
}

function ours(
  { name, address }: Own,
  transactions: readonly OpenTransaction[],
  intents: readonly OpenIntent[],
): OpenOrder[] {
  const named = [
    ...intents.map((row) => ({ ...row, venueOrderId: `${name}/${row.uid}` })),
    ...transactions.map((row) => ({ ...row, venueOrderId: `${name}/${address.toLowerCase()}/${row.nonce}` })),
  ];
  const isFirst = ({ client_order_id: id }: (typeof named)[number], i: number) =>
    named.findIndex((other) => other.client_order_id === id) === i;
  return named.filter(isFirst).map(({ client_order_id: clientOrderId, venueOrderId, order }) => {
    const { symbol: instrument, side, quantity } = order;
    return { clientOrderId, venueOrderId, instrument, side, quantity, filledQuantity: '0' };
  });
}

/** Of those the node tells only that they are there, so they have no side and no quantity worth the name. */
function foreign(
  { name, address }: Own,
  transactions: readonly OpenTransaction[],
  mined: number,
  pending: number,
): OpenOrder[] {
  const own = new Set(transactions.map(({ nonce }) => Number(nonce)));
  return Array.from({ length: Math.max(pending - mined, 0) }, (_, i) => mined + i)
    .filter((nonce) => !own.has(nonce))
    .map((nonce) => ({
      ...{ clientOrderId: null, venueOrderId: `${name}/${address.toLowerCase()}/${nonce}` },
      ...{ instrument: `transaction ${nonce} of ${address}`, side: 'buy', quantity: '0', filledQuantity: '0' },
    }));
}
