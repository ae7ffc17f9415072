import type { Address } from 'viem';
import type { OpenOrder } from '../ports.ts';
import type { Chain } from './rpc.ts';
import type { OpenIntent } from './intentStore.ts';
import type { OpenTransaction } from './store.ts';

/**
 * What is under way for an address: our orders, and what others have sent from it that is not mined. Of those the node tells only
 * that they are there, so they have no side and no quantity worth the name.
 */
export async function openOrdersOf(
  chain: Chain,
  ours: readonly OpenTransaction[],
  intents: readonly OpenIntent[],
  name: string,
  address: Address,
): Promise<OpenOrder[]> {
  const [mined, pending] = await Promise.all([chain.nonce(address, 'latest'), chain.nonce(address, 'pending')]);
  const orders = new Map<string, OpenOrder>();
  for (const { client_order_id: clientOrderId, nonce, order } of ours) {
    if (orders.has(clientOrderId)) continue;
    const { symbol: instrument, side, quantity } = order;
    const venueOrderId = `${name}/${address.toLowerCase()}/${nonce}`;
    orders.set(clientOrderId, { clientOrderId, venueOrderId, instrument, side, quantity, filledQuantity: '0' });
  }
  for (const { client_order_id: clientOrderId, uid, order } of intents) {
    const { symbol: instrument, side, quantity } = order;
    const venueOrderId = `${name}/${uid}`;
    orders.set(clientOrderId, { clientOrderId, venueOrderId, instrument, side, quantity, filledQuantity: '0' });
  }
  const own = new Set(ours.map(({ nonce }) => Number(nonce)));
  const foreign = Array.from({ length: Math.max(pending - mined, 0) }, (_, i) => mined + i).filter(
    (nonce) => !own.has(nonce),
  );
  return [
    ...orders.values(),
    ...foreign.map((nonce): OpenOrder => {
      const venueOrderId = `${name}/${address.toLowerCase()}/${nonce}`;
      return {
        ...{ clientOrderId: null, venueOrderId, instrument: `transaction ${nonce} of ${address}` },
        ...{ side: 'buy', quantity: '0', filledQuantity: '0' },
      };
    }),
  ];
}
