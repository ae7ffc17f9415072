import type { Address } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import { decimalText } from '../../platform/decimal.ts';
import type { Aggregator, QuoteRequest } from '../aggregators/port.ts';
import type { ChainConfig } from '../venuesModel.ts';
import { approvalCalls, readAllowances, type Need } from './allowances.ts';
import { tokensOf } from './amounts.ts';
import type { Part } from './book.ts';
import { candidatesOf, worthOf, type Candidate } from './candidates.ts';
import { flowsOf, sumOf } from './fills.ts';
import { same, type PoolReader, type PoolState } from './poolReader.ts';
import { askAggregators, type Quotes } from './quotes.ts';
import { SigningError, type Signer } from './signer.ts';
import { spotPrice } from './route.ts';
import type { Chain, Head, Simulated } from './rpc.ts';
import { tradable } from './swapCalls.ts';
import type { Fees } from './transactionState.ts';
import { boundFor, Unworkable, type Wanted } from './wanted.ts';

export interface DecisionDeps {
  clock: Clock;
  chain: Chain;
  config: ChainConfig;
  reader: PoolReader;
  aggregators: readonly Aggregator[];
}

export interface Asker {
  /** Whether nothing else is under way for the account. */
  alone: boolean;
  /** Where the key of the account is at hand. */
  signTypedData?: Signer['signTypedData'];
}

export interface Chosen {
  parts: Part[];
  /** What is kept of why. */
  record: object;
  /** Quote units: what was expected, and what the order would still accept. */
  expected: bigint;
  pools: PoolState[];
  candidate: Candidate;
}

const BASE_GAS = 21_000n;
/** Of those that promise most, so many are tried on the chain before one is taken. */
const MOST_TRIED = 3;

/**
 * Finds what to send: the best of pools, aggregators and a split over both, net of gas, all looked at on one block and tried on the
 * chain before anything is signed.
 *
 * @throws Unworkable there is nothing within the limit, or the account cannot pay
 */
