/** Central difference with one Richardson step: error O(h⁴). */
export function derivative(f: (shift: number) => number, h: number): number {
  const central = (step: number) => (f(step) - f(-step)) / (2 * step);
  return (4 * central(h / 2) - central(h)) / 3;
}
