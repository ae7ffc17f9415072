import { type Boundary, type BoundaryInput, neighbouringBoundaries, solveBoundary } from './americanBoundary.ts';
import { collocationGrid, type CollocationGrid } from './americanGrid.ts';
import { premium, writePremium } from './americanPremium.ts';
import { blackGreeks, type Greeks } from './black.ts';
import { logRatio } from './normal.ts';
import { gatheredAtZero, gaussLegendre, tanhSinh } from './quadrature.ts';

/** From the least work to the most: errors of the price below about 1e-5, 1e-8 and 1e-10 of max(spot, strike). */
export const AMERICAN_TIERS = ['fast', 'accurate', 'high'] as const;
export type AmericanTier = (typeof AMERICAN_TIERS)[number];

/** One American option. Preconditions, which the caller checks: spot > 0, strike > 0, time >= 0, vol >= 0, all finite, sign ±1. */
export interface AmericanInput {
  readonly spot: number;
  readonly strike: number;
  /** T, years to expiry. */
  readonly time: number;
  /** r, continuously compounded, per year. */
  readonly rate: number;
  /** q, continuously compounded, per year. */
  readonly dividendYield: number;
  /** σ, per square root of a year, decimal. */
  readonly vol: number;
  /** +1 call, −1 put. */
  readonly sign: number;
}

/** Why there is no value: an exercise region between two boundaries, or a boundary that the solver did not find. */
export type AmericanRefusal = 'double_boundary' | 'boundary_not_found';

/** Value and sensitivities of one long unit, in the units of mathematics (vol per 1.00, time per year, rates per 1.00). */
export interface AmericanGreeks {
  readonly price: number;
  /** ∂V/∂S. */
  readonly delta: number;
  /** ∂²V/∂S². */
  readonly gamma: number;
  /** ∂V/∂σ. */
  readonly vega: number;
  /** ∂V/∂t. In the continuation region rV − (r − q)SΔ − ½σ²S²Γ; 0 where the option is exercised. */
  readonly theta: number;
  /** ∂V/∂r, S and q held. */
  readonly rho: number;
  /** ∂V/∂q, S and r held. */
  readonly rhoDividend: number;
}

/** Where the boundary is harder to resolve it takes more nodes: the wide grid. */
interface Tier {
  readonly ordinary: () => CollocationGrid;
  readonly wide: () => CollocationGrid;
  /** Total deviation σ√T from which it is used. */
  readonly wideFrom: number;
  /** Relative step of the boundary at which to stop; Newton's method leaves about its square. */
  readonly tolerance: number;
  /** Logarithm of how near the perpetual boundary must be before it is taken instead. */
  readonly decay: number;
}

/** A grid is computed at its first use and kept: the largest takes a few milliseconds. */
function kept(build: () => CollocationGrid): () => CollocationGrid {
  let grid: CollocationGrid | undefined;
  return () => (grid ??= build());
}

const TIERS: Readonly<Record<AmericanTier, Tier>> = {
  fast: {
    ordinary: kept(() => collocationGrid(6, gaussLegendre(7), gatheredAtZero(gaussLegendre(20)))),
    wide: kept(() => collocationGrid(9, gaussLegendre(10), gatheredAtZero(gaussLegendre(24)))),
    wideFrom: 1,
    tolerance: 0.02,
    decay: 14,
  },
  accurate: {
    ordinary: kept(() => collocationGrid(14, gaussLegendre(16), gatheredAtZero(gaussLegendre(56)))),
    wide: kept(() => collocationGrid(22, gaussLegendre(22), gatheredAtZero(gaussLegendre(56)))),
    wideFrom: 0.5,
    tolerance: 1e-4,
    decay: 22,
  },
  high: {
    ordinary: kept(() => collocationGrid(32, gaussLegendre(32), tanhSinh(101, 3.1))),
    wide: kept(() => collocationGrid(50, gaussLegendre(50), tanhSinh(141, 3.1))),
    wideFrom: 0.5,
    tolerance: 1e-6,
    decay: 30,
  },
};

