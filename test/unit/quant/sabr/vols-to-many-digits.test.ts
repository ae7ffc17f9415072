import { expect, it } from 'vitest';
import { sabrVol } from '../../../../src/quant/pricing/sabr.ts';
import { PRECISE_VOLS } from './precise-vols.ts';

// A dozen roundings, none of them magnified.
it.each(PRECISE_VOLS)('F $forward, K $strike, β $beta, ν $nu, ρ $rho', ({ vol, ...model }) => {
  expect(Math.abs((sabrVol(model) as number) / Number(vol) - 1)).toBeLessThan(5e-15);
});
