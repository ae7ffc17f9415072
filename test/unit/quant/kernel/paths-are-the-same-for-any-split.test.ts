import { expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { standardNormal } from '../../../../src/quant/kernel/randomPaths.ts';
import { differences } from './randomColumns.ts';

const source = { seed: 9_007_199_254_740_991, stream: 3 };
const terms = { spot: 100, growth: 0.05, vol: 0.6, stepYears: 1 / 365, steps: 31 };
const COUNT = 1003;

function pathsOf(form: 'simd' | 'scalar', cuts: readonly number[], own: boolean): Float64Array {
  const kernel = openKernel({ form });
  const length = terms.steps * COUNT;
  const output = own ? new Float64Array(length) : kernel.arena.allocate(length);
  const bounds = [0, ...cuts, COUNT];
  bounds.slice(1).forEach((to, i) => kernel.paths(source, terms, output, COUNT, bounds[i], to));
  return output;
}

const whole = pathsOf('scalar', [], true);

it.each([
  ['simd', [], true],
  ['simd', [], false],
  ['simd', [1, 3, 10, 500, 999], true],
  ['simd', [2, 401, 402], false],
  ['scalar', [77], true],
] as const)('%s, cut at %o, memory of its own: %s', (form, cuts, own) => {
  expect(differences(pathsOf(form, cuts, own), whole)).toBe(0);
});

it('normals are a function of seed, stream, path and step', () => {
  const kernel = openKernel();
  const normals = new Float64Array(5 * COUNT);
  kernel.normals(source, 5, normals, COUNT);
  for (const [path, step] of [
    [0, 0],
    [17, 3],
    [1002, 4],
  ] as const) {
    expect(normals[step * COUNT + path]).toBe(standardNormal(source, path, step));
  }
  expect(standardNormal({ ...source, stream: 4 }, 17, 3)).not.toBe(standardNormal(source, 17, 3));
  expect(standardNormal({ ...source, seed: source.seed - 2 ** 33 }, 17, 3)).not.toBe(standardNormal(source, 17, 3));
});