/** The solver needs σ > 0; at this vol a price is that of σ = 0 to 1e-10·S. */
const LEAST_VOL = 1e-10;
/** A rate that earns less than this over the whole time is none: no double shows what exercise would gain by it. */
const LEAST_GROWTH = 1e-17;
/** Below this vol the premium's vega, which vanishes as σ → 0, would be rounding noise over the step. */
const LEAST_VOL_WITH_VEGA = 1e-6;
/** ν²T/2 beyond which a boundary has two time scales to resolve. */
const FAR_DRIFT = 3;
const VOL_STEP = 2e-4;
const RATE_STEP = 1e-3;
const LEAST_RATE_SCALE = 1e-3;

/** Whether early exercise never pays for a put, pays beyond one boundary, or between two (Andersen and Lake 2021). */
type Regime = 'european' | 'single' | 'double';

function putRegime(rate: number, dividendYield: number): Regime {
  if (rate > 0 || (rate === 0 && dividendYield < 0)) return 'single';
  return dividendYield < rate ? 'double' : 'european';
}

/** A put of strike 1 to which the option comes down: V = scale·P(x) with rates exchanged for a call (McDonald and Schroder 1998). */
interface UnitPut {
  readonly terms: BoundaryInput;
  readonly logSpot: number;
  readonly scale: number;
}

function unitPut(input: AmericanInput): UnitPut {
  const { spot, strike, time } = input;
  const [rate, dividendYield] = [input.rate, input.dividendYield].map((x) =>
    Math.abs(x * time) < LEAST_GROWTH ? 0 : x,
  ) as [number, number];
  const vol = Math.max(input.vol, LEAST_VOL);
  return input.sign > 0
    ? { terms: { rate: dividendYield, dividendYield: rate, vol, time }, logSpot: logRatio(strike, spot), scale: spot }
    : { terms: { rate, dividendYield, vol, time }, logSpot: logRatio(spot, strike), scale: strike };
}

let lastTier: AmericanTier | undefined;
let lastBoundary: Boundary | undefined;

/** The boundary of these terms; the last one is kept, so that a chain of strikes of one expiry and vol solves it once. */
function boundaryOf(terms: BoundaryInput, tier: AmericanTier): Boundary | 'boundary_not_found' {
  const last = lastBoundary;
  if (
    last !== undefined &&
    lastTier === tier &&
    last.input.rate === terms.rate &&
    last.input.dividendYield === terms.dividendYield &&
    last.input.vol === terms.vol &&
    last.input.time === terms.time
  )
    return last;
  const { ordinary, wide, wideFrom, tolerance, decay } = TIERS[tier];
  const grid = isDemanding(terms, wideFrom) ? wide : ordinary;
  const solved = solveBoundary(terms, grid(), tolerance, decay);
  if (solved === 'boundary_not_found') return solved;
  lastTier = tier;
  lastBoundary = solved;
  return solved;
}

/** A total deviation σ√T beyond the tier's, or a drift that takes the boundary to the perpetual one within the horizon. */
function isDemanding(terms: BoundaryInput, wideFrom: number): boolean {
  const nu = (terms.rate - terms.dividendYield) / terms.vol - 0.5 * terms.vol;
  return terms.vol * Math.sqrt(terms.time) >= wideFrom || 0.5 * nu * nu * terms.time > FAR_DRIFT;
}

/** ln of the critical spot of the put of strike 1 at the full time to expiry. */
function logCritical(boundary: Boundary): number {
  const { grid, gaps, limit, perpetualGap } = boundary;
  return Math.log(limit) - (boundary.horizon < boundary.input.time ? perpetualGap : gaps[grid.nodes - 1]!);
}

