/**
 * LU factors of the n by n matrix `a`, by rows, in place with partial pivoting: multipliers below the diagonal, and in
 * `pivots` the row with which each row was exchanged. A singular matrix gives infinities when it is used.
 */
export function factorise(a: Float64Array, pivots: Int32Array, n: number): void {
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++) if (Math.abs(a[i * n + c]!) > Math.abs(a[pivot * n + c]!)) pivot = i;
    pivots[c] = pivot;
    if (pivot !== c) exchangeRows(a, n, c, pivot);
    const inverse = 1 / a[c * n + c]!;
    for (let i = c + 1; i < n; i++) {
      const factor = a[i * n + c]! * inverse;
      a[i * n + c] = factor;
      for (let k = c + 1; k < n; k++) a[i * n + k] = a[i * n + k]! - factor * a[c * n + k]!;
    }
  }
}

function exchangeRows(a: Float64Array, n: number, one: number, other: number): void {
  for (let k = 0; k < n; k++) {
    const held = a[one * n + k]!;
    a[one * n + k] = a[other * n + k]!;
    a[other * n + k] = held;
  }
}

/** x becomes a⁻¹x, `a` and `pivots` as {@link factorise} left them. */
export function solveFactorised(a: Float64Array, pivots: Int32Array, x: Float64Array, n: number): void {
  for (let c = 0; c < n; c++) {
    const pivot = pivots[c]!;
    const value = x[pivot]!;
    x[pivot] = x[c]!;
    x[c] = value;
  }
  for (let i = 1; i < n; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= a[i * n + k]! * x[k]!;
    x[i] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= a[i * n + k]! * x[k]!;
    x[i] = sum / a[i * n + i]!;
  }
}
