import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { swap, type ConcentratedPool } from '../../src/quant/pools/concentrated.ts';
import { RATE_UNIT } from '../../src/quant/pools/stableSwap.ts';
import { MAX_TICK } from '../../src/quant/pools/tickPrice.ts';
import { constantProductVenue, stableSwapVenue } from '../../src/quant/routing/chainVenues.ts';
import { concentratedExchange } from '../../src/quant/routing/venues.ts';

// Pool states at a block, and what the contracts' own quoters answered at it, to the last unit.

const FOLDER = join(import.meta.dirname, '../../../shared/data/defi');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: the recorded pools are not here (${FOLDER})`);

interface Quote {
  method: string;
  direction: string;
  amount: string;
  result: string | { reverted: true };
}

interface Recorded {
  token0: { symbol: string };
  tokens: { symbol: string; decimals: number }[];
  sqrt_price_x96: string;
  tick_spacing: number;
  fee_pips: number;
  liquidity: string;
  ticks: { tick: number; liquidity_net: string }[];
  quoter_reference: Quote[];
  balances: (string | number)[];
  a_coefficient: number;
  fee: number;
  get_dy_reference: Quote[];
  reserves_token0: string | number;
  reserves_token1: string | number;
  fee_numer: number;
  fee_denom: number;
  router_reference: Quote[];
}

const recorded = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Recorded;

function concentratedOf({ sqrt_price_x96, tick_spacing, fee_pips, liquidity, ticks }: Recorded): ConcentratedPool {
  return {
    ...{ sqrtPriceX96: BigInt(sqrt_price_x96), tickSpacing: tick_spacing, feePips: fee_pips },
    liquidity: BigInt(liquidity),
    ticks: ticks.map(({ tick, liquidity_net }) => ({ index: tick, liquidityNet: BigInt(liquidity_net) })),
  };
}

/** What is paid in and got out; where the pool runs dry, as far as it goes. */
function swapped(pool: ConcentratedPool, zeroForOne: boolean, amount: bigint): { paid: bigint; got: bigint } {
  const { amount0, amount1 } = swap(pool, zeroForOne, amount);
  return zeroForOne ? { paid: amount0, got: -amount1 } : { paid: amount1, got: -amount0 };
}

describe.skipIf(!present)('recorded pools', () => {
  it.each([
    ['uniswap_v3_wbtc_weth_3000_block24407242.json', 40, 0],
    ['uniswap_v4_eth_usdc_500_block24407242.json', 44, 6],
  ])('%s: %d quotes, of which %d reverted', (name, count, reverts) => {
    const file = recorded(name);
    const pool = concentratedOf(file);
    let reverted = 0;
    expect(file.quoter_reference).toHaveLength(count);
    for (const { method, direction, amount, result } of file.quoter_reference) {
      const zeroForOne = direction.startsWith(file.token0.symbol);
      const exactIn = method === 'quoteExactInputSingle';
      const asked = BigInt(amount);
      const { paid, got } = swapped(pool, zeroForOne, exactIn ? asked : -asked);
      if (typeof result === 'string') {
        expect(exactIn ? got : paid, `${method} ${direction} ${amount}`).toBe(BigInt(result));
      } else {
        reverted++;
        expect(exactIn ? paid : got).toBeLessThan(asked);
      }
    }
    expect(reverted).toBe(reverts);
  });

  it.each(['uniswap_v3_wbtc_weth_3000_block24407242.json', 'uniswap_v4_eth_usdc_500_block24407242.json'])(
    '%s: real numbers follow the integers',
    (name) => {
      const file = recorded(name);
      // At ticks and at edges of words the contract rounds against the trader, by a unit of what is paid in and one of what is paid out.
      const stops = file.ticks.length + (2 * MAX_TICK) / (256 * file.tick_spacing);
      for (const zeroForOne of [true, false]) {
        const exchange = concentratedExchange(concentratedOf(file), zeroForOne);
        for (const { method, direction, amount, result } of file.quoter_reference) {
          const isMeant = method === 'quoteExactInputSingle' && direction.startsWith(file.token0.symbol) === zeroForOne;
          if (!isMeant || typeof result !== 'string') continue;
          const rounding = stops * (1 + exchange.priceAt(0));
          const apart = Math.abs(exchange.outputOf(Number(amount)) - Number(result));
          expect(apart, `${direction} ${amount}`).toBeLessThanOrEqual(rounding + 1e-11 * Number(result));
        }
      }
    },
  );

  it('Curve 3pool: 9 quotes', () => {
    const { balances, tokens, a_coefficient, fee, get_dy_reference } = recorded('curve_tripool_block_24407242.json');
    const pool = {
      balances: balances.map(BigInt),
      rates: tokens.map(({ decimals }) => RATE_UNIT * 10n ** BigInt(18 - decimals)),
      ...{ amplification: BigInt(a_coefficient), fee: BigInt(fee) },
    };
    expect(get_dy_reference).toHaveLength(9);
    for (const { direction, amount, result } of get_dy_reference) {
      const [i, j] = direction.split('->').map((symbol) => tokens.findIndex((token) => token.symbol === symbol));
      expect(stableSwapVenue(pool, i!, j!).pays(BigInt(amount)), direction).toBe(BigInt(result as string));
    }
  });

  it('PancakeSwap v2: 24 quotes', () => {
    const file = recorded('pancakeswap_v2_weth_usdbc_block_46875151.json');
    const [reserve0, reserve1] = [BigInt(file.reserves_token0), BigInt(file.reserves_token1)];
    const feePips = (file.fee_numer * 1_000_000) / file.fee_denom;
    expect(file.router_reference).toHaveLength(24);
    for (const { direction, amount, result } of file.router_reference) {
      const [reserveIn, reserveOut] = direction.startsWith(file.token0.symbol)
        ? [reserve0, reserve1]
        : [reserve1, reserve0];
      const { pays } = constantProductVenue({ reserveIn, reserveOut, feePips });
      expect(pays(BigInt(amount)), `${direction} ${amount}`).toBe(BigInt(result as string));
    }
  });
});
