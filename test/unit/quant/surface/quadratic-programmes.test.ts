import { expect, it } from 'vitest';
import { addHalfSpace, halfSpaces, minimiseQuadratic } from '../../../../src/quant/surface/quadratic.ts';

const H = Float64Array.of(2, 0.5, 0, 3, 0.2, 1);
const x = new Float64Array(3);

it('without half-spaces is the solution of Hx = f', () => {
  const f = Float64Array.of(1, -2, 0.5);
  expect(minimiseQuadratic(H, f, halfSpaces(1), x)).toBe(true);
  expect(2 * x[0]! + 0.5 * x[1]!).toBeCloseTo(1, 13);
  expect(0.5 * x[0]! + 3 * x[1]! + 0.2 * x[2]!).toBeCloseTo(-2, 13);
  expect(0.2 * x[1]! + x[2]!).toBeCloseTo(0.5, 13);
});

it('with an identity is the projection on the half-spaces', () => {
  const spaces = halfSpaces(3);
  addHalfSpace(spaces, 1, 0, 0, 1);
  addHalfSpace(spaces, 1, 1, 0, 5);
  addHalfSpace(spaces, 0, 0, -2, 4);
  expect(minimiseQuadratic(Float64Array.of(1, 0, 0, 1, 0, 1), Float64Array.of(0, 0, 0), spaces, x)).toBe(true);
  expect([...x]).toEqual([expect.closeTo(2.5, 12), expect.closeTo(2.5, 12), expect.closeTo(-2, 12)]);
});

it('of half-spaces without a common point there is none', () => {
  const spaces = halfSpaces(2);
  addHalfSpace(spaces, 1, 0, 0, 1);
  addHalfSpace(spaces, -1, 0, 0, 0);
  expect(minimiseQuadratic(H, Float64Array.of(0, 0, 0), spaces, x)).toBe(false);
});

it('a matrix that is not positive definite has none', () => {
  expect(minimiseQuadratic(Float64Array.of(1, 2, 0, 1, 0, 1), Float64Array.of(0, 0, 0), halfSpaces(1), x)).toBe(false);
});

it('half-spaces need a normal and room', () => {
  expect(() => addHalfSpace(halfSpaces(1), 0, 0, 0, 1)).toThrow(RangeError);
  expect(() => addHalfSpace(halfSpaces(0), 1, 0, 0, 1)).toThrow(RangeError);
});
