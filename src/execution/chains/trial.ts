import type { Address } from 'viem';
import { decimalText } from '../../platform/decimal.ts';
import type { Intent } from '../aggregators/intents.ts';
import type { ChainConfig } from '../venuesModel.ts';
import type { Need } from './allowances.ts';
import { tokensOf } from './amounts.ts';
import type { Part } from './book.ts';
import { worthOf, type Candidate } from './candidates.ts';
import { flowsOf, sumOf } from './fills.ts';
import type { Side } from './route.ts';
import type { Chain, Simulated } from './rpc.ts';
import { SigningError, type Signer } from './signer.ts';
import { Unworkable, type Wanted } from './wanted.ts';

/** A swap of ours, or an order that others settle. */
export type Way = { candidate: Candidate; intent?: undefined } | { candidate?: undefined; intent: Intent };

export type Tried = Way & {
  parts: Part[];
  /** Quote units that the simulation moved, or that were quoted where it cannot tell. */
  moved: bigint;
  /** The same after gas. */
  worth: number;
};

export interface TrialDeps {
  chain: Chain;
  config: ChainConfig;
  wanted: Wanted;
  /** Of one unit of gas, in quote units. */
  gasCost: number;
  /** Wei that the account has for gas, and that a unit of it may cost. */
  native: bigint;
  maxFeePerGas: bigint;
  /** What has to be approved; `resets`: allowances that are there are taken back first. */
  approvalsOf: (needs: readonly Need[], resets: boolean) => Part[];
  /** Where the key of the account is at hand. */
  signTypedData?: Signer['signTypedData'];
}

/** Of those that promise most, so many are tried on the chain before one is taken. */
const MOST_TRIED = 3;
/** A pair of Uniswap's adds to two sums of prices when time has passed, v3 to an observation: a slot that was empty costs 22,100. */
const ORACLE_GAS = 45_000n;
/** Of an approval, before it is tried. */
const APPROVAL_GAS = 51_000n;

export function needsOf({ candidate, intent }: Way): Need[] {
  if (candidate) return candidate.needs;
  return [{ spender: intent.spender, amount: BigInt(intent.sellAmount) }];
}

function promisedBy({ candidate, intent }: Way, side: Side): { moved: bigint; gas: bigint } {
  return candidate ?? { moved: quotedBy(intent, side), gas: 0n };
}

/** Quote units received, or paid. */
export function quotedBy({ quoted }: Intent, side: Side): bigint {
  return BigInt(side === 'exact_in' ? quoted.buyAmount : quoted.sellAmount);
}

/**
 * Tries the ways, the most promising first, until none of those left promises more than one has shown: two that use the same pool may
 * each have been quoted as if it were theirs alone. What others settle cannot be tried; what it needs approved can.
 *
 * @throws Unworkable none works, or the account cannot pay for the gas of any
 */
export async function bestOf(deps: TrialDeps, ways: readonly Way[]): Promise<Tried> {
  const { wanted, gasCost, approvalsOf } = deps;
  const ranked = ways
    .map((way) => {
      const { moved, gas } = promisedBy(way, wanted.side);
      const approvals = BigInt(approvalsOf(needsOf(way), false).length) * APPROVAL_GAS;
      return { way, promised: worthOf(wanted.side, moved, gas + approvals, gasCost) };
    })
    .sort((a, b) => b.promised - a.promised);
  let shown: Tried | undefined;
  let failure = '';
  for (const { way, promised } of ranked.slice(0, MOST_TRIED)) {
    if (shown && shown.worth >= promised) break;
    const tried = await tryOut(deps, way);
    if (typeof tried === 'string') failure ||= tried;
    else if (!shown || tried.worth > shown.worth) shown = tried;
  }
  if (!shown) throw new Unworkable(failure);
  return shown;
}

/** What it would do on top of the newest block, or in words why it would not. */
async function tryOut(deps: TrialDeps, way: Way): Promise<Tried | string> {
  const { wanted, gasCost, maxFeePerGas, native, approvalsOf, config } = deps;
  const swaps = way.candidate ? await signedCalls(deps, way.candidate) : [];
  if (typeof swaps === 'string') return failing(swaps);
  const run = async (resets: boolean) => {
    const parts = [...approvalsOf(needsOf(way), resets), ...swaps];
    return { parts, done: await simulated(deps, parts) };
  };
  let { parts, done } = await run(false);
  const failsApproval = parts.some(({ purpose }, i) => purpose === 'approval' && !done[i]!.ok);
  if (failsApproval) ({ parts, done } = await run(true)); // some tokens want a zero in between
  const failed = done.find(({ ok }) => !ok);
  if (failed) return failing(failed.reason ?? 'it reverts');
  const moved = (way.candidate && movedBy(done, wanted)) ?? promisedBy(way, wanted.side).moved;
  const isWithin = wanted.side === 'exact_in' ? moved >= wanted.bound : moved <= wanted.bound;
  if (!isWithin) return failing('it goes beyond the limit price');
  const hops = way.candidate?.pools.flatMap((part) => part.hops).length ?? 0;
  const limits = done.map(({ gasUsed }, i) => gasLimit(gasUsed, parts[i]!.purpose === 'swap' ? hops : 0));
  const mostGas = limits.reduce((sum, gas) => sum + gas, 0n) * maxFeePerGas;
  if (native < mostGas) return tooPoorForGas(config, native, mostGas);
  const gas = done.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const limited = parts.map((part, i) => ({ ...part, call: { ...part.call, gas: limits[i]!.toString() } }));
  return { ...way, parts: limited, moved, worth: worthOf(wanted.side, moved, gas, gasCost) };
}

/** The calls of the candidate, whole with their permits signed, or in words why they are not. */
async function signedCalls({ signTypedData }: TrialDeps, { calls }: Candidate): Promise<Part[] | string> {
  try {
    return await Promise.all(
      calls.map(async ({ to, data, permit }): Promise<Part> => {
        const whole = permit ? permit.complete(await signTypedData!(permit.typedData)) : data;
        return { purpose: 'swap', call: { to, data: whole, value: '0', gas: '0' } };
      }),
    );
  } catch (error) {
    if (error instanceof SigningError) return error.message;
    throw error;
  }
}

async function simulated({ chain, wanted }: TrialDeps, parts: readonly Part[]): Promise<Simulated[]> {
  if (parts.length === 0) return [];
  const calls = parts.map(({ call: { to, data } }) => ({ to, data, value: 0n }));
  return chain.simulate(wanted.account, calls);
}

function failing(why: string): string {
  return `Tried on the chain, it fails: ${why}`;
}

function tooPoorForGas({ nativeAsset }: ChainConfig, native: bigint, mostGas: bigint): string {
  const text = (wei: bigint) => `${decimalText(tokensOf(wei, 18))} ${nativeAsset}`;
  return `The account holds ${text(native)}; gas may cost ${text(mostGas)}`;
}

/** Pools may stand elsewhere a block later, with more ticks to cross, and write more where it is the first trade of a second. */
function gasLimit(used: bigint, hops: number): bigint {
  return (used * 13n) / 10n + 30_000n + BigInt(hops) * ORACLE_GAS;
}

/** Quote units that came in, or went out; undefined where the node does not tell logs. */
function movedBy(done: readonly Simulated[], { base, quote, account, side }: Wanted): bigint | undefined {
  if (done.some(({ logs }) => logs === null)) return undefined;
  const logs = done.flatMap((each) => each.logs!);
  const flow = sumOf(flowsOf(logs, base.address as Address, quote.address as Address, account));
  return side === 'exact_in' ? flow.quote : -flow.quote;
}
