import type { Address } from 'viem';
import type { ConcentratedPool } from '../../quant/pools/concentrated.ts';
import { RATE_UNIT } from '../../quant/pools/stableSwap.ts';
import { MAX_TICK, MIN_TICK } from '../../quant/pools/tickPrice.ts';
import type { PoolConfig } from '../venuesModel.ts';
import { CURVE_POOL, ERC20, SWAP_ROUTER_02, UNISWAP_V2_PAIR, UNISWAP_V3_POOL } from './abis.ts';
import { ChainError, type Chain, type Read } from './rpc.ts';

/** Pools as they stood at the end of one block, in base units. */
export type PoolState =
  | { type: 'uniswap_v2'; address: Address; tokens: [Address, Address]; reserves: [bigint, bigint]; feePips: number }
  | {
      type: 'uniswap_v3';
      address: Address;
      tokens: [Address, Address];
      pool: ConcentratedPool;
      /** Between these ticks all that are initialised are known; beyond them nothing is. */
      known: { from: number; to: number };
    }
  | {
      type: 'curve';
      address: Address;
      tokens: Address[];
      balances: bigint[];
      /** What makes 18 decimals of one unit of account of each, times 10^18. */
      rates: bigint[];
      /** A of the contract. */
      amplification: bigint;
      /** Parts of 10^10. */
      fee: bigint;
    };

/** What never changes of a pool, kept after the first look. */
interface Fixed {
  tokens: Address[];
  feePips: number;
  tickSpacing: number;
  rates: bigint[];
}

/** Ticks of a price twice as high: ln 2/ln 1.0001. No order is worked farther from the price than that. */
const TICKS_OF_DOUBLE = 6_932;
const WORD = 256;

export type PoolReader = ReturnType<typeof createPoolReader>;

/**
 * @param router SwapRouter02 if there is one: it finds pools by the factories that it was made for, so that a pool of another
 *   factory cannot be traded through it, and takes no part
 */
export function createPoolReader(chain: Chain, pools: readonly PoolConfig[], router?: Address) {
  const fixed = new Map<string, Fixed>();
  let factories: { uniswap_v2: Address; uniswap_v3: Address } | undefined;

  const learnFactories = async (blockNumber: bigint): Promise<void> => {
    if (!router || factories) return;
    const read = reader(router, SWAP_ROUTER_02);
    const [v2, v3] = await readAll<Address>(chain, [read('factoryV2'), read('factory')], blockNumber);
    factories = { uniswap_v2: v2!, uniswap_v3: v3! };
  };

  const learn = async (blockNumber: bigint): Promise<void> => {
    const unknown = pools.filter(({ address }) => !fixed.has(address));
    if (unknown.length === 0) return;
    await learnFactories(blockNumber);
    for (const [pool, own] of await readEach(chain, unknown, fixedReads, blockNumber)) {
      if (own.includes(undefined)) continue; // not a pool of its kind at this block: it takes no part
      const isForeign = pool.type !== 'curve' && factories && !same(own[0] as string, factories[pool.type]);
      if (!isForeign) fixed.set(pool.address, fixedOf(pool, own));
    }
    await learnRates(blockNumber);
  };

  /** Curve counts in 18 decimals whatever its coins have. */
  const learnRates = async (blockNumber: bigint): Promise<void> => {
    const unscaled = [...fixed.values()].filter(({ rates }) => rates.length === 0);
    const reads = unscaled.flatMap(({ tokens }) => tokens.map((token) => reader(token, ERC20)('decimals')));
    const decimals = await readAll<number>(chain, reads, blockNumber);
    let at = 0;
    for (const one of unscaled) one.rates = one.tokens.map(() => RATE_UNIT * 10n ** BigInt(18 - decimals[at++]!));
  };

  /** Tokens that pools of Uniswap hold beside both. */
  const thirds = (a: Address, b: Address): Address[] => {
    const pairs = pools
      .filter(({ type }) => type !== 'curve')
      .flatMap(({ address }) => (fixed.has(address) ? [fixed.get(address)!.tokens] : []));
    const beside = (token: Address) =>
      pairs
        .filter((pair) => pair.some((held) => same(held, token)))
        .map((pair) => pair.find((held) => !same(held, token))!);
    const [besideA, besideB] = [beside(a), beside(b)];
    return besideA.filter((third, i) => besideA.indexOf(third) === i && besideB.some((other) => same(other, third)));
  };

  return {
    /**
     * The pools that hold both tokens, in the order of the configuration, all at the end of the same block; with `around` also those of
     * Uniswap that lead from one to the other by way of a third.
     */
    async read(a: Address, b: Address, blockNumber: bigint, around = false): Promise<PoolState[]> {
      await learn(blockNumber);
      const holds = ({ address }: PoolConfig, ...wanted: Address[]) => {
        const tokens = fixed.get(address)?.tokens ?? [];
        return wanted.every((token) => tokens.some((held) => same(held, token)));
      };
      const between = around ? thirds(a, b) : [];
      const leads = (pool: PoolConfig) =>
        pool.type !== 'curve' && between.some((third) => holds(pool, a, third) || holds(pool, third, b));
      const wanted = pools.filter((pool) => holds(pool, a, b) || leads(pool));
      const answers = await readEach(chain, wanted, stateReads, blockNumber);
      const states = answers.flatMap(([pool, own]) =>
        own.includes(undefined) ? [] : [stateOf(pool, fixed.get(pool.address)!, own)],
      );
      return readTicks(chain, states.filter(isLive), blockNumber);
    },
  };
}