function european(input: AmericanInput): Greeks {
  const { spot, strike, time, rate, dividendYield, vol, sign } = input;
  return blackGreeks({ spot, strike, time, rate, carry: rate - dividendYield, vol, sign });
}

/**
 * Price of an American option; the method, limits and refusals are those of {@link americanGreeks}, which costs several
 * times as much.
 */
export function americanPrice(input: AmericanInput, tier: AmericanTier): number | AmericanRefusal {
  const intrinsic = Math.max(input.sign * (input.spot - input.strike), 0);
  if (input.time === 0) return intrinsic;
  const { terms, logSpot, scale } = unitPut(input);
  const regime = putRegime(terms.rate, terms.dividendYield);
  if (regime === 'double') return 'double_boundary';
  const floor = european(input).price;
  if (regime === 'european') return floor;
  const boundary = boundaryOf(terms, tier);
  if (boundary === 'boundary_not_found') return boundary;
  if (logSpot <= logCritical(boundary)) return Math.max(intrinsic, floor);
  writePremium(boundary, logSpot);
  return Math.max(floor + scale * premium[0]!, intrinsic, floor);
}

/**
 * Price and Greeks of one long American option under Black-Scholes-Merton.
 *
 * European value plus the early exercise premium as an integral over the exercise boundary, which is solved by spectral
 * collocation (Andersen, Lake and Offengenden 2016) with Newton's method. Delta and gamma are derivatives of the integral,
 * theta follows from them by the Black-Scholes equation; vega, rho and rhoDividend are European values plus central
 * differences of the premium, the boundary moved with them (measured error 1e-5 of their size at `accurate`, 1e-3 at `fast`).
 *
 * Never below intrinsic or European value. Beyond the boundary the option is exercised: intrinsic value, delta ±1, the rest
 * 0. At time 0 the same, with delta ±½ at the strike. At vol 0 the best deterministic exercise. Where exercise before expiry
 * never pays (put: r <= 0 and q >= r, call: q <= 0 and r >= q) the European values. 'double_boundary' where rates leave an
 * exercise region between two boundaries: put with q < r < 0, call with r < q < 0. 'boundary_not_found' where Newton's
 * method fails, far outside a desk's rates and vols. Never NaN, never throws within the
 * preconditions of {@link AmericanInput}.
 */
export function americanGreeks(input: AmericanInput, tier: AmericanTier): AmericanGreeks | AmericanRefusal {
  if (input.time === 0) return exercisedGreeks(input);
  const put = unitPut(input);
  const regime = putRegime(put.terms.rate, put.terms.dividendYield);
  if (regime === 'double') return 'double_boundary';
  const floor = european(input);
  if (regime === 'european') return europeanGreeks(input, floor);
  const boundary = boundaryOf(put.terms, tier);
  if (boundary === 'boundary_not_found') return boundary;
  if (put.logSpot <= logCritical(boundary)) return exercisedGreeks(input);
  return continuationGreeks(input, put, boundary, floor);
}

function europeanGreeks(input: AmericanInput, greeks: Greeks): AmericanGreeks {
  const { price, delta, gamma, vega, theta, rho } = greeks;
  return { price, delta, gamma, vega, theta, rho, rhoDividend: -input.time * input.spot * delta };
}

function exercisedGreeks(input: AmericanInput): AmericanGreeks {
  const moneyness = input.sign * (input.spot - input.strike);
  const delta = 0.5 * input.sign * (1 + Math.sign(moneyness));
  return { price: Math.max(moneyness, 0), delta, gamma: 0, vega: 0, theta: 0, rho: 0, rhoDividend: 0 };
}

