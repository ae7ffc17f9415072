import { encodeFunctionData, type Address, type Hex } from 'viem';
import { ERC20, PERMIT2 } from './abis.ts';
import type { Chain, Read } from './rpc.ts';

/** Somebody who takes a token; `through` Permit2 where that takes it for him. */
export interface Taker {
  spender: Address;
  through?: Address;
}

/** Somebody who has to be allowed to take so much of a token, in base units. */
export interface Need extends Taker {
  amount: bigint;
}

export interface ApprovalCall {
  to: Address;
  data: Hex;
}

interface Allowed {
  amount: bigint;
  until: bigint;
}

/** What a taker is allowed; of Permit2 both what it is and what it allows. */
export interface Allowance {
  token: bigint;
  permit: Allowed | undefined;
}

/**
 * What may be taken at the end of one block: of the takers that are expected at once, so that nothing waits for who they turn out to be,
 * of others when they are asked about.
 */
export async function openAllowances(
  chain: Pick<Chain, 'read'>,
  token: Address,
  owner: Address,
  expected: readonly Taker[],
  blockNumber: bigint,
): Promise<{ of(takers: readonly Taker[]): Promise<Allowance[]> }> {
  const read = async (takers: readonly Taker[]) => {
    const answers = await readAllowances(chain, token, owner, takers, blockNumber);
    return takers.map((taker, i) => [keyOf(taker), answers[i]!] as const);
  };
  const known = new Map(await read(expected));
  return {
    async of(takers) {
      const others = await read(takers.filter((taker) => !known.has(keyOf(taker))));
      for (const [key, allowance] of others) known.set(key, allowance);
      return takers.map((taker) => known.get(keyOf(taker))!);
    },
  };
}

function keyOf({ spender, through = '0x' }: Taker): string {
  return `${spender} ${through}`.toLowerCase();
}

/** In the order of the takers. */
async function readAllowances(
  chain: Pick<Chain, 'read'>,
  token: Address,
  owner: Address,
  takers: readonly Taker[],
  blockNumber: bigint,
): Promise<Allowance[]> {
  const reads = takers.flatMap(({ spender, through }): Read[] => [
    { address: token, abi: ERC20, functionName: 'allowance', args: [owner, through ?? spender] },
    ...(through
      ? [{ address: through, abi: PERMIT2, functionName: 'allowance', args: [owner, token, spender] } satisfies Read]
      : []),
  ]);
  const answers = await chain.read(reads, blockNumber);
  let at = 0;
  return takers.map(({ through }) => {
    const allowed = (answers[at++] as bigint | undefined) ?? 0n;
    if (!through) return { token: allowed, permit: undefined };
    const [amount, until] = (answers[at++] as [bigint, number] | undefined) ?? [0n, 0];
    return { token: allowed, permit: { amount, until: BigInt(until) } };
  });
}

/**
 * What has to be approved before: exactly what is needed, and what Permit2 passes on no longer than the order is good for.
 *
 * @param alone whether nothing else is under way for the owner: otherwise what is allowed now may be used up, or set anew, before this
 * @param reservedFor what others are to take of it for other orders under way: it has to stay allowed
 * @param resets whether an allowance that is not zero is taken back first, as some tokens ask for (USDT)
 */
export function approvalCalls(
  token: Address,
  needs: readonly Need[],
  allowed: readonly Allowance[],
  validUntil: Date,
  { alone, resets, reservedFor }: { alone: boolean; resets: boolean; reservedFor: (spender: Address) => bigint },
): ApprovalCall[] {
  const until = BigInt(Math.ceil(validUntil.getTime() / 1_000));
  return needs.flatMap(({ spender, amount, through }, i) => {
    const has = allowed[i]!;
    const calls: ApprovalCall[] = [];
    const taker = through ?? spender;
    const needed = amount + reservedFor(taker);
    if (has.token < needed || !alone) {
      if (resets && has.token > 0n) calls.push(approve(token, taker, 0n));
      calls.push(approve(token, taker, needed));
    }
    const isPermitted = !has.permit || (alone && has.permit.amount >= amount && has.permit.until >= until);
    if (!isPermitted) calls.push(permitted(token, through!, spender, amount, until));
    return calls;
  });
}

function approve(token: Address, spender: Address, amount: bigint): ApprovalCall {
  return { to: token, data: encodeFunctionData({ abi: ERC20, functionName: 'approve', args: [spender, amount] }) };
}

function permitted(token: Address, permit2: Address, spender: Address, amount: bigint, until: bigint): ApprovalCall {
  const args = [token, spender, amount, Number(until)] as const;
  return { to: permit2, data: encodeFunctionData({ abi: PERMIT2, functionName: 'approve', args }) };
}
