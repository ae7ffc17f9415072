import { piecewise, type Piece, type PiecewiseExchange } from './exchange.ts';
import type { UnitVenue } from './wholeUnits.ts';

/** A venue whose real-valued twin is made of pieces. */
export interface PiecewiseVenue extends UnitVenue {
  readonly exchange: PiecewiseExchange;
}

/**
 * What is paid out by the second for all that the first pays out, G₂(G₁(δ)). Pieces of p₁δ/(1 + c₁δ) and p₂μ/(1 + c₂μ) make one with the
 * price p₁p₂ and the bend c₁ + c₂p₁, and it ends where the first of them does.
 */
export function exchangesInSeries(first: PiecewiseExchange, second: PiecewiseExchange): PiecewiseExchange {
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  let [a, b] = [first.pieces[0], second.pieces[0]];
  while (a && b) {
    const reach = inputFor(a, b.length);
    const length = Math.min(a.length, reach);
    pieces.push({ length, price: a.price * b.price, bend: a.bend + b.bend * a.price });
    if (length === Infinity) break;
    const paid = outputOf(a, length);
    const [endsFirst, endsSecond] = [a.length <= reach, reach <= a.length];
    b = endsSecond ? second.pieces[++j] : rest(b, paid);
    a = endsFirst ? first.pieces[++i] : rest(a, length);
  }
  return piecewise(pieces.filter(({ length }) => length > 0));
}

function outputOf({ price, bend }: Piece, amountIn: number): number {
  return (price * amountIn) / (1 + bend * amountIn);
}

/** Without end where the piece never pays so much. */
function inputFor({ price, bend }: Piece, amountOut: number): number {
  const left = price - bend * amountOut;
  return amountOut === Infinity || !(left > 0) ? Infinity : amountOut / left;
}

/** What is left of a piece after an amount. */
function rest({ length, price, bend }: Piece, used: number): Piece {
  const shrink = 1 + bend * used;
  return { length: length - used, price: price / shrink / shrink, bend: bend / shrink };
}

/** One venue after the other, exact to the unit as each of them is. */
export function venuesInSeries(first: PiecewiseVenue, second: PiecewiseVenue): PiecewiseVenue {
  return {
    exchange: exchangesInSeries(first.exchange, second.exchange),
    fixedCost: first.fixedCost + second.fixedCost,
    pays(amountIn) {
      const between = first.pays(amountIn);
      return between > 0n ? second.pays(between) : 0n;
    },
    costs: (amountOut) => first.costs(second.costs(amountOut)),
  };
}
