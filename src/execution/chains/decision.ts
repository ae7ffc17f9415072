import type { Address } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import { decimalText } from '../../platform/decimal.ts';
import type { Intent, IntentService } from '../aggregators/intents.ts';
import type { Aggregator, QuoteRequest } from '../aggregators/port.ts';
import type { Mempool } from '../ports.ts';
import type { ChainConfig } from '../venuesModel.ts';
import { approvalCalls, openAllowances, type Allowance, type Need, type Taker } from './allowances.ts';
import { tokensOf } from './amounts.ts';
import type { Part } from './book.ts';
import { candidatesOf, type Candidate } from './candidates.ts';
import { askIntents, intentsWithin } from './intentQuotes.ts';
import { same, type PoolReader } from './poolReader.ts';
import { askAggregators, type RefusedQuote, type TakenQuote } from './quotes.ts';
import { spotPrice } from './route.ts';
import type { Chain, Head } from './rpc.ts';
import type { Signer } from './signer.ts';
import { tradable } from './swapCalls.ts';
import type { Fees } from './transactionState.ts';
import { bestOf, needsOf, type Tried, type Way } from './trial.ts';
import { boundFor, Unworkable, type Wanted } from './wanted.ts';

export interface DecisionDeps {
  clock: Clock;
  chain: Chain;
  config: ChainConfig;
  reader: PoolReader;
  aggregators: readonly Aggregator[];
  intentServices: readonly IntentService[];
}

export interface Asker {
  clientOrderId: string;
  mempool: Mempool;
  /** Whether nothing else is under way for the account. */
  alone: boolean;
  /** Tokens that others may still take for orders under way. */
  reserved: readonly Reserved[];
  /** Where the key of the account is at hand. */
  signTypedData?: Signer['signTypedData'];
}

/** So much of a token is for an order that others are to settle. */
export interface Reserved {
  token: Address;
  spender: Address;
  amount: bigint;
}

export type Chosen = Way & {
  /** One after another, ascending; where others settle the order what has to be approved for that. */
  parts: Part[];
  block: bigint;
  /** What is kept of why. */
  record: object;
  /** Quote units: what was expected. */
  expected: bigint;
  /** The same after gas. */
  worth: number;
};

/**
 * Finds what to send: the best of pools, aggregators, a split over both, and services that have others settle a signed order, net of gas,
 * all looked at on one block and tried on the chain, as far as they can be, before anything is signed.
 *
 * @param head the block to look at, no older than what is known to be under way
 * @throws Unworkable there is nothing within the limit, or the account cannot pay
 */
export async function decide(deps: DecisionDeps & Asker, wanted: Wanted, fees: Fees, head: Head): Promise<Chosen> {
  const { chain, config } = deps;
  const gasPrice = head.baseFee + fees.maxPriorityFeePerGas;
  const requests = requestsOf(wanted, config, gasPrice);
  const [pools, nativePrice, quotes, intents, balance, native, allowances] = await Promise.all([
    deps.reader.read(wanted.tokenIn, wanted.tokenOut, head.number, true),
    nativePriceOf(deps, wanted, head),
    askAggregators(deps, requests),
    askIntents(deps, { ...requests[0]!, clientOrderId: deps.clientOrderId }),
    chain.balanceOf(wanted.tokenIn, wanted.account),
    chain.balance(wanted.account),
    openAllowances(chain, wanted.tokenIn, wanted.account, spendersOf(config), head.number),
  ]);
  const gasCost = Number(gasPrice) * nativePrice;
  const found = candidatesOf(wanted, tradable(pools, config.contracts), quotes.taken, config, gasCost);
  const signable = intentsWithin(intents.taken, wanted.side, found.reference, config, gasCost);
  const refused = [...quotes.refused, ...intents.refused, ...found.refused, ...signable.refused];
  const ways = waysOf(deps, found.candidates, signable.taken);
  if (ways.length === 0) throw new Unworkable(nothingWithin(wanted, found.best, refused, pools.length));
  const needs = distinct(ways.flatMap(needsOf));
  const allowed = await allowances.of(needs);
  const free = balance - reservedOf(deps, wanted.tokenIn);
  const affordable = ways.filter((way) => spentBy(needsOf(way)) <= free);
  if (affordable.length === 0) throw new Unworkable(tooPoor(wanted, free, spentBy(needsOf(ways[0]!))));
  const tried = await bestOf(
    {
      ...{ chain, config, wanted, gasCost, native, maxFeePerGas: fees.maxFeePerGas },
      approvalsOf: (own, resets) =>
        approvalsFor(
          deps,
          wanted,
          own,
          own.map((need) => allowed[indexOf(needs, need)]!),
          resets,
        ),
      ...(deps.signTypedData && { signTypedData: deps.signTypedData }),
    },
    affordable,
  );
  const record = recordOf(head, wanted, tried, { quotes: quotes.taken, intents: intents.taken, refused });
  return { ...tried, block: head.number, record, expected: tried.moved };
}

/** All ways; where only a relay would do, and there is none, those alone that nobody sees before they are settled. */
function waysOf(
  { mempool, config }: DecisionDeps & Asker,
  candidates: readonly Candidate[],
  intents: readonly Intent[],
): Way[] {
  const signed = intents.map((intent): Way => ({ intent }));
  const isHidden = mempool === 'private' && config.relays.length === 0;
  return isHidden && signed.length > 0 ? signed : [...candidates.map((candidate): Way => ({ candidate })), ...signed];
}

