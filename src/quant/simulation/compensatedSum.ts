/**
 * Sum of f over the values of some columns in their order, by Neumaier's compensation (Z. angew. Math. Mech. 54 (1974)): exact to
 * a rounding or two whatever cancels, and the same bits however one column is cut into several.
 */
export function compensatedSum(columns: readonly ArrayLike<number>[], f: (value: number) => number = identity): number {
  let sum = 0;
  let lost = 0;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const value = f(column[i]!);
      const next = sum + value;
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      sum = next;
    }
  }
  return sum + lost;
}

function identity(value: number): number {
  return value;
}
