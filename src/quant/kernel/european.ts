import { exponential, exponentialMinusOne, INV_SQRT_TWO_PI, logRatio, millsDenominator, millsNumerator, millsSlopeNumerator } from '../pricing/normal.ts';

const PDF_UNDERFLOW = 39;
const SERIES_BELOW = 0.1;
const BLOCK = 128;
const X = new Float64Array(BLOCK), Y = new Float64Array(BLOCK), H = new Float64Array(BLOCK), LS = new Float64Array(BLOCK), LK = new Float64Array(BLOCK), IN = new Float64Array(BLOCK),
 A = new Float64Array(BLOCK), T1 = new Float64Array(BLOCK), T2 = new Float64Array(BLOCK), GAP = new Float64Array(BLOCK), SD1 = new Float64Array(BLOCK), SD2 = new Float64Array(BLOCK), RT = new Float64Array(BLOCK), ID = new Float64Array(BLOCK);

function prepare(input: Float64Array, count: number, from: number, size: number): void {
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const spot = input[i]!;
    const strike = input[count + i]!;
    const time = input[2 * count + i]!;
    const drift = input[4 * count + i]! * time;
    const df = exponential(-input[3 * count + i]! * time);
    const g = spot * exponentialMinusOne(drift);
    LS[j] = df * (spot + g);
    LK[j] = df * strike;
    IN[j] = df * (spot - strike + g);
    X[j] = drift;
  }
}
function prepare2(input: Float64Array, count: number, from: number, size: number): void {
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const x = logRatio(input[i]!, input[count + i]!) + X[j]!;
    const rt = Math.sqrt(input[2 * count + i]!);
    const dev = input[5 * count + i]! * rt;
    RT[j] = rt;
    ID[j] = 1 / dev;
    const y = x / dev;
    const half = 0.5 * dev;
    X[j] = x;
    Y[j] = y;
    H[j] = half;
    const d1 = y + half;
    A[j] = LS[j]! * INV_SQRT_TWO_PI * exponential(-0.5 * d1 * d1);
  }
}
function tails(size: number): void {
  for (let j = 0; j < size; j++) {
    const y = Y[j]!, half = H[j]!, a = A[j]!;
    if (half >= 0.5 * SERIES_BELOW) {
      const d1 = y + half, d2 = y - half;
      const m1 = Math.abs(d1), m2 = Math.abs(d2);
      const t1 = a * millsNumerator(m1) / millsDenominator(m1);
      const t2 = a * millsNumerator(m2) / millsDenominator(m2);
      T1[j] = t1; T2[j] = t2; GAP[j] = t1 - t2; SD1[j] = d1; SD2[j] = d2;
    } else {
      const x = X[j]!;
      const h = Math.abs(y);
      const side = 2 * Number(x > 0) - 1;
      const q = a / millsDenominator(h);
      const u = half * half;
      const v = 0.5 * Math.abs(x);
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
      const odd = side * (t1 + (t3 + (t5 + (t7 + t9))));
      T1[j] = even - odd; T2[j] = even + odd; GAP[j] = -2 * odd; SD1[j] = side; SD2[j] = side;
    }
  }
}
function assemble(input: Float64Array, output: Float64Array, count: number, from: number, size: number): void {
  for (let j = 0; j < size; j++) {
    const i = from + j;
    const spot = input[i]!, time = input[2 * count + i]!, rate = input[3 * count + i]!, carry = input[4 * count + i]!, vol = input[5 * count + i]!, sign = input[6 * count + i]!;
    const rootTime = RT[j]!, invDev = ID[j]!, invSpot = 1 / spot, invRootTime = vol * invDev, invVol = rootTime * invDev;
    const y = Y[j]!, half = H[j]!, d1 = y + half, d2 = y - half;
    const c1 = Number(sign * SD1[j]! > 0), c2 = Number(sign * SD2[j]! > 0);
    const f1 = 1 - 2 * c1;
    const S = LS[j]!, K = LK[j]!, t1 = T1[j]!, t2 = T2[j]!, a = A[j]!;
    const legS = sign * (c1 * S + f1 * t1);
    const legK = sign * (c2 * K + (1 - 2 * c2) * t2);
    const delta = legS * invSpot;
    const aS = a * invSpot;
    const vega = a * rootTime;
    output[i] = sign * (c2 * IN[j]! + f1 * GAP[j]! + (c1 - c2) * (S - 2 * t2));
    output[count + i] = delta;
    output[2 * count + i] = aS * invSpot * invDev;
    output[3 * count + i] = vega;
    output[4 * count + i] = -0.5 * a * vol * invRootTime - (carry - rate) * legS - rate * legK;
    output[5 * count + i] = time * legK;
    output[6 * count + i] = -aS * d2 * invVol;
    output[7 * count + i] = vega * d1 * d2 * invVol;
    output[8 * count + i] = (rate - carry) * delta - aS * (carry * invDev - 0.5 * d2 * invRootTime * invRootTime);
  }
}

export function priceEuropeans(input: Float64Array, output: Float64Array, count: number): void {
  for (let from = 0; from < count; from += BLOCK) {
    const size = Math.min(BLOCK, count - from);
    prepare(input, count, from, size);
    prepare2(input, count, from, size);
    tails(size);
    assemble(input, output, count, from, size);
  }
}
