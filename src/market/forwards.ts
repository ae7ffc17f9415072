import type { UnderlyingMarket } from './model.ts';

const YEAR_MS = 365 * 86_400_000;

/** ACT/365 fixed, to the millisecond. */
export function yearsTo(asOfMs: number, expiryMs: number): number {
  return (expiryMs - asOfMs) / YEAR_MS;
}

/** The expiry (Unix ms) of a time that {@link yearsTo} gave. */
export function expiryAt(asOfMs: number, time: number): number {
  return asOfMs + Math.round(time * YEAR_MS);
}

/** Interest rate that prices are discounted at, continuously compounded. */
export function discountRate(market: UnderlyingMarket): number {
  return market.carry?.rate ?? market.rate;
}

/**
 * What a price of one coin is worth: what the kernel prices from, the forward where forwards are given (Deribit's
 * definition: mark = Black-76/F), spot where the carry is given.
 */
export function coinPrice(market: UnderlyingMarket, forward: number): number {
  return market.carry ? market.spot.mark : forward;
}

/** Forward price by expiry (Unix ms); undefined where none can be told: no forwards and no carry, or not after asOf. */
export type ForwardCurve = (expiryMs: number) => number | undefined;

/** Listed forwards with interpolation between them, or spot and carry. */
export function forwardCurve(market: UnderlyingMarket, asOfMs: number): ForwardCurve {
  if (market.carry) return carriedSpot(market.spot.mark, market.carry.rate - market.carry.yield, asOfMs);
  if (!market.forwards?.length) return () => undefined;
  return listedForwards(market.spot.mark, market.forwards, asOfMs);
}

function carriedSpot(spot: number, carry: number, asOfMs: number): ForwardCurve {
  return (expiryMs) => (expiryMs > asOfMs ? spot * Math.exp(carry * yearsTo(asOfMs, expiryMs)) : undefined);
}

interface Node {
  time: number;
  /** ln(F/S) */
  growth: number;
}

/**
 * Listed expiries as they are. Others: ln F linear in time between the neighbours, spot standing at time 0; beyond the
 * last forward its annualised carry, ln(F/S)/T, goes on.
 */
function listedForwards(spot: number, forwards: { expiry: string; price: number }[], asOfMs: number): ForwardCurve {
  const listed = new Map(forwards.map(({ expiry, price }) => [Date.parse(expiry), price]));
  const nodes: Node[] = [...listed]
    .map(([expiryMs, price]) => ({ time: yearsTo(asOfMs, expiryMs), growth: Math.log(price / spot) }))
    .filter(({ time }) => time > 0)
    .sort((a, b) => a.time - b.time);
  return (expiryMs) => {
    if (!(expiryMs > asOfMs)) return undefined;
    return listed.get(expiryMs) ?? spot * Math.exp(growthAt(nodes, yearsTo(asOfMs, expiryMs)));
  };
}

function growthAt(nodes: Node[], time: number): number {
  let before: Node = { time: 0, growth: 0 };
  for (const node of nodes) {
    if (time < node.time) {
      return before.growth + ((node.growth - before.growth) * (time - before.time)) / (node.time - before.time);
    }
    before = node;
  }
  return before.time > 0 ? (before.growth / before.time) * time : 0;
}
