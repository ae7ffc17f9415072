import fc from 'fast-check';
import type { BandProblem } from '../../../../src/quant/hedging/optimalBand.ts';
import type { BookOptions } from '../../../../src/quant/hedging/optimalBandBook.ts';
import { between, positive } from './states.ts';

export interface Option {
  readonly strike: number;
  readonly years: number;
  readonly vol: number;
  readonly quantity: number;
  readonly sign: number;
}

export function bookOf(options: readonly Option[]): BookOptions {
  return {
    count: options.length,
    strikes: Float64Array.from(options, ({ strike }) => strike),
    years: Float64Array.from(options, ({ years }) => years),
    vols: Float64Array.from(options, ({ vol }) => vol),
    quantities: Float64Array.from(options, ({ quantity }) => quantity),
    signs: Float64Array.from(options, ({ sign }) => sign),
  };
}

const option: fc.Arbitrary<Option> = fc.record({
  strike: positive(30, 300),
  years: positive(1e-5, 2),
  vol: positive(0.05, 3),
  quantity: fc.oneof(
    fc.constant(0),
    positive(1e-4, 1e3),
    positive(1e-4, 1e3).map((size) => -size),
  ),
  sign: fc.constantFrom(1, -1),
});
export const optionLists = fc.array(option, { minLength: 1, maxLength: 3 });

export const problems: fc.Arbitrary<Omit<BandProblem, 'book'>> = fc.record({
  spot: fc.constant(100),
  rate: between(-0.1, 0.2),
  carry: between(-0.2, 0.2),
  vol: positive(0.05, 3),
  stepYears: positive(1e-5, 0.2),
  steps: fc.integer({ min: 1, max: 6 }),
  costRate: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 5, arbitrary: positive(1e-6, 0.05) }),
  riskAversion: positive(1e-8, 1e4),
  terminal: fc.constantFrom('liquidate', 'recentre'),
});
