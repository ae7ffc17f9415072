import type { Address } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import type { VenueOrder } from '../ports.ts';
import type { NewOrder } from './book.ts';
import { valueOn, type ChainValue } from './chainChoice.ts';
import { within } from './deadline.ts';
import { decide, type Asker, type Chosen } from './decision.ts';
import { chooseMempool } from './mempool.ts';
import type { OpenedChain } from './openedChain.ts';
import { openSigner, SigningError, type OnchainSecrets } from './signer.ts';
import type { Fees } from './transactionState.ts';
import { Unworkable, wantedOf, type Wanted } from './wanted.ts';

const NO_FEES = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
/** Beside the deadline for quotes; a chain that takes longer is left out where there are others. */
const DECIDING_MS = 5_000;

/** An order as it is to be written down, and on which chain. */
export interface Placed {
  opened: OpenedChain;
  found: NewOrder;
}

/** While it was decided on. Nothing was written down or signed: the venue has never seen it. */
export class CalledOff extends Error {
  override readonly name = 'CalledOff';

  constructor() {
    super('the order was called off while it was decided on');
  }
}

interface Offer {
  opened: OpenedChain;
  wanted: Wanted;
  fees: Fees;
  alone: boolean;
  chosen: Chosen;
  value: ChainValue;
}

interface LeftOut {
  opened: OpenedChain;
  why: string;
  /** Where its node did not answer: nothing was decided. */
  error?: unknown;
}

/**
 * What is to be written down of an order before anything is signed: its transactions, or what others settle, or why there is neither. Of
 * several chains it goes, whole, where it is worth most; one that does not answer is left out as long as another one decides.
 *
 * @param chains of the account, at least one
 * @throws CalledOff
 */
export async function newOrder(
  chains: readonly OpenedChain[],
  order: VenueOrder,
  secrets: OnchainSecrets,
  clock: Clock,
): Promise<Placed> {
  const decided = await Promise.all(chains.map((opened) => offerOn(opened, order, secrets, clock, chains.length > 1)));
  const offers = decided.filter((each): each is Offer => 'chosen' in each);
  const leftOut = decided.filter((each): each is LeftOut => 'why' in each);
  if (leftOut.every(({ error }) => error !== undefined) && offers.length === 0) throw leftOut[0]!.error;
  const common = commonOf(order, secrets);
  if (await order.isCalledOff?.()) throw new CalledOff();
  if (offers.length === 0) {
    const rejection = reasonOf(leftOut);
    return { opened: chains[0]!, found: { ...common, decision: compared(offers, leftOut), rejection } };
  }
  const best = offers.reduce((a, b) => (b.value.net > a.value.net ? b : a));
  const { opened, wanted, fees, alone, chosen } = best;
  const { symbol, side, quantity } = order;
  const found = {
    ...{ ...common, fees, alone, parts: chosen.parts },
    asked: { symbol, side, quantity, base: wanted.base, quote: wanted.quote },
    intent: chosen.intent ? { intent: chosen.intent, fromBlock: chosen.block } : null,
  };
  const decision = { ...chosen.record, ...compared(offers, leftOut) };
  try {
    const { mempool, why } = wayOf(opened, order, wanted, chosen);
    return { opened, found: { ...found, mempool, decision: { ...decision, mempool: why } } };
  } catch (error) {
    if (error instanceof Unworkable) return { opened, found: { ...common, decision, rejection: error.message } };
    throw error;
  }
}

function commonOf(order: VenueOrder, secrets: OnchainSecrets): NewOrder {
  const { tenantId, accountId, clientOrderId, symbol, side, quantity, validUntil } = order;
  const none = { address: '0x', decimals: 0 };
  return {
    ...{ tenantId, accountId: accountId!, clientOrderId, validUntil, address: addressOf(secrets) },
    isSignedByClient: secrets.signer.kind === 'client',
    asked: { symbol, side, quantity, base: none, quote: none },
    ...{ decision: {}, rejection: null, parts: [], intent: null, fees: NO_FEES, mempool: 'public', alone: true },
  };
}

function addressOf({ address }: OnchainSecrets): Address {
  return address.toLowerCase() as Address;
}

async function offerOn(
  opened: OpenedChain,
  order: VenueOrder,
  secrets: OnchainSecrets,
  clock: Clock,
  isOneOfMany: boolean,
): Promise<Offer | LeftOut> {
  try {
    const work = decidedOn(opened, order, secrets, clock);
    return await (isOneOfMany ? inTime(opened, work, clock) : work);
  } catch (error) {
    if (error instanceof Unworkable || error instanceof SigningError) return { opened, why: error.message };
    return { opened, why: `It cannot be told: ${error instanceof Error ? error.message : 'it failed'}`, error };
  }
}

/** What comes late is not heard: nothing was written. */
function inTime<T>({ config }: OpenedChain, work: Promise<T>, clock: Clock): Promise<T> {
  const ms = config.quoteDeadlineMs + DECIDING_MS;
  return within(clock, ms, (signal) => {
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error(`no decision within ${ms} ms`)), { once: true });
    });
    return Promise.race([work, late]);
  });
}

async function decidedOn(
  opened: OpenedChain,
  order: VenueOrder,
  secrets: OnchainSecrets,
  clock: Clock,
): Promise<Offer> {
  const { config, book, chain } = opened;
  const signer = openSigner(secrets, clock);
  const address = addressOf(secrets);
  const asked = Promise.all([book.currentFees(), standing(opened, order, address)]);
  void asked.catch(() => undefined); // of a node that is on another chain, or not there, that is what is told
  if ((await chain.chainId()) !== config.chainId)
    throw new Error(`the node of ${config.name} is on another chain than ${config.chainId}`);
  const [fees, { head, ...others }] = await asked;
  const wanted = wantedOf(order, config, address);
  if (!fees) throw new Unworkable(`Gas costs more than the ${config.maxFeeGwei} gwei that may be paid`);
  const asker: Asker = {
    ...{ clientOrderId: order.clientOrderId, mempool: order.mempool, ...others },
    ...(signer && { signTypedData: signer.signTypedData }),
  };
  const chosen = await decide({ ...opened, ...asker }, wanted, fees, head);
  return { opened, wanted, fees, alone: asker.alone, chosen, value: valueOn(config, wanted, chosen) };
}

/** One after the other: what is no longer under way for the address has to be in the block that is decided on. */
async function standing(opened: OpenedChain, order: VenueOrder, address: Address) {
  const others = await underWay(opened, order, address);
  return { ...others, head: await opened.chain.head() };
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

function reasonOf(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 1) return leftOut[0]!.why;
  return leftOut.map(({ opened, why }) => `${opened.config.name}: ${why}`).join('; ');
}

/** What is kept of how chains compared; nothing where there is one. */
function compared(offers: readonly Offer[], leftOut: readonly LeftOut[]): object {
  if (offers.length + leftOut.length === 1) return {};
  return {
    chains: [
      ...offers.map(({ opened, value }) => ({ chain: opened.config.name, ...value })),
      ...leftOut.map(({ opened, why }) => ({ chain: opened.config.name, leftOut: why })),
    ],
  };
}
