import { exponential, exponentialMinusOne, INV_SQRT_TWO_PI, logRatio, millsDenominator, millsNumerator, millsRatio, millsSlopeNumerator } from './normal.ts';

export const INPUT_COLUMNS = ['spot', 'strike', 'time', 'rate', 'carry', 'vol', 'sign'] as const;
export const OUTPUT_COLUMNS = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

const PDF_UNDERFLOW = 39;
const SERIES_BELOW = 0.1;

export function writeGreeks(input: Float64Array, output: Float64Array, count: number, i: number): void {
  const spot = input[i]!;
  const strike = input[count + i]!;
  const time = input[2 * count + i]!;
  const rate = input[3 * count + i]!;
  const carry = input[4 * count + i]!;
  const vol = input[5 * count + i]!;
  const sign = input[6 * count + i]!;
  const rootTime = Math.sqrt(time);
  const dev = vol * rootTime;
  const growth = exponentialMinusOne(carry * time);
  const df = exponential(-rate * time);
  const x = logRatio(spot, strike) + carry * time;
  const S = df * spot * (1 + growth);
  const K = df * strike;
  const absX = Math.abs(x);
  const h = absX / dev;
  const half = 0.5 * dev;
  const near = h - half;
  const far = h + half;
  if (!(near < PDF_UNDERFLOW)) return;
  const otmCall = x <= 0;
  const a = (otmCall ? S : K) * INV_SQRT_TWO_PI * exponential(-0.5 * near * near);
  let nearTail: number, farTail: number, otm: number;
  // nearTail: near-leg * N(-near), farTail
  const nearLeg = otmCall ? S : K;
  if (dev < SERIES_BELOW) {
    const q = a / millsDenominator(h);
    const u = half * half;
    const v = 0.5 * absX;
    const t0 = q * millsNumerator(h);
    const t1 = q * half * millsSlopeNumerator(h);
    const t2 = (u * t0 - v * t1) * 0.5;
    const t3 = (u * t1 - v * t2) * (1 / 3);
    const t4 = (u * t2 - v * t3) * 0.25;
    const t5 = (u * t3 - v * t4) * 0.2;
    const t6 = (u * t4 - v * t5) * (1 / 6);
    const t7 = (u * t5 - v * t6) * (1 / 7);
    const t8 = (u * t6 - v * t7) * 0.125;
    const t9 = (u * t7 - v * t8) * (1 / 9);
    const even = t0 + (t2 + (t4 + (t6 + t8)));
    const odd = t1 + (t3 + (t5 + (t7 + t9)));
    nearTail = even + odd;
    farTail = even - odd;
    otm = 2 * odd;
  } else {
    const t = a * millsRatio(Math.abs(near));
    farTail = a * millsRatio(far);
    nearTail = near < 0 ? nearLeg - t : t;
    otm = near < 0 ? nearLeg - t - farTail : t - farTail;
  }
  const d1 = otmCall ? -near : far;
  const d2 = otmCall ? -far : near;
  const isOtm = (sign > 0) === otmCall;
  const tailS = otmCall ? nearTail : farTail;
  const tailK = otmCall ? farTail : nearTail;
  const legS = sign * (isOtm ? tailS : S - tailS);
  const legK = sign * (isOtm ? tailK : K - tailK);
  const price = isOtm ? otm : otm + sign * df * (spot - strike + spot * growth);
  const delta = legS / spot;
  const halfDecay = 0.5 * d2 / time;
  const aS = a / spot;
  const vega = a * rootTime;
  output[i] = price;
  output[count + i] = delta;
  output[2 * count + i] = aS / (spot * dev);
  output[3 * count + i] = vega;
  output[4 * count + i] = -0.5 * a * vol / rootTime - (carry - rate) * legS - rate * legK;
  output[5 * count + i] = time * legK;
  output[6 * count + i] = -aS * d2 / vol;
  output[7 * count + i] = vega * d1 * d2 / vol;
  output[8 * count + i] = (rate - carry) * delta - aS * (carry / dev - halfDecay);
}