function approvalsFor(
  { alone, reserved }: Asker,
  { tokenIn, validUntil }: Wanted,
  needs: readonly Need[],
  allowed: readonly Allowance[],
  resets: boolean,
): Part[] {
  const reservedFor = (spender: Address) => reservedOf({ reserved }, tokenIn, spender);
  return approvalCalls(tokenIn, needs, allowed, validUntil, { alone, resets, reservedFor }).map((call) => ({
    ...{ purpose: 'approval', call: { ...call, value: '0', gas: '0' } },
  }));
}

function reservedOf({ reserved }: Pick<Asker, 'reserved'>, token: Address, spender?: Address): bigint {
  return reserved
    .filter((each) => same(each.token, token) && (!spender || same(each.spender, spender)))
    .reduce((sum, { amount }) => sum + amount, 0n);
}

/** Quote units for one wei; 0 where no pool tells, so that gas then decides nothing. */
async function nativePriceOf({ config, reader }: DecisionDeps, { quote }: Wanted, head: Head): Promise<number> {
  const native = config.tokens[config.nativeAsset]?.address as Address | undefined;
  const token = quote.address as Address;
  if (!native) return 0;
  if (native.toLowerCase() === token.toLowerCase()) return 1;
  return spotPrice(await reader.read(native, token, head.number), native, token) ?? 0;
}

/** The whole order, and half of it, for a split with the pools. */
function requestsOf(wanted: Wanted, config: ChainConfig, gasPrice: bigint): QuoteRequest[] {
  const { side, tokenIn, tokenOut, base, quote, amount, bound, account, validUntil } = wanted;
  const decimals = side === 'exact_in' ? [base.decimals, quote.decimals] : [quote.decimals, base.decimals];
  const half = amount / 2n;
  return [amount, half]
    .filter((each) => each > 0n)
    .map((each) => ({
      ...{ chainId: config.chainId, side, sellToken: tokenIn, sellDecimals: decimals[0]! },
      ...{ buyToken: tokenOut, buyDecimals: decimals[1]!, amount: each, bound: boundFor(each, amount, bound, side) },
      ...{ taker: account, gasPrice, validUntil },
    }));
}

/** Whoever a way may need allowed, as far as the configuration tells. */
function spendersOf({ contracts, aggregators, pools }: ChainConfig): Taker[] {
  const { swapRouter02, universalRouter, permit2 } = contracts as Record<string, Address | undefined>;
  const curves = pools.filter(({ type }) => type === 'curve').map(({ address }) => address);
  const direct = [swapRouter02, ...curves, ...aggregators.flatMap(({ spenders }) => spenders)];
  const takers = direct.flatMap((spender): Taker[] => (spender ? [{ spender: spender as Address }] : []));
  return universalRouter && permit2 ? [...takers, { spender: universalRouter, through: permit2 }] : takers;
}

function distinct(needs: readonly Need[]): Need[] {
  return needs.filter((need, i) => indexOf(needs, need) === i);
}

function indexOf(needs: readonly Need[], { spender, through }: Need): number {
  return needs.findIndex((other) => same(other.spender, spender) && other.through === through);
}

function spentBy(needs: readonly Need[]): bigint {
  return needs.reduce((sum, { amount }) => sum + amount, 0n);
}

function nothingWithin(
  wanted: Wanted,
  bestMoved: bigint | undefined,
  refused: readonly RefusedQuote[],
  pools: number,
): string {
  const { base, quote, amount } = wanted;
  const price = (units: bigint) =>
    decimalText(tokensOf(units, quote.decimals).div(tokensOf(amount, base.decimals)).toSignificantDigits(12));
  if (bestMoved !== undefined)
    return `No route is within the limit: the best trades at ${price(bestMoved)}, the limit is ${price(wanted.bound)}`;
  const why = refused.map(({ aggregator, code }) => `${aggregator}: ${code}`).join(', ');
  const pooled =
    pools === 0
      ? 'no configured pool holds both tokens, nor do two lead from one to the other'
      : 'the pools do not hold so much';
  return `There is no route: ${pooled}${why && `; ${why}`}`;
}

function tooPoor({ base, quote, side }: Wanted, balance: bigint, needed: bigint): string {
  const { decimals } = side === 'exact_in' ? base : quote;
  const text = (units: bigint) => decimalText(tokensOf(units, decimals));
  return `The account holds ${text(balance)} of the token to be paid; the order may need ${text(needed)}`;
}

function recordOf(
  head: Head,
  wanted: Wanted,
  { candidate, intent, moved }: Tried,
  seen: { quotes: readonly TakenQuote[]; intents: readonly Intent[]; refused: readonly RefusedQuote[] },
): object {
  return {
    ...{ block: head.number.toString(), blockHash: head.hash, side: wanted.side, amount: wanted.amount.toString() },
    ...{ bound: wanted.bound.toString(), expected: moved.toString() },
    pools: (candidate?.pools ?? []).flatMap(({ hops }, path) =>
      hops.map(({ pool, amountIn, amountOut }) => ({
        ...{ address: pool.address, amountIn: amountIn.toString(), amountOut: amountOut.toString() },
        ...(hops.length > 1 && { path }),
      })),
    ),
    aggregator: candidate?.aggregator ?? null,
    intent: intent ? { service: intent.service, uid: intent.uid, validTo: intent.validTo } : null,
    quotes: [
      ...seen.quotes.map(({ aggregator, quote }) => ({
        ...{ aggregator, amountIn: quote.amountIn.toString(), amountOut: quote.amountOut.toString() },
        gas: quote.gas.toString(),
      })),
      ...seen.intents.map(({ service, quoted }) => ({
        ...{ aggregator: service, amountIn: quoted.sellAmount, amountOut: quoted.buyAmount, gas: '0' },
      })),
    ],
    refused: seen.refused,
  };
}
