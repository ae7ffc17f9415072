/** Half-spaces n·x >= b of three dimensions: normals as triples in `normals`, bounds in `bounds`; grows as they are added. */
export interface HalfSpaces {
  count: number;
  readonly normals: Float64Array;
  readonly bounds: Float64Array;
}

export function halfSpaces(capacity: number): HalfSpaces {
  return { count: 0, normals: new Float64Array(3 * capacity), bounds: new Float64Array(capacity) };
}

/** Adds n·x >= b, scaled to a normal of length one. What does not fit in the capacity, or has no normal, is a RangeError. */
export function addHalfSpace(to: HalfSpaces, n0: number, n1: number, n2: number, bound: number): void {
  const length = Math.sqrt(n0 * n0 + n1 * n1 + n2 * n2);
  if (to.count >= to.bounds.length || !(length > 0)) throw new RangeError('no room for this half-space');
  const at = 3 * to.count;
  to.normals[at] = n0 / length;
  to.normals[at + 1] = n1 / length;
  to.normals[at + 2] = n2 / length;
  to.bounds[to.count++] = bound / length;
}

const MOST_STEPS = 60;
const FEASIBLE = 1e-11;

/** Scratch: the active normals in whitened coordinates, their multipliers and indices. A thread has its own module. */
const active = new Int32Array(4);
const multipliers = new Float64Array(4);
const actives = new Float64Array(9);
const basis = new Float64Array(9);
const triangle = new Float64Array(9);
const ratios = new Float64Array(3);

/**
 * The x that minimises ½xᵀHx − fᵀx under the half-spaces, written to `x`; whether there is one (false: they have no common
 * point, or the method did not end). H, row-wise upper triangle (h00 h01 h02 h11 h12 h22), must be positive definite.
 *
 * Goldfarb-Idnani (1983), dual active set: starts from the unconstrained minimum and takes in the most violated half-space,
 * so a problem with few active ones costs little more than its linear system. Coordinates u = Lᵀx, H = LLᵀ, make it the
 * projection on a polyhedron.
 */
export function minimiseQuadratic(H: Float64Array, f: Float64Array, limits: HalfSpaces, x: Float64Array): boolean {
  const l00 = Math.sqrt(H[0]!);
  const l10 = H[1]! / l00;
  const l20 = H[2]! / l00;
  const l11 = Math.sqrt(H[3]! - l10 * l10);
  const l21 = (H[4]! - l20 * l10) / l11;
  const l22 = Math.sqrt(H[5]! - l20 * l20 - l21 * l21);
  if (!(l00 > 0 && l11 > 0 && l22 > 0)) return false;
  // u = L⁻¹f, and then x = L⁻ᵀu
  let u0 = f[0]! / l00;
  let u1 = (f[1]! - l10 * u0) / l11;
  let u2 = (f[2]! - l20 * u0 - l21 * u1) / l22;
  let count = 0;
  const { normals, bounds } = limits;
  for (let step = 0; step < MOST_STEPS; step++) {
    const x2 = u2 / l22;
    const x1 = (u1 - l21 * x2) / l11;
    const x0 = (u0 - l10 * x1 - l20 * x2) / l00;
    let worst = -1;
    let least = -FEASIBLE;
    for (let i = 0; i < limits.count; i++) {
      const slack = normals[3 * i]! * x0 + normals[3 * i + 1]! * x1 + normals[3 * i + 2]! * x2 - bounds[i]!;
      if (slack < least && !isActive(i, count)) {
        least = slack;
        worst = i;
      }
    }
    if (worst < 0) {
      x[0] = x0;
      x[1] = x1;
      x[2] = x2;
      return true;
    }
    const n0 = normals[3 * worst]! / l00;
    const n1 = (normals[3 * worst + 1]! - l10 * n0) / l11;
    const n2 = (normals[3 * worst + 2]! - l20 * n0 - l21 * n1) / l22;
    let own = 0;
    for (;;) {
      // z: the part of n outside the span of the active normals; ratios: n's coefficients on them
      const z = project(count, n0, n1, n2);
      const slack = n0 * u0 + n1 * u1 + n2 * u2 - bounds[worst]!;
      const steepness = z[0]! * n0 + z[1]! * n1 + z[2]! * n2;
      const full = steepness > 1e-14 * (n0 * n0 + n1 * n1 + n2 * n2) ? -slack / steepness : Infinity;
      let partial = Infinity;
      let leaving = -1;
      for (let j = 0; j < count; j++) {
        if (ratios[j]! > 0 && multipliers[j]! / ratios[j]! < partial) {
          partial = multipliers[j]! / ratios[j]!;
          leaving = j;
        }
      }
      const length = Math.min(full, partial);
      if (length === Infinity) return false;
      for (let j = 0; j < count; j++) multipliers[j] = multipliers[j]! - length * ratios[j]!;
      own += length;
      if (full < Infinity) {
        u0 += length * z[0]!;
        u1 += length * z[1]!;
        u2 += length * z[2]!;
      }
      if (length === full) break;
      count = drop(leaving, count);
    }
    active[count] = worst;
    multipliers[count] = own;
    actives[3 * count] = n0;
    actives[3 * count + 1] = n1;
    actives[3 * count + 2] = n2;
    count++;
  }
  return false;
}

function isActive(i: number, count: number): boolean {
  for (let j = 0; j < count; j++) if (active[j] === i) return true;
  return false;
}

function drop(j: number, count: number): number {
  for (let i = j; i + 1 < count; i++) {
    active[i] = active[i + 1]!;
    multipliers[i] = multipliers[i + 1]!;
    actives.copyWithin(3 * i, 3 * i + 3, 3 * i + 6);
  }
  return count - 1;
}

const outside = new Float64Array(3);

/** Gram-Schmidt of the active normals; what is left of n, and its coefficients on them (in `ratios`). */
function project(count: number, n0: number, n1: number, n2: number): Float64Array {
  for (let j = 0; j < count; j++) {
    let v0 = actives[3 * j]!;
    let v1 = actives[3 * j + 1]!;
    let v2 = actives[3 * j + 2]!;
    for (let i = 0; i < j; i++) {
      const part = basis[3 * i]! * v0 + basis[3 * i + 1]! * v1 + basis[3 * i + 2]! * v2;
      triangle[3 * i + j] = part;
      v0 -= part * basis[3 * i]!;
      v1 -= part * basis[3 * i + 1]!;
      v2 -= part * basis[3 * i + 2]!;
    }
    const length = Math.sqrt(v0 * v0 + v1 * v1 + v2 * v2) || 1;
    triangle[4 * j] = length;
    basis[3 * j] = v0 / length;
    basis[3 * j + 1] = v1 / length;
    basis[3 * j + 2] = v2 / length;
  }
  let [z0, z1, z2] = [n0, n1, n2];
  for (let j = 0; j < count; j++) {
    const part = basis[3 * j]! * n0 + basis[3 * j + 1]! * n1 + basis[3 * j + 2]! * n2;
    ratios[j] = part;
    z0 -= part * basis[3 * j]!;
    z1 -= part * basis[3 * j + 1]!;
    z2 -= part * basis[3 * j + 2]!;
  }
  for (let j = count - 1; j >= 0; j--) {
    let sum = ratios[j]!;
    for (let i = j + 1; i < count; i++) sum -= triangle[3 * j + i]! * ratios[i]!;
    ratios[j] = sum / triangle[4 * j]!;
  }
  outside[0] = z0;
  outside[1] = z1;
  outside[2] = z2;
  return outside;
}