function continuationGreeks(input: AmericanInput, put: UnitPut, boundary: Boundary, floor: Greeks): AmericanGreeks {
  const { spot, strike, time, rate, dividendYield, vol, sign } = input;
  writePremium(boundary, put.logSpot);
  const [value, slope, curvature] = premium as unknown as [number, number, number];
  const ratio = strike / spot;
  const price = Math.max(floor.price + put.scale * value, sign * (spot - strike), floor.price);
  const delta = floor.delta + (sign > 0 ? value - ratio * slope : slope);
  const gamma = floor.gamma + (sign > 0 ? (ratio * ratio * curvature) / spot : curvature / strike);
  const theta = rate * price - (rate - dividendYield) * spot * delta - 0.5 * vol * vol * spot * spot * gamma;
  const byParameter = premiumSensitivities(put, boundary);
  const [byStrikeRate, bySpotRate] = [put.scale * byParameter.rate, put.scale * byParameter.dividendYield];
  return {
    price,
    delta,
    gamma,
    vega: floor.vega + put.scale * byParameter.vol,
    theta,
    rho: floor.rho + (sign > 0 ? bySpotRate : byStrikeRate),
    rhoDividend: -time * spot * floor.delta + (sign > 0 ? byStrikeRate : bySpotRate),
  };
}

/** Derivatives of the unit put's premium by vol and by the two rates, at the boundary given. */
function premiumSensitivities(put: UnitPut, boundary: Boundary): { vol: number; rate: number; dividendYield: number } {
  const { rate, dividendYield, vol, time } = put.terms;
  const scale = Math.min(vol / Math.sqrt(time), 1 / time);
  const steps = [VOL_STEP * vol, ...[rate, dividendYield].map((x) => rateStep(x, scale))] as [number, number, number];
  const [byVol, byRate, byYield] = steps;
  // At r = q, as at r = 0 for q < 0, the boundary changes its kind: a difference must not reach across.
  const upwards =
    rate - byRate < Math.min(dividendYield, 0) || (rate >= dividendYield && rate - byRate < dividendYield);
  const downwards = rate >= dividendYield && rate < dividendYield + byYield;
  const rateSteps = upwards ? [byRate, 2 * byRate] : [byRate, -byRate];
  const yieldSteps = downwards ? [-byYield, -2 * byYield] : [byYield, -byYield];
  const neighbours = neighbouringBoundaries(boundary, [
    { ...put.terms, vol: vol + byVol },
    { ...put.terms, vol: vol - byVol },
    ...rateSteps.map((step) => ({ ...put.terms, rate: rate + step })),
    ...yieldSteps.map((step) => ({ ...put.terms, dividendYield: dividendYield + step })),
    put.terms,
  ]);
  const values = neighbours.map((neighbour) => valueAt(neighbour, put.logSpot));
  const [up, down, rate1, rate2, yield1, yield2, here] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    vol: vol < LEAST_VOL_WITH_VEGA ? 0 : (up - down) / (2 * byVol),
    rate: upwards ? oneSided(here, rate1, rate2, byRate) : (rate1 - rate2) / (2 * byRate),
    dividendYield: downwards ? oneSided(here, yield1, yield2, -byYield) : (yield1 - yield2) / (2 * byYield),
  };
}

function rateStep(rate: number, scale: number): number {
  return RATE_STEP * Math.min(scale, Math.max(Math.abs(rate), LEAST_RATE_SCALE));
}

/** f′ from f(0), f(h) and f(2h), error h²f‴/3. */
function oneSided(here: number, one: number, two: number, step: number): number {
  return (4 * one - two - 3 * here) / (2 * step);
}

/** The premium of the unit put. Where it would be exercised, what takes the European value to intrinsic. */
function valueAt(boundary: Boundary, logSpot: number): number {
  const { rate, dividendYield, vol, time } = boundary.input;
  if (putRegime(rate, dividendYield) === 'european') return 0;
  if (logSpot > logCritical(boundary)) {
    writePremium(boundary, logSpot);
    return premium[0]!;
  }
  const spot = Math.exp(logSpot);
  return 1 - spot - blackGreeks({ spot, strike: 1, time, rate, carry: rate - dividendYield, vol, sign: -1 }).price;
}
