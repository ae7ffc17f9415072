/**
 * What a venue pays out for what is paid in: a forward exchange function (Angeris, Chitra, Evans & Boyd 2022, Optimal Routing for
 * Constant Function Market Makers, §2), G(0) = 0, growing and concave, fees included. Its slope G′ is the price of the next
 * unit. All amounts are real numbers, in whole tokens or in base units.
 */
export interface Exchange {
  /** Most that it takes; Infinity where there is no end. */
  readonly mostIn: number;
  /** What it pays for that. */
  readonly mostOut: number;
  /** G(amountIn), amountIn >= 0. */
  outputOf(amountIn: number): number;
  /** The least that has to be paid in for 0 <= amountOut < mostOut. */
  inputFor(amountOut: number): number;
  /** G′: what the last unit of amountIn bought; at 0 what the first would. */
  priceAt(amountIn: number): number;
  /** How much it takes at prices above `price` > 0, or also at exactly that price, which differs where the price stays the same over an amount. */
  amountAt(price: number, inclusive: boolean): number;
  /** ∂amountAt/∂price <= 0; 0 where the amount does not follow the price. */
  slopeAt(price: number): number;
  /** Prices where amountAt jumps or bends, of all that it does before `amountIn`. */
  kinksBefore(amountIn: number): readonly number[];
}

/** An amount over which G(δ) = pδ/(1 + cδ), counted from where it begins. A pool of constant product is one, a price that stays is one with c = 0. */
export interface Piece {
  /** Infinity where there is no end, which a price that stays must have. */
  readonly length: number;
  /** p > 0, that of its first unit. */
  readonly price: number;
  /** c >= 0, the inverse of the amount that halves the average price. */
  readonly bend: number;
}

export interface PiecewiseExchange extends Exchange {
  readonly pieces: readonly Piece[];
}

/** The last place whose value is below `x` (at most `x`, when so told); values ascend and the first is taken as below. */
function placeOf(values: Float64Array, x: number, inclusive: boolean): number {
  let low = 0;
  let high = values.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (inclusive ? values[middle]! <= x : values[middle]! < x) low = middle;
    else high = middle;
  }
  return low;
}

/** p/(1 + cδ)², the price at the end of δ. */
function priceAfter(price: number, bend: number, amount: number): number {
  const shrink = 1 + bend * amount;
  return price / (shrink * shrink);
}

const NOTHING: PiecewiseExchange = {
  pieces: [],
  mostIn: 0,
  mostOut: 0,
  outputOf: () => 0,
  inputFor: () => 0,
  priceAt: () => 0,
  amountAt: () => 0,
  slopeAt: () => 0,
  kinksBefore: () => [],
};

/** The pieces one after another. Precondition: no piece begins at a better price than the one before it ends. */
export function piecewise(pieces: readonly Piece[]): PiecewiseExchange {
  if (pieces.length === 0) return NOTHING;
  const n = pieces.length;
  const from = new Float64Array(n);
  const got = new Float64Array(n);
  const price = Float64Array.from(pieces, (piece) => piece.price);
  const bend = Float64Array.from(pieces, (piece) => piece.bend);
  const length = Float64Array.from(pieces, (piece) => piece.length);
  const within = (k: number, amount: number) =>
    amount === Infinity ? price[k]! / bend[k]! : (price[k]! * amount) / (1 + bend[k]! * amount);
  for (let k = 1; k < n; k++) {
    from[k] = from[k - 1]! + length[k - 1]!;
    got[k] = got[k - 1]! + within(k - 1, length[k - 1]!);
  }
  const mostIn = from[n - 1]! + length[n - 1]!;
  const mostOut = got[n - 1]! + within(n - 1, length[n - 1]!);

  /** The last piece that begins above the price; −1 where none does. Prices descend. */
  const pieceAt = (nu: number, inclusive: boolean): number => {
    let low = -1;
    let high = n;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (inclusive ? price[middle]! >= nu : price[middle]! > nu) low = middle;
      else high = middle;
    }
    return low;
  };
  return {
    pieces,
    mostIn,
    mostOut,
    outputOf(amountIn) {
      if (amountIn >= mostIn) return mostOut;
      const k = placeOf(from, amountIn, true);
      return got[k]! + within(k, amountIn - from[k]!);
    },
    inputFor(amountOut) {
      if (amountOut >= mostOut) return mostIn;
      const k = placeOf(got, amountOut, true);
      const rest = amountOut - got[k]!;
      return Math.min(from[k]! + rest / (price[k]! - bend[k]! * rest), from[k]! + length[k]!);
    },
    priceAt(amountIn) {
      const k = placeOf(from, amountIn, false);
      return priceAfter(price[k]!, bend[k]!, Math.min(amountIn - from[k]!, length[k]!));
    },
    amountAt(nu, inclusive) {
      const k = pieceAt(nu, inclusive);
      if (k < 0) return 0;
      if (bend[k] === 0) return from[k]! + length[k]!;
      return from[k]! + Math.min((Math.sqrt(price[k]! / nu) - 1) / bend[k]!, length[k]!);
    },
    slopeAt(nu) {
      const k = pieceAt(nu, false);
      if (k < 0 || bend[k] === 0) return 0;
      const root = Math.sqrt(price[k]! / nu);
      return (root - 1) / bend[k]! < length[k]! ? (-0.5 * root) / (nu * bend[k]!) : 0;
    },
    kinksBefore(amountIn) {
      const kinks: number[] = [];
      for (let k = 0; k < n && from[k]! < amountIn; k++) {
        kinks.push(price[k]!);
        if (bend[k]! > 0 && length[k]! < Infinity) kinks.push(priceAfter(price[k]!, bend[k]!, length[k]!));
      }
      return kinks;
    },
  };
}
