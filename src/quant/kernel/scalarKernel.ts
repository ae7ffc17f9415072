import type { Arena } from './arena.ts';
import type { Kernel } from './contract.ts';
import { priceEuropeanRange, priceEuropeanRangeFully } from './european.ts';
import { writeImpliedVol } from './impliedVols.ts';
import { writeNormals, writePaths } from './randomPaths.ts';
import { sumRows } from './rowSums.ts';
import { writeScenarioGrid } from './scenarioGrid.ts';
import { writeChainPair } from './strikeChain.ts';

/** Every family by the scalar form, whatever memory the columns lie in. */
export function scalarKernel(arena: Arena): Kernel {
  return {
    form: 'scalar',
    arena,
    europeans: (input, output, count, from = 0, to = count) => priceEuropeanRange(input, output, count, from, to),
    allGreeks: (input, output, count, from = 0, to = count) => priceEuropeanRangeFully(input, output, count, from, to),
    chain(terms, strikes, vols, calls, puts, from = 0, to = strikes.length) {
      for (let i = from; i < to; i++) writeChainPair(terms, strikes, vols, calls, puts, i);
    },
    grid: (book, scenarios, output, from = 0, to = scenarios.spotMoves.length) =>
      writeScenarioGrid(book, scenarios, output, from, to),
    impliedVols(input, vols, statuses, count, from = 0, to = count) {
      for (let i = from; i < to; i++) writeImpliedVol(input, vols, statuses, count, i);
    },
    paths: (source, terms, output, count, from = 0, to = count) => writePaths(source, terms, output, count, from, to),
    normals: (source, steps, output, count, from = 0, to = count) =>
      writeNormals(source, steps, output, count, from, to),
    rowSums: sumRows,
  };
}