export async function decide(deps: DecisionDeps & Asker, wanted: Wanted, fees: Fees): Promise<Chosen> {
  const { chain, config, alone } = deps;
  const head = await chain.head();
  const gasPrice = head.baseFee + fees.maxPriorityFeePerGas;
  const [pools, nativePrice, quotes] = await Promise.all([
    deps.reader.read(wanted.tokenIn, wanted.tokenOut, head.number),
    nativePriceOf(deps, wanted, head),
    askAggregators(deps, requestsOf(wanted, config, gasPrice)),
  ]);
  const gasCost = Number(gasPrice) * nativePrice;
  const usable = tradable(pools, config.contracts);
  const found = candidatesOf(wanted, usable, quotes.taken, config, gasCost);
  const refused = [...quotes.refused, ...found.refused];
  if (found.candidates.length === 0) throw new Unworkable(nothingWithin(wanted, found.best, refused, pools.length));
  const needs = needsOf(found.candidates);
  const [allowed, balance, native] = await Promise.all([
    readAllowances(chain, wanted.tokenIn, wanted.account, needs, head.number),
    chain.balanceOf(wanted.tokenIn, wanted.account),
    chain.balance(wanted.account),
  ]);
  const approvalsOf = (candidate: Candidate, resets: boolean): Part[] =>
    approvalCalls(
      wanted.tokenIn,
      candidate.needs,
      candidate.needs.map((need) => allowed[needs.findIndex(({ spender }) => same(spender, need.spender))]!),
      wanted.validUntil,
      { alone, resets },
    ).map((call) => ({ purpose: 'approval', call: { ...call, value: '0', gas: '0' } }));
  const affordable = found.candidates.filter(({ needs: own }) => spentBy(own) <= balance);
  if (affordable.length === 0) throw new Unworkable(tooPoor(wanted, balance, spentBy(found.candidates[0]!.needs)));
  const tried = await best(deps, wanted, affordable, gasCost, approvalsOf);
  const gas = tried.parts.reduce((sum, { call }) => sum + BigInt(call.gas), 0n);
  const mostGas = gas * fees.maxFeePerGas;
  if (native < mostGas) {
    const text = (wei: bigint) => `${decimalText(tokensOf(wei, 18))} ${config.nativeAsset}`;
    throw new Unworkable(`The account holds ${text(native)}; gas may cost ${text(mostGas)}`);
  }
  const record = recordOf(head, wanted, tried.candidate, quotes, refused, tried.moved);
  return { parts: tried.parts, record, expected: tried.moved, pools: usable, candidate: tried.candidate };
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

function needsOf(candidates: readonly Candidate[]): Need[] {
  const needs = new Map<string, Need>();
  for (const need of candidates.flatMap((candidate) => candidate.needs)) needs.set(need.spender.toLowerCase(), need);
  return [...needs.values()];
}

function spentBy(needs: readonly Need[]): bigint {
  return needs.reduce((sum, { amount }) => sum + amount, 0n);
}

interface Tried {
  candidate: Candidate;
  parts: Part[];
  /** Quote units that the simulation moved, or that were quoted where the node cannot tell. */
  moved: bigint;
  worth: number;
}

/**
 * Tries the candidates, the most promising first, until none of those left promises more than one has shown: two that use the same
 * pool may each have been quoted as if it were theirs alone.
 */
async function best(
  deps: DecisionDeps & Asker,
  wanted: Wanted,
  candidates: readonly Candidate[],
  gasCost: number,
  approvalsOf: (candidate: Candidate, resets: boolean) => Part[],
): Promise<Tried> {
  const ranked = candidates
    .map((candidate) => {
      const gas = candidate.gas + BigInt(approvalsOf(candidate, false).length) * (BASE_GAS + 30_000n);
      return { candidate, promised: worthOf(wanted.side, candidate.moved, gas, gasCost) };
    })
    .sort((a, b) => b.promised - a.promised);
  let shown: Tried | undefined;
  let failure = '';
  for (const { candidate, promised } of ranked.slice(0, MOST_TRIED)) {
    if (shown && shown.worth >= promised) break;
    const tried = await tryOut(deps, wanted, candidate, gasCost, approvalsOf);
    if (typeof tried === 'string') failure ||= tried;
    else if (!shown || tried.worth > shown.worth) shown = tried;
  }
  if (!shown) throw new Unworkable(`Tried on the chain, it fails: ${failure}`);
  return shown;
}

/** What the candidate would do on top of the newest block, or in words why it would not. */
async function tryOut(
  { chain, signTypedData }: DecisionDeps & Asker,
  wanted: Wanted,
  candidate: Candidate,
  gasCost: number,
  approvalsOf: (candidate: Candidate, resets: boolean) => Part[],
): Promise<Tried | string> {
  const signed = await Promise.all(
    candidate.calls.map(async ({ to, data, permit }) => ({
      ...{ to, data: permit ? permit.complete(await signTypedData!(permit.typedData)) : data },
      ...{ value: '0', gas: '0' },
    })),
  ).catch((error: unknown) => {
    if (error instanceof SigningError) return error.message;
    throw error;
  });
  if (typeof signed === 'string') return signed;
  const swaps = signed.map((call): Part => ({ purpose: 'swap', call }));
  const run = async (resets: boolean) => {
    const parts = [...approvalsOf(candidate, resets), ...swaps];
    const done = await chain.simulate(
      wanted.account,
      parts.map(({ call }) => ({ to: call.to, data: call.data, value: 0n })),
    );
    return { parts, done };
  };
  let { parts, done } = await run(false);
  const failsApproval = parts.some(({ purpose }, i) => purpose === 'approval' && !done[i]!.ok);
  if (failsApproval) ({ parts, done } = await run(true)); // some tokens want a zero in between
  const failed = done.find(({ ok }) => !ok);
  if (failed) return failed.reason ?? 'it reverts';
  const moved = movedBy(done, wanted) ?? candidate.moved;
  const isWithin = wanted.side === 'exact_in' ? moved >= wanted.bound : moved <= wanted.bound;
  if (!isWithin) return 'it goes beyond the limit price';
  const gas = done.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const limited = parts.map((part, i) => ({
    ...part,
    call: { ...part.call, gas: gasLimit(done[i]!.gasUsed).toString() },
  }));
  return { candidate, parts: limited, moved, worth: worthOf(wanted.side, moved, gas, gasCost) };
}

/** Pools may stand elsewhere a block later, with more ticks to cross. */
function gasLimit(used: bigint): bigint {
  return (used * 13n) / 10n + 30_000n;
}

/** Quote units that came in, or went out; undefined where the node does not tell logs. */
function movedBy(done: readonly Simulated[], { base, quote, account, side }: Wanted): bigint | undefined {
  if (done.some(({ logs }) => logs === null)) return undefined;
  const logs = done.flatMap((each) => each.logs!);
  const flow = sumOf(flowsOf(logs, base.address as Address, quote.address as Address, account));
  return side === 'exact_in' ? flow.quote : -flow.quote;
}

function nothingWithin(
  wanted: Wanted,
  bestMoved: bigint | undefined,
  refused: Quotes['refused'],
  pools: number,
): string {
  const { base, quote, amount } = wanted;
  const price = (units: bigint) =>
    decimalText(tokensOf(units, quote.decimals).div(tokensOf(amount, base.decimals)).toSignificantDigits(12));
  if (bestMoved !== undefined)
    return `No route is within the limit: the best trades at ${price(bestMoved)}, the limit is ${price(wanted.bound)}`;
  const why = refused.map(({ aggregator, code }) => `${aggregator}: ${code}`).join(', ');
  const pooled = pools === 0 ? 'no configured pool holds both tokens' : 'the pools do not hold so much';
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
  candidate: Candidate,
  quotes: Quotes,
  refused: Quotes['refused'],
  moved: bigint,
): object {
  return {
    ...{ block: head.number.toString(), blockHash: head.hash, side: wanted.side, amount: wanted.amount.toString() },
    ...{ bound: wanted.bound.toString(), expected: moved.toString() },
    pools: candidate.pools.map(({ pool, amountIn, amountOut }) => ({
      ...{ address: pool.address, amountIn: amountIn.toString(), amountOut: amountOut.toString() },
    })),
    aggregator: candidate.aggregator,
    quotes: quotes.taken.map(({ aggregator, quote }) => ({
      ...{ aggregator, amountIn: quote.amountIn.toString(), amountOut: quote.amountOut.toString() },
      gas: quote.gas.toString(),
    })),
    refused,
  };
}