export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Several reads for each pool, all in one call. */
async function readEach(
  chain: Chain,
  pools: readonly PoolConfig[],
  readsOf: (pool: PoolConfig) => Read[],
  blockNumber: bigint,
): Promise<[PoolConfig, unknown[]][]> {
  const reads = pools.map(readsOf);
  const answers = await chain.read(reads.flat(), blockNumber);
  let at = 0;
  return pools.map((pool, i) => [pool, answers.slice(at, (at += reads[i]!.length))]);
}

const reader =
  (address: string, abi: Read['abi']) =>
  (functionName: string, args: readonly unknown[] = []) => ({
    ...{ address: address as Address, abi, functionName, args },
  });

function fixedReads(pool: PoolConfig): Read[] {
  if (pool.type === 'curve') {
    const read = reader(pool.address, CURVE_POOL);
    return Array.from({ length: pool.coins }, (_, i) => read('coins', [BigInt(i)]));
  }
  if (pool.type === 'uniswap_v2') {
    const read = reader(pool.address, UNISWAP_V2_PAIR);
    return [read('factory'), read('token0'), read('token1')];
  }
  const read = reader(pool.address, UNISWAP_V3_POOL);
  return [read('factory'), read('token0'), read('token1'), read('fee'), read('tickSpacing')];
}

function fixedOf(pool: PoolConfig, answers: unknown[]): Fixed {
  if (pool.type === 'curve') return { tokens: answers as Address[], feePips: 0, tickSpacing: 0, rates: [] };
  const [, token0, token1, feePips, tickSpacing] = answers as [Address, Address, Address, number?, number?];
  const tokens = [token0, token1];
  if (pool.type === 'uniswap_v2') return { tokens, feePips: pool.feePips, tickSpacing: 0, rates: [1n, 1n] };
  return { tokens, feePips: feePips!, tickSpacing: tickSpacing!, rates: [1n, 1n] };
}

function stateReads(pool: PoolConfig): Read[] {
  if (pool.type === 'uniswap_v2') return [reader(pool.address, UNISWAP_V2_PAIR)('getReserves')];
  if (pool.type === 'uniswap_v3') {
    const read = reader(pool.address, UNISWAP_V3_POOL);
    return [read('slot0'), read('liquidity')];
  }
  const read = reader(pool.address, CURVE_POOL);
  return [read('A'), read('fee'), ...Array.from({ length: pool.coins }, (_, i) => read('balances', [BigInt(i)]))];
}

