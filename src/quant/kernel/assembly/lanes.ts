// Two doubles at a time. Names as in mathematics; every operation rounds as the scalar one does, so that the scalar twin
// (quant/pricing) gives the same bits. Only the relaxed build contracts a·b + c, where the processor does.

@inline
export function splat(x: f64): v128 {
  return f64x2.splat(x);
}

@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

@inline
export function div(a: v128, b: v128): v128 {
  return f64x2.div(a, b);
}

@inline
export function neg(a: v128): v128 {
  return f64x2.neg(a);
}

@inline
export function abs(a: v128): v128 {
  return f64x2.abs(a);
}

@inline
export function sqrt(a: v128): v128 {
  return f64x2.sqrt(a);
}

/** The larger; x where x is NaN. One instruction; f64x2.max takes many to sort out NaN and −0. */
@inline
export function max(x: v128, bound: v128): v128 {
  return f64x2.pmax(x, bound);
}

/** The smaller; x where x is NaN. */
@inline
export function min(x: v128, bound: v128): v128 {
  return f64x2.pmin(x, bound);
}

/** The larger of x and 0, which is +0 for −0 and NaN. */
@inline
export function floorAtZero(x: v128): v128 {
  return f64x2.pmax(f64x2.splat(0), x);
}

/** a·b + c. */
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** c − a·b. */
@inline
export function mulSub(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  return f64x2.sub(c, f64x2.mul(a, b));
}

/** a where the mask is set, else b. */
@inline
export function select(a: v128, b: v128, mask: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/** −x where the mask is set, else x. */
@inline
export function turn(x: v128, mask: v128): v128 {
  return v128.xor(x, v128.and(i64x2.splat(0x8000000000000000), mask));
}

/** x where the mask is set, else 0. */
@inline
export function keep(x: v128, mask: v128): v128 {
  return v128.and(x, mask);
}

@inline
export function load(pointer: usize): v128 {
  return v128.load(pointer);
}

@inline
export function store(pointer: usize, x: v128): void {
  v128.store(pointer, x);
}
