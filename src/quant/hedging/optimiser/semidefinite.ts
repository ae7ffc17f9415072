/**
 * Below this fraction of the largest, an eigenvalue of a correlation matrix is 0 or rounding: a correlation that was rounded to
 * ten digits passes, one that was typed with an error in the third does not.
 */
const TOLERANCE = 1e-9;
const MOST_SWEEPS = 60;

export interface Eigen {
  readonly values: Float64Array;
  /** Vector k is column k, row by row. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and vectors of a symmetric n by n matrix, row by row, by cyclic Jacobi rotations (Golub & Van Loan, Matrix
 * computations, 8.5): small eigenvalues come out to the precision of the large ones. Unordered.
 */
export function eigenSymmetric(matrix: Float64Array, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, n) > 1e-32 * squares(a); sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

function squares(a: Float64Array): number {
  return a.reduce((sum, value) => sum + value * value, 0);
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) sum += a[i * n + j]! ** 2;
  return sum;
}

function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, c, s);
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q, c, s);
}

function turn(a: Float64Array, one: number, other: number, c: number, s: number): void {
  const [x, y] = [a[one]!, a[other]!];
  a[one] = c * x - s * y;
  a[other] = s * x + c * y;
}

/** The matrix with its scale taken out: unit diagonal, or zero where a variable does not move. */
function correlations(covariance: Float64Array, n: number): { correlation: Float64Array; sd: Float64Array } {
  const sd = Float64Array.from({ length: n }, (_, i) => Math.sqrt(Math.max(covariance[i * n + i]!, 0)));
  const correlation = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const scale = sd[i]! * sd[j]!;
      if (scale > 0) correlation[i * n + j] = (0.5 * (covariance[i * n + j]! + covariance[j * n + i]!)) / scale;
    }
  }
  return { correlation, sd };
}

/** Whether a square matrix, row by row, is a covariance: symmetric and positive semi-definite, in whatever units its factors are. */
export function isPsd(covariance: Float64Array, n: number): boolean {
  if (covariance.length !== n * n || !covariance.every(Number.isFinite)) return false;
  for (let i = 0; i < n; i++) {
    if (covariance[i * n + i]! < 0) return false;
    for (let j = 0; j < n; j++) {
      const [one, other] = [covariance[i * n + j]!, covariance[j * n + i]!];
      if (Math.abs(one - other) > TOLERANCE * Math.max(Math.abs(one), Math.abs(other))) return false;
      // what does not move goes with nothing
      if (one !== 0 && covariance[i * n + i]! * covariance[j * n + j]! === 0) return false;
    }
  }
  const { values } = eigenSymmetric(correlations(covariance, n).correlation, n);
  return values.every((value) => value >= -TOLERANCE * Math.max(...values));
}

/**
 * A covariance with the same variances near a symmetric matrix that is none: negative eigenvalues of its correlations are set to 0
 * and the diagonal brought back to 1 (Rebonato & Jäckel 1999, "The most general methodology to create a valid correlation matrix",
 * spectral decomposition). A matrix that is one comes back as it is.
 */
export function projectPsd(covariance: Float64Array, n: number): Float64Array {
  if (isPsd(covariance, n)) return Float64Array.from(covariance);
  const { correlation, sd } = correlations(covariance, n);
  const { values, vectors } = eigenSymmetric(correlation, n);
  const root = Float64Array.from(vectors, (v, at) => v * Math.sqrt(Math.max(values[at % n]!, 0)));
  const lengths = Float64Array.from({ length: n }, (_, i) => Math.sqrt(dot(root, root, i * n, i * n, n)));
  const projected = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const scale = lengths[i]! * lengths[j]!;
      if (scale > 0) projected[i * n + j] = (sd[i]! * sd[j]! * dot(root, root, i * n, j * n, n)) / scale;
    }
  }
  return projected;
}

function dot(a: Float64Array, b: Float64Array, fromA: number, fromB: number, n: number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += a[fromA + k]! * b[fromB + k]!;
  return sum;
}

/**
 * Exposures in coordinates in which the variance is a sum of squares: rank by n, row by row, so that |W·u|² = uᵀCu for exposures u.
 * Directions that do not move are left out. Precondition: `isPsd`.
 */
export function riskCoordinates(covariance: Float64Array, n: number): Float64Array[] {
  const { correlation, sd } = correlations(covariance, n);
  const { values, vectors } = eigenSymmetric(correlation, n);
  const least = TOLERANCE * Math.max(...values, 0);
  const rows: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    if (values[k]! <= least) continue;
    const root = Math.sqrt(values[k]!);
    rows.push(Float64Array.from({ length: n }, (_, i) => root * vectors[i * n + k]! * sd[i]!));
  }
  return rows;
}