function stateOf(pool: PoolConfig, { tokens, feePips, tickSpacing, rates }: Fixed, answers: unknown[]): PoolState {
  const address = pool.address as Address;
  const pair = tokens as [Address, Address];
  if (pool.type === 'uniswap_v2') {
    const [reserve0, reserve1] = answers[0] as [bigint, bigint];
    return { type: 'uniswap_v2', address, tokens: pair, reserves: [reserve0, reserve1], feePips };
  }
  if (pool.type === 'curve') {
    const [amplification, fee, ...balances] = answers as bigint[];
    return { type: 'curve', address, tokens, balances, rates, amplification: amplification!, fee: fee! };
  }
  const [[sqrtPriceX96, tick], liquidity] = answers as [[bigint, number], bigint];
  return {
    ...{ type: 'uniswap_v3', address, tokens: pair },
    pool: { sqrtPriceX96, tickSpacing, feePips, liquidity, ticks: [] },
    known: rangeAround(tick, tickSpacing),
  };
}

/** An empty pool trades nothing and has no price. */
function isLive(state: PoolState): boolean {
  if (state.type === 'uniswap_v2') return state.reserves.every((reserve) => reserve > 0n);
  if (state.type === 'curve') return state.balances.every((balance) => balance > 0n);
  return state.pool.sqrtPriceX96 > 0n;
}

/** From half the price to twice the price, in whole words of the bitmap. */
function rangeAround(tick: number, spacing: number): { from: number; to: number } {
  const word = (at: number) => Math.floor(at / spacing / WORD);
  return {
    from: Math.max(word(tick - TICKS_OF_DOUBLE) * WORD * spacing, MIN_TICK),
    to: Math.min((word(tick + TICKS_OF_DOUBLE) + 1) * WORD * spacing - 1, MAX_TICK),
  };
}

/** Completes the v3 pools by the ticks in reach: the bitmaps in one call, then the ticks that they show in another. */
async function readTicks(chain: Chain, states: PoolState[], blockNumber: bigint): Promise<PoolState[]> {
  const words = states.flatMap((state, owner) => (state.type === 'uniswap_v3' ? wordsOf(state, owner) : []));
  const bitmaps = await readAll<bigint>(chain, words, blockNumber);
  const ticks = words.flatMap(({ owner, address, word, spacing }, i) =>
    bitsOf(bitmaps[i]!).map((bit) => {
      const index = (word * WORD + bit) * spacing;
      return { owner, index, ...reader(address, UNISWAP_V3_POOL)('ticks', [index]) };
    }),
  );
  const answers = await readAll<[bigint, bigint]>(chain, ticks, blockNumber);
  const found = ticks.map(({ owner, index }, i) => ({ owner, index, liquidityNet: answers[i]![1] }));
  return states.map((state, owner) => {
    if (state.type !== 'uniswap_v3') return state;
    const own = found
      .filter((tick) => tick.owner === owner)
      .map(({ index, liquidityNet }) => ({ index, liquidityNet }));
    return { ...state, pool: { ...state.pool, ticks: own } };
  });
}

function wordsOf(state: Extract<PoolState, { type: 'uniswap_v3' }>, owner: number) {
  const spacing = state.pool.tickSpacing;
  const word = (tick: number) => Math.floor(Math.floor(tick / spacing) / WORD);
  const [first, last] = [word(state.known.from), word(state.known.to)];
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    ...{ owner, spacing, word: first + i },
    ...reader(state.address, UNISWAP_V3_POOL)('tickBitmap', [first + i]),
  }));
}

function bitsOf(bitmap: bigint): number[] {
  const bits: number[] = [];
  for (let bit = 0, rest = bitmap; rest > 0n; bit++, rest >>= 1n) if (rest & 1n) bits.push(bit);
  return bits;
}

async function readAll<T>(chain: Chain, reads: readonly Read[], blockNumber: bigint): Promise<T[]> {
  const answers = await chain.read(
    reads.map(({ address, abi, functionName, args }) => ({ address, abi, functionName, args })),
    blockNumber,
  );
  if (answers.includes(undefined)) throw new ChainError('eth_call: a pool did not tell its ticks', 'unknown');
  return answers as T[];
}
