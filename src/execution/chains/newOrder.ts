import type { Address } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import type { VenueOrder } from '../ports.ts';
import type { NewOrder } from './book.ts';
import { decide, type Asker, type Chosen } from './decision.ts';
import { chooseMempool } from './mempool.ts';
import type { OpenedChain } from './openedChain.ts';
import { openSigner, SigningError, type OnchainSecrets } from './signer.ts';
import type { Fees } from './transactionState.ts';
import { Unworkable, wantedOf, type Wanted } from './wanted.ts';

const NO_FEES = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };

/** What is to be written down of an order before anything is signed: its transactions, or what others settle, or why there is neither. */
export async function newOrder(
  opened: OpenedChain,
  order: VenueOrder,
  secrets: OnchainSecrets,
  clock: Clock,
): Promise<NewOrder> {
  const address = secrets.address.toLowerCase() as Address;
  const { tenantId, accountId, clientOrderId, symbol, side, quantity, validUntil } = order;
  const none = { address: '0x', decimals: 0 };
  const common = {
    ...{ tenantId, accountId: accountId!, clientOrderId, address, validUntil },
    isSignedByClient: secrets.signer.kind === 'client',
    asked: { symbol, side, quantity, base: none, quote: none },
    ...{
      decision: {},
      rejection: null,
      parts: [],
      intent: null,
      fees: NO_FEES,
      mempool: 'public' as const,
      alone: true,
    },
  };
  try {
    const { wanted, fees, asker, chosen } = await decided(opened, order, secrets, clock);
    const { mempool, why } = wayOf(opened, order, wanted, chosen);
    const { intent, block, parts, record } = chosen;
    return {
      ...common,
      asked: { symbol, side, quantity, base: wanted.base, quote: wanted.quote },
      ...{ decision: { ...record, mempool: why }, parts, fees, mempool, alone: asker.alone },
      intent: intent ? { intent, fromBlock: block } : null,
    };
  } catch (error) {
    if (error instanceof Unworkable || error instanceof SigningError) return { ...common, rejection: error.message };
    throw error;
  }
}

interface Decided {
  wanted: Wanted;
  fees: Fees;
  asker: Asker;
  chosen: Chosen;
}

async function decided(
  opened: OpenedChain,
  order: VenueOrder,
  secrets: OnchainSecrets,
  clock: Clock,
): Promise<Decided> {
  const { config, book, chain } = opened;
  const address = secrets.address.toLowerCase() as Address;
  const signer = openSigner(secrets, clock);
  if ((await chain.chainId()) !== config.chainId)
    throw new Error(`the node of ${config.name} is on another chain than ${config.chainId}`);
  const wanted = wantedOf(order, config, address);
  const fees = await book.currentFees();
  if (!fees) throw new Unworkable(`Gas costs more than the ${config.maxFeeGwei} gwei that may be paid`);
  const asker: Asker = {
    ...{ clientOrderId: order.clientOrderId, mempool: order.mempool, ...(await underWay(opened, order, address)) },
    ...(signer && { signTypedData: signer.signTypedData }),
  };
  return { wanted, fees, asker, chosen: await decide({ ...opened, ...asker }, wanted, fees) };
}

/** What else is under way for the address, and what of its tokens that may take. */
async function underWay(
  { book, intents }: OpenedChain,
  { tenantId, clientOrderId }: VenueOrder,
  address: Address,
): Promise<Pick<Asker, 'alone' | 'reserved'>> {
  const isOther = (row: { client_order_id: string }) => row.client_order_id !== clientOrderId;
  const [transactions, signed] = await Promise.all([book.open(tenantId, address), intents.open(tenantId, address)]);
  const others = signed.filter(isOther);
  return {
    alone: !transactions.some(isOther) && others.length === 0,
    reserved: others.map(({ intent: { sellToken, spender, sellAmount } }) => ({
      ...{ token: sellToken, spender, amount: BigInt(sellAmount) },
    })),
  };
}

/** What others settle nobody sees before, whatever was asked for; an approval is worth nothing to anybody. */
function wayOf({ config }: OpenedChain, order: VenueOrder, wanted: Wanted, chosen: Chosen) {
  if (chosen.candidate) return chooseMempool(order.mempool, config, wanted, chosen);
  return { mempool: 'public' as const, why: { asked: order.mempool, sandwichLoss: 0, delayCost: 0 } };
}
