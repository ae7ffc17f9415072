import { yearsTo, type UnderlyingView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import { nothing, type Explained } from './explainTerms.ts';
import { liquidityGreeks, type Reason } from './valuation.ts';

/** What a position of spot, in a perpetual, a future or a pool made between two markets; it was valued in the first. */
export function explainLinear(
  before: UnderlyingView,
  after: UnderlyingView,
  row: BookRow,
  asOfMs: number,
  years: number,
): Explained | Reason {
  if (row.pool) return explainPool(before, after, row);
  if (row.kind === 'spot') return explainStraight(row, 'linear', before.spot.mark, after.spot.mark);
  if (row.kind === 'perpetual') {
    if (after.perpetual) return explainStraight(row, row.settlement, before.perpetual!.mark, after.perpetual.mark);
    return { code: 'missing_perpetual', detail: `The other market snapshot has no ${row.underlying} perpetual` };
  }
  const forward = after.forward(row.expiryMs!);
  if (forward === undefined) {
    const detail = `The other market snapshot gives neither forwards nor carry for ${row.underlying}`;
    return { code: 'missing_forward', detail };
  }
  if (before.carry === undefined) return explainStraight(row, row.settlement, before.forward(row.expiryMs!)!, forward);
  return explainCarried(before, after, row, forward, asOfMs, years);
}

/** All of it is delta: q·ΔP, or N·(1/P₀ − 1/P₁) coins at P₁, which is N·ΔP/P₀. */
function explainStraight(row: BookRow, settlement: BookRow['settlement'], from: number, to: number): Explained {
  const size = row.quantity * row.multiplier;
  const profit = (settlement === 'inverse' ? size / from : size) * (to - from);
  return { ...nothing(), profit, delta: profit };
}

function explainPool(before: UnderlyingView, after: UnderlyingView, row: BookRow): Explained {
  const size = row.quantity * row.multiplier;
  const first = liquidityGreeks(row.pool!, before.spot.mark);
  const second = liquidityGreeks(row.pool!, after.spot.mark);
  const move = after.spot.mark - before.spot.mark;
  return {
    ...nothing(),
    profit: size * (second.value - first.value),
    delta: size * first.delta * move,
    gamma: (size * first.gamma * move * move) / 2,
  };
}

/** A future on F = S·e^(bT). An inverse one has made N·(1/F₀ − 1/F₁) coins, worth spot. */
function explainCarried(
  before: UnderlyingView,
  after: UnderlyingView,
  row: BookRow,
  forward: number,
  asOfMs: number,
  years: number,
): Explained {
  const size = row.quantity * row.multiplier;
  const [from, to] = [before.spot.mark, after.spot.mark];
  const first = before.forward(row.expiryMs!)!;
  const time = yearsTo(asOfMs, row.expiryMs!);
  const inverse = row.settlement === 'inverse';
  const delta = inverse ? size / first : (size * first) / from;
  const carry = before.carry!;
  const carryAfter = Math.log(forward / to) / (time - years);
  return {
    ...nothing(),
    profit: inverse ? size * (to / first - to / forward) : size * (forward - first),
    delta: delta * (to - from),
    theta: -delta * from * carry * years,
    rho: delta * from * time * (carryAfter - carry),
    charm: inverse ? 0 : -delta * carry * (to - from) * years,
  };
}
