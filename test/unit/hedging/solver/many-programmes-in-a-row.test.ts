import { expect, it } from 'vitest';
import { openHighs } from '../../../../src/hedging/solver/highs.ts';
import { optimise } from '../../../../src/quant/hedging/optimiser/optimise.ts';
import { candidate, problem, target } from '../../quant/hedging-optimiser/problems.ts';

const book = problem({
  candidates: [candidate({ greeks: Float64Array.of(1), sellCost: 1 })],
  targets: [target({ id: 'delta', value: 10, tolerance: 1 })],
});

it('leave no memory behind', async () => {
  const solver = await openHighs();
  const solveMany = (count: number): void => {
    for (let k = 0; k < count; k++) expect(optimise(book, solver).status).toBe('solved');
  };
  const buffers = (): number => process.memoryUsage().arrayBuffers + process.memoryUsage().external;
  solveMany(50);
  const before = buffers();
  solveMany(300);
  // WebAssembly grows by 64 KiB pages, and a model that was not freed is some 100 KiB: 30 MB in all.
  expect(buffers() - before).toBeLessThan(8 << 20);
});
