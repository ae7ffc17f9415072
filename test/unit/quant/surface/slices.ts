import type { OptionQuote } from '../../../../src/quant/surface/quotes.ts';
import { sviTotalVariance, type SviSlice } from '../../../../src/quant/surface/svi.ts';

/** Axel Vogt's slice, Gatheral-Jacquier (2014) example 3.1: valid parameters, and a negative density. */
export const VOGT: SviSlice = { time: 1, a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };

/** Out-of-the-money quotes of a slice as volatilities, `spread` (decimal volatility) around it. */
export function quotesOf(slice: SviSlice, forward: number, ks: readonly number[], spread = 0.01): OptionQuote[] {
  return ks.map((k) => {
    const vol = Math.sqrt(sviTotalVariance(slice, k) / slice.time);
    const strike = forward * Math.exp(k);
    return { strike, sign: k >= 0 ? 1 : -1, bidIv: vol - 0.5 * spread, askIv: vol + 0.5 * spread };
  });
}

/** n places between −width and +width standard deviations of a variance. */
export function places(variance: number, n = 15, width = 2.5): number[] {
  return Array.from({ length: n }, (_, i) => width * Math.sqrt(variance) * ((2 * i) / (n - 1) - 1));
}
