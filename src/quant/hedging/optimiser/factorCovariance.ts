/** How one underlying and its implied volatilities move. */
export interface UnderlyingMoves {
  /** Volatility of the spot, decimal. */
  readonly vol: number;
  /** Of the implied volatility at 30 days, relative, per square root of a year: 1 moves 60 % by 60 % · √h points. */
  readonly volOfVol: number;
  /** Between the spot's return and every volatility move, −1 to 1. */
  readonly spotVolCorrelation: number;
  /** Years to expiry of the vega buckets, > 0. */
  readonly tenors: Float64Array;
}

export interface CovarianceInput {
  readonly underlyings: readonly UnderlyingMoves[];
  /** Of the spots' returns, row by row. */
  readonly correlation: Float64Array;
  readonly horizonYears: number;
}

const REFERENCE_YEARS = 30 / 365;
/** Cap of √(30 d/T): an option of a day does not move five times as much as one of a month. */
const MOST_SCALE = 2;
/** κ of e^{−κ|ln(T₁/T₂)|} between tenors: 0.81 between a week and a month, 0.69 between a week and 90 days. */
const TENOR_DECAY = 0.145;

/** Of each underlying: r, ½r², and a volatility move per tenor. */
export function factorCount(underlyings: readonly UnderlyingMoves[]): number {
  return underlyings.reduce((count, { tenors }) => count + 2 + tenors.length, 0);
}

/** What a parallel move of a smile at tenor T is, against one at 30 days: √(30 d/T), at most 2. T in years, > 0. */
export function tenorScale(tenor: number): number {
  return Math.min(Math.sqrt(REFERENCE_YEARS / tenor), MOST_SCALE);
}

/**
 * Covariance over the horizon of what a book is exposed to, row by row, the factors of each underlying in turn:
 *
 * - r, the spot's relative move: exposure S·delta; variance σ²h;
 * - ½r²: exposure S²·gamma; variance ½σ⁴h² about its mean, which is theta's business; ½(σᵢσⱼρᵢⱼh)² between underlyings;
 * - a volatility move per tenor, decimal: exposure vega per 1.00; standard deviation σ·ν·√h·√(30 d/T), the square-root-of-time rule
 *   (Natenberg, Option volatility and pricing, ch. 20), capped.
 *
 * The standardised volatility moves are ρᵢ·zᵢ + √(1−ρᵢ²)·ε with zᵢ the standardised spot move and ε correlated by
 * ρᵢⱼ·e^{−κ|ln(T₁/T₂)|}: positive semi-definite by construction where `correlation` is. r and the volatilities are jointly normal,
 * so ½r² is uncorrelated with them.
 */
export function factorCovariance({ underlyings, correlation, horizonYears }: CovarianceInput): Float64Array {
  const n = factorCount(underlyings);
  const m = underlyings.length;
  const covariance = new Float64Array(n * n);
  let row = 0;
  for (let i = 0; i < m; i++) {
    let column = 0;
    for (let j = 0; j < m; j++) {
      writeBlock(covariance, n, row, column, underlyings[i]!, underlyings[j]!, correlation[i * m + j]!, horizonYears);
      column += 2 + underlyings[j]!.tenors.length;
    }
    row += 2 + underlyings[i]!.tenors.length;
  }
  return covariance;
}

function writeBlock(
  covariance: Float64Array,
  n: number,
  row: number,
  column: number,
  one: UnderlyingMoves,
  other: UnderlyingMoves,
  correlation: number,
  years: number,
): void {
  const spots = correlation * one.vol * other.vol * years;
  covariance[row * n + column] = spots;
  covariance[(row + 1) * n + column + 1] = 0.5 * spots * spots;
  const root = Math.sqrt(years);
  for (let b = 0; b < other.tenors.length; b++) {
    const move = volMove(other, b, root);
    covariance[row * n + column + 2 + b] = correlation * other.spotVolCorrelation * one.vol * root * move;
  }
  for (let a = 0; a < one.tenors.length; a++) {
    const move = volMove(one, a, root);
    const at = (row + 2 + a) * n + column;
    covariance[at] = correlation * one.spotVolCorrelation * move * other.vol * root;
    for (let b = 0; b < other.tenors.length; b++) {
      const shared = correlation * volCorrelation(one, other, a, b);
      covariance[at + 2 + b] = shared * move * volMove(other, b, root);
    }
  }
}

function volMove({ vol, volOfVol, tenors }: UnderlyingMoves, bucket: number, rootYears: number): number {
  return vol * volOfVol * rootYears * tenorScale(tenors[bucket]!);
}

/** Of two standardised volatility moves, per unit of correlation between the spots. */
function volCorrelation(one: UnderlyingMoves, other: UnderlyingMoves, a: number, b: number): number {
  const [p, q] = [one.spotVolCorrelation, other.spotVolCorrelation];
  const decay = Math.exp(-TENOR_DECAY * Math.abs(Math.log(one.tenors[a]! / other.tenors[b]!)));
  return p * q + Math.sqrt((1 - p * p) * (1 - q * q)) * decay;
}
