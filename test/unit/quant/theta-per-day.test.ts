import { expect, it } from 'vitest';
import { thetaPerDay } from '../../../src/quant/pricing/conventions.ts';

it('is one day of theta while more than a day is left', () => {
  expect(thetaPerDay(-365, 0.5, 100)).toBe(-1);
});

it('is what the rest of the life can lose in the last day', () => {
  expect(thetaPerDay(-36500, 0.25 / 365, 1000)).toBe(-25);
});

it('never loses more than the option is worth', () => {
  expect(thetaPerDay(-36500, 1, 3)).toBe(-3);
  expect(thetaPerDay(-36500, 1, -1)).toBe(-0);
});

it('does not cap a gain', () => {
  expect(thetaPerDay(730, 1, 0.5)).toBe(2);
});
