import { describe, expect, it } from 'vitest';
import { basisCarry, fundingPayment, inverseContract, linearContract } from '../../../../src/quant/pricing/linear.ts';
import { derivative } from '../../../support/derivative.ts';

describe.each([
  ['linear', (price: number) => linearContract(-3, price, 60_000)],
  ['inverse', (price: number) => inverseContract(-180_000, price, 60_000)],
])('a %s contract', (_name, contract) => {
  it('earns nothing at its entry', () => expect(contract(60_000).profit).toBeCloseTo(0, 12));

  it('has the derivatives that it claims', () => {
    const { profitDelta, profitGamma, delta, gamma } = contract(50_000);
    expect(derivative((h) => contract(50_000 + h).profit, 100) / profitDelta).toBeCloseTo(1, 8);
    expect(derivative((h) => contract(50_000 + h).profitDelta, 100)).toBeCloseTo(profitGamma, 12);
    expect(derivative((h) => contract(50_000 + h).delta, 100)).toBeCloseTo(gamma, 10);
    expect(Math.sign(delta)).toBe(-1);
  });
});

it('an inverse contract earns in coin Q(1/F₀ − 1/F)', () => {
  expect(inverseContract(100_000, 80_000, 50_000).profit).toBeCloseTo(100_000 * (1 / 50_000 - 1 / 80_000), 15);
});

it('funding is paid pro rata of eight hours', () => {
  expect(fundingPayment(1_000_000, 0.0001, 24)).toBeCloseTo(300, 10);
  expect(fundingPayment(-1_000_000, 0.0001, 4)).toBeCloseTo(-50, 10);
});

it('the carry of a future brings spot to it', () => {
  const carry = basisCarry(61_000, 60_000, 0.25);
  expect(60_000 * Math.exp(carry * 0.25)).toBeCloseTo(61_000, 9);
});
