/** Raw SVI total variance of one expiry: w(k) = a + b(ρ(k−m) + √((k−m)² + σ²)), k = ln(K/F). Gatheral-Jacquier (2014) eq 3.1. */
export interface SviSlice {
  /** Years to expiry, > 0. */
  readonly time: number;
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
}

/** SVI in "jump-wings" terms, which do not drift with the expiry. Gatheral-Jacquier (2014) eq 3.5. */
export interface SviJumpWings {
  /** Years to expiry, > 0. */
  readonly time: number;
  /** ATM variance per year, w(0)/t. */
  readonly v: number;
  /** ATM volatility skew: ∂σ/∂k at k = 0 is psi/√t. */
  readonly psi: number;
  /** Slope of the left (put) wing, b(1−ρ)/√w(0). */
  readonly p: number;
  /** Slope of the right (call) wing, b(1+ρ)/√w(0). */
  readonly c: number;
  /** Least variance per year. */
  readonly vTilde: number;
}

/** Total variance w(k) of one raw SVI slice at log-moneyness k = ln(K/F); may be negative for parameters with problems. */
export function sviTotalVariance(slice: SviSlice, k: number): number {
  const x = k - slice.m;
  return slice.a + slice.b * (slice.rho * x + Math.sqrt(x * x + slice.sigma * slice.sigma));
}

/** w'(k), per unit of log-moneyness; tends to b(ρ ± 1) in the wings. */
export function sviVarianceSlope(slice: SviSlice, k: number): number {
  const x = k - slice.m;
  return slice.b * (slice.rho + x / Math.sqrt(x * x + slice.sigma * slice.sigma));
}

/** w''(k) >= 0. */
export function sviVarianceCurvature(slice: SviSlice, k: number): number {
  const x = k - slice.m;
  const variance = slice.sigma * slice.sigma;
  const root = Math.sqrt(x * x + variance);
  return (slice.b * variance) / (root * root * root);
}

/**
 * Durrleman's function g = (1 − kw'/2w)² − w'²/4·(1/w + 1/4) + w''/2 of any total-variance smile: the risk-neutral density
 * is g·n(d2)/√w, so g >= 0 is absence of butterfly arbitrage. Gatheral-Jacquier (2014) eq 2.1. −∞ where w <= 0.
 */
export function durrleman(k: number, w: number, slope: number, curvature: number): number {
  if (!(w > 0)) return -Infinity;
  const lean = 1 - (k * slope) / (2 * w);
  return lean * lean - 0.25 * slope * slope * (1 / w + 0.25) + 0.5 * curvature;
}

/** Durrleman's g(k) of a raw SVI slice; −∞ where w <= 0. */
export function sviDurrleman(slice: SviSlice, k: number): number {
  return durrleman(k, sviTotalVariance(slice, k), sviVarianceSlope(slice, k), sviVarianceCurvature(slice, k));
}

/**
 * The constraints on raw SVI parameters that a slice violates, in words; empty when it violates none. They are necessary
 * for absence of butterfly arbitrage (non-negative variance, Lee's wing bound), not sufficient: Durrleman's g(k) >= 0 is
 * another check (Axel Vogt's slice passes here and fails there).
 */
export function sviSliceProblems(slice: SviSlice): string[] {
  const { a, b, rho, sigma } = slice;
  const problems: string[] = [];
  if (!(slice.time > 0)) problems.push('time must be above 0');
  if (!Number.isFinite(a) || !Number.isFinite(slice.m)) problems.push('a and m must be finite');
  if (!(b >= 0)) problems.push('b must be at least 0');
  if (!(Math.abs(rho) < 1)) problems.push('|rho| must be below 1');
  if (!(sigma > 0)) problems.push('sigma must be above 0');
  if (!(a + b * sigma * Math.sqrt(Math.max(0, 1 - rho * rho)) >= 0)) {
    problems.push('least total variance a + b·sigma·√(1−rho²) must be at least 0');
  }
  if (!(b * (1 + Math.abs(rho)) <= 2)) problems.push('wing slope b(1+|rho|) must be at most 2 (Lee)');
  return problems;
}

/**
 * A raw slice in jump-wings terms. `no_variance` where w(0) <= 0, which has no ATM volatility. Precondition: the slice has
 * no {@link sviSliceProblems} but possibly that of variance.
 */
export function sviToJumpWings(slice: SviSlice): SviJumpWings | 'no_variance' {
  const { time, a, b, rho, m, sigma } = slice;
  const w = sviTotalVariance(slice, 0);
  if (!(w > 0)) return 'no_variance';
  const root = Math.sqrt(w);
  return {
    time,
    v: w / time,
    psi: (b / (2 * root)) * (rho - m / Math.hypot(m, sigma)),
    p: (b * (1 - rho)) / root,
    c: (b * (1 + rho)) / root,
    vTilde: (a + b * sigma * Math.sqrt(1 - rho * rho)) / time,
  };
}

/**
 * The raw slice of jump-wings terms; Gatheral-Jacquier (2014) lemma 3.2, with ρ = cos θ and m/√(m²+σ²) = cos η, so that the
 * difference of v and vTilde is divided by 2 sin²((θ−η)/2) and not by a cancelling sum.
 *
 * `no_slice` where there is none (v or time not above 0, a wing below 0 or both 0, skew beyond the wings) or not one only:
 * psi = 0 with v = vTilde leaves m and σ open.
 */
export function sviFromJumpWings(wings: SviJumpWings): SviSlice | 'no_slice' {
  const { time, v, psi, p, c, vTilde } = wings;
  if (!(time > 0 && v > 0 && p > 0 && c > 0 && vTilde <= v)) return 'no_slice';
  const root = Math.sqrt(v * time);
  const b = 0.5 * root * (c + p);
  const rho = (c - p) / (c + p);
  const beta = rho - (2 * psi * root) / b;
  if (!(Math.abs(beta) < 1)) return 'no_slice';
  const half = Math.sin(0.5 * (Math.acos(rho) - Math.acos(beta)));
  const radius = ((v - vTilde) * time) / (2 * b * half * half);
  if (!(radius > 0 && radius < Infinity)) return 'no_slice';
  const sigma = radius * Math.sqrt(1 - beta * beta);
  return { time, a: vTilde * time - b * sigma * Math.sqrt(1 - rho * rho), b, rho, m: radius * beta, sigma };
}
