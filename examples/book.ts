import type { MarketSnapshotInput, UnderlyingMarket } from '../src/market/model.ts';
import type { PositionInput } from '../src/portfolios/model.ts';

// The demo's book: what a small volatility desk may hold, stated against whatever market it is valued in, so that the same
// book can be shown on the snapshot in this folder and on the live market.

const DAY_MS = 86_400_000;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** A leg: days to expiry and strike as a share of spot, both brought to what is listed, and the quantity in coins. */
type Leg = [days: number, moneyness: number, type: 'C' | 'P', quantity: number];

const LEGS: Leg[] = [
  // Short straddle, the reason why this book needs hedging.
  [35, 1.0, 'C', -1],
  [35, 1.0, 'P', -1],
  // Covered by wings.
  [35, 1.2, 'C', 1],
  [35, 0.8, 'P', 1],
  // Call spread, put spread, and a ratio.
  [70, 1.05, 'C', 1],
  [70, 1.25, 'C', -1],
  [70, 0.95, 'P', 1],
  [70, 0.75, 'P', -1],
  [126, 1.1, 'C', 0.5],
  [126, 1.4, 'C', -1],
  // A calendar.
  [7, 1.0, 'C', -0.5],
  [126, 1.0, 'C', 0.5],
  // Yield seekers: calls sold out of the money, puts sold to buy lower.
  [14, 1.08, 'C', -0.6],
  [14, 0.92, 'P', -0.6],
  [217, 1.5, 'C', -0.4],
  [217, 0.6, 'P', 0.8],
  [308, 1.0, 'P', 0.3],
];

/** About 40 positions over the underlyings of the snapshot: options, perpetuals, spot. */
export function demoBook(market: MarketSnapshotInput): PositionInput[] {
  return market.underlyings.flatMap((underlying) => underlyingBook(underlying, Date.parse(market.asOf)));
}

function underlyingBook(market: UnderlyingMarket, asOfMs: number): PositionInput[] {
  const { underlying, spot } = market;
  const scale = underlying === 'BTC' ? 10 : 150;
  const options = LEGS.map(([days, moneyness, type, quantity]) => {
    const expiry = listedExpiry(market, asOfMs + days * DAY_MS, asOfMs);
    const strike = listedStrike(market, expiry, spot.mark * moneyness);
    return {
      instrument: `deribit:${underlying}-${expiryCode(expiry)}-${strike}-${type}`,
      quantity: text(quantity * scale),
    };
  });
  return [
    ...merged(options),
    {
      instrument: `deribit:${underlying}-PERPETUAL`,
      quantity: text(Math.round(spot.mark * scale * 0.02) * 10),
      averagePrice: text(spot.mark),
    },
    { instrument: `spot:${underlying}/${market.quote ?? 'USD'}`, quantity: text(scale * 0.15) },
  ];
}

/** Legs that meet in one instrument are one position. */
function merged(positions: { instrument: string; quantity: string }[]): PositionInput[] {
  const bySymbol = new Map<string, number>();
  for (const { instrument, quantity } of positions)
    bySymbol.set(instrument, (bySymbol.get(instrument) ?? 0) + Number(quantity));
  return [...bySymbol]
    .filter(([, quantity]) => quantity !== 0)
    .map(([instrument, quantity]) => ({ instrument, quantity: text(quantity) }));
}

function text(value: number): string {
  return String(Number(value.toFixed(4)));
}

function listedExpiry(market: UnderlyingMarket, wanted: number, asOfMs: number): string {
  const expiries = (market.forwards ?? [])
    .map(({ expiry }) => expiry)
    .filter((expiry) => Date.parse(expiry) > asOfMs + DAY_MS);
  return nearest(expiries, (expiry) => Math.abs(Date.parse(expiry) - wanted));
}

function listedStrike(market: UnderlyingMarket, expiry: string, wanted: number): number {
  const { volatility } = market;
  if (volatility?.type === 'quotes') {
    const strikes = volatility.quotes.filter((quote) => quote.expiry === expiry).map(({ strike }) => strike);
    return nearest(strikes, (strike) => Math.abs(strike - wanted));
  }
  const step = wanted > 10_000 ? 2_000 : 100;
  return Math.round(wanted / step) * step;
}

function nearest<T>(all: T[], distance: (each: T) => number): T {
  const [first] = all.toSorted((a, b) => distance(a) - distance(b));
  if (first === undefined) throw new Error('The market snapshot lists no expiries');
  return first;
}

/** Deribit's way to write a day: 25SEP26, without a leading zero. */
function expiryCode(expiry: string): string {
  const day = new Date(expiry);
  return `${day.getUTCDate()}${MONTHS[day.getUTCMonth()]}${String(day.getUTCFullYear()).slice(2)}`;
}
