import { describe, expect, it } from 'vitest';
import { swapOut } from '../../../../src/quant/pools/stableSwap.ts';
import { realInvariant, stableSwap } from '../../../../src/quant/routing/stableSwapExchange.ts';

const BALANCES = [9e6, 1.2e7, 8e6];
const A = 100n;
const FEE = 4_000_000n;
const ANN = 300;
const UNIT = 10n ** 18n;
const exchange = stableSwap(BALANCES, ANN, 0.0004, 0, 1);

describe('StableSwap in real numbers', () => {
  it.each([1, 1_000, 100_000, 5_000_000, 50_000_000])('pays what the contract pays for %d', (amount) => {
    const scaled = BALANCES.map((balance) => BigInt(balance) * UNIT);
    const paid = swapOut(scaled, A, FEE, 0, 1, BigInt(amount) * UNIT);
    expect(exchange.outputOf(amount) / (Number(paid) / 1e18)).toBeCloseTo(1, 13);
  });

  it('has the marginal price (Ann + K/x)/(Ann + K/y), less the fee', () => {
    const d = realInvariant(BALANCES, ANN);
    const [x, y, z] = BALANCES as [number, number, number];
    const k = d ** 4 / (27 * x * y * z);
    expect(exchange.priceAt(0)).toBeCloseTo((0.9996 * (ANN + k / x)) / (ANN + k / y), 13);
  });

  it.each([1e3, 1e6, 2e7])('has the slope of what it pays at %d', (amount) => {
    const step = 1e-4 * amount;
    const slope = (exchange.outputOf(amount + step) - exchange.outputOf(amount - step)) / (2 * step);
    expect(exchange.priceAt(amount) / slope).toBeCloseTo(1, 6);
  });

  it.each([1e-3, 1, 1e3, 1e6, 2e7, 1e9])('at the price of %d takes an amount of that price', (amount) => {
    const price = exchange.priceAt(amount);
    expect(exchange.priceAt(exchange.amountAt(price, true)) / price).toBeCloseTo(1, 14);
  });

  it('refuses balances that binary floats cannot hold together', () => {
    expect(() => stableSwap([1e-200, 1e200], 10, 0, 0, 1)).toThrow(RangeError);
  });
});
