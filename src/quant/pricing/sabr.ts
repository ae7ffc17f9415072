import { blackGreeks } from './black.ts';
import { logRatio } from './normal.ts';

/** Hagan's SABR: dF = α̂F^β dW, dα̂ = να̂ dZ, d⟨W,Z⟩ = ρ dt, α̂₀ = α. */
export interface SabrModel {
  /** F > 0. */
  readonly forward: number;
  /** K > 0. */
  readonly strike: number;
  /** T >= 0, years to expiry. */
  readonly time: number;
  /** α > 0; a lognormal vol for beta 1, in units of forward^(1 − β) otherwise. */
  readonly alpha: number;
  /** β in [0, 1]. */
  readonly beta: number;
  /** ν >= 0, volatility of α per square root of a year. */
  readonly nu: number;
  /** ρ in (−1, 1). */
  readonly rho: number;
}

export interface SabrInput extends SabrModel {
  /** r of the discount factor e^{−rT}, continuously compounded. */
  readonly rate: number;
  /** +1 call, −1 put. */
  readonly sign: number;
}

/** Value and sensitivities of one long option on a forward, in the units of mathematics. */
export interface SabrGreeks {
  /** σ_B, Black's implied volatility, decimal. */
  readonly vol: number;
  readonly price: number;
  /** Hagan's delta ∂V/∂F, α held: Black's delta + Black's vega·∂σ_B/∂F. */
  readonly delta: number;
  /** Bartlett's (2006): α moves with F by ρν/F^β, as it does on average; the delta of least variance. */
  readonly bartlettDelta: number;
  /** Black's ∂²V/∂F², σ_B held. */
  readonly blackGamma: number;
  /** ∂V/∂σ_B, per 1.00 of Black's volatility. */
  readonly blackVega: number;
  /** ∂V/∂α, per 1.00 of α. */
  readonly vega: number;
  /** ∂V/∂ρ. */
  readonly vegaRho: number;
  /** ∂V/∂ν. */
  readonly vegaNu: number;
  /** ∂V/∂r, forward held: −T·price. */
  readonly rho: number;
  /** ∂V/∂t, the forward and α held. */
  readonly theta: number;
}

/** Below this |z| the ratio z/x(z) and its derivatives come from their series; six terms leave 1e-16 of them. */
const SERIES_BELOW = 2e-3;

/** z/x(z), ∂/∂z and ∂/∂ρ. */
interface Skew {
  readonly value: number;
  readonly byZ: number;
  readonly byRho: number;
}

/**
 * z/x(z), x = ln[(√(1 − 2ρz + z²) + z − ρ)/(1 − ρ)]. x′ = 1/√(1 − 2ρz + z²), whence its series, by Legendre polynomials
 * P_n(ρ): x = Σ P_n(ρ) z^{n+1}/(n + 1). On the side where root + z − ρ would cancel it is (1 − ρ²)/(root − z + ρ).
 */
function skew(z: number, rho: number): Skew {
  if (Math.abs(z) < SERIES_BELOW) return skewSeries(z, rho);
  const root = Math.sqrt(1 - 2 * rho * z + z * z);
  // root − 1, without cancellation for small z.
  const excess = (z * (z - 2 * rho)) / (root + 1);
  const x = z >= 0 ? Math.log1p((excess + z) / (1 - rho)) : -Math.log1p((excess - z) / (1 + rho));
  const value = z / x;
  const second = (z * (z + rho * excess)) / (root + 1) + excess * (excess + z);
  const xByRho =
    z >= 0
      ? second / (root * (root + z - rho) * (1 - rho))
      : (second * (root - z + rho)) / (root * (1 + rho) * (1 - rho) ** 2);
  return { value, byZ: (1 - value / root) / x, byRho: (-value * xByRho) / x };
}

function skewSeries(z: number, rho: number): Skew {
  const r2 = rho * rho;
  const a1 = rho / 2;
  const a2 = (3 * r2 - 1) / 6;
  const a3 = (rho * (5 * r2 - 3)) / 8;
  const a4 = ((35 * r2 - 30) * r2 + 3) / 40;
  const a5 = (rho * ((63 * r2 - 70) * r2 + 15)) / 48;
  const sum = 1 + z * (a1 + z * (a2 + z * (a3 + z * (a4 + z * a5))));
  const byZ = a1 + z * (2 * a2 + z * (3 * a3 + z * (4 * a4 + z * 5 * a5)));
  const byRho =
    z *
    (0.5 +
      z *
        (rho + z * ((15 * r2 - 3) / 8 + z * ((rho * (140 * r2 - 60)) / 40 + (z * ((315 * r2 - 210) * r2 + 15)) / 48))));
  const value = 1 / sum;
  return { value, byZ: -value * value * byZ, byRho: -value * value * byRho };
}

/** σ_B, and its derivatives by each of the model's numbers. */
interface SabrVol {
  readonly vol: number;
  readonly byForward: number;
  readonly byAlpha: number;
  readonly byRho: number;
  readonly byNu: number;
  readonly byTime: number;
}

/** Hagan, Kumar, Lesniewski and Woodward (2002), eq. 2.17a, as written: σ_B = α/(M·D)·(z/x(z))·(1 + hT). */
function expand(model: SabrModel): SabrVol {
  const { forward, strike, time, alpha, beta, nu, rho } = model;
  const power = 1 - beta;
  const log = logRatio(forward, strike);
  // M = (FK)^{(1−β)/2} = F^{1−β}e^{−(1−β)L/2}
  const mid = Math.exp(0.5 * power * (Math.log(forward) + Math.log(strike)));
  const p2 = power * power;
  const l2 = log * log;
  const denominator = 1 + p2 * l2 * (1 / 24 + (p2 * l2) / 1920);
  const denominatorByLog = p2 * log * (1 / 12 + (p2 * l2) / 480);
  const z = (nu / alpha) * mid * log;
  const ratio = skew(z, rho);
  const slope = alpha / mid;
  const smile = (2 - 3 * rho * rho) / 24;
  const h = slope * ((p2 * slope) / 24 + (rho * beta * nu) / 4) + smile * nu * nu;
  const drift = 1 + h * time;
  const lead = slope / denominator;
  const vol = lead * ratio.value * drift;

  const hBySlope = (p2 * slope) / 12 + (rho * beta * nu) / 4;
  const zByLog = (nu / alpha) * mid;
  // ∂ ln σ_B/∂ ln F: M moves by half the power, L by one.
  const byLogForward =
    lead * drift * ratio.byZ * (zByLog + 0.5 * power * z) -
    vol * (0.5 * power + denominatorByLog / denominator) -
    lead * ratio.value * hBySlope * slope * 0.5 * power * time;
  return {
    vol,
    byForward: byLogForward / forward,
    byAlpha: (vol - lead * drift * ratio.byZ * z + lead * ratio.value * hBySlope * slope * time) / alpha,
    byRho: lead * (drift * ratio.byRho + ratio.value * time * nu * (0.25 * slope * beta - 0.25 * rho * nu)),
    byNu:
      lead *
      ((drift * ratio.byZ * (mid * log)) / alpha + ratio.value * time * (0.25 * rho * beta * slope + 2 * smile * nu)),
    byTime: lead * ratio.value * h,
  };
}

/**
 * Black's implied volatility under SABR, eq. 2.17a of Hagan et al. (2002), to a few ulp; at the money and for ν = 0 its exact
 * limits. 'no_positive_vol' where the expansion, good for small ν²T and strikes near the forward, gives no positive number.
 * Preconditions: those of {@link SabrModel}.
 */
export function sabrVol(model: SabrModel): number | 'no_positive_vol' {
  const { vol } = expand(model);
  return vol > 0 && vol < Infinity ? vol : 'no_positive_vol';
}

/**
 * Price (Black-76 at σ_B) and Greeks of an option on a forward under SABR; the derivatives of σ_B are exact ones of the
 * formula. 'no_positive_vol' as {@link sabrVol}. At time 0 the intrinsic value. Never NaN, never throws within the
 * preconditions.
 */
export function sabrGreeks(input: SabrInput): SabrGreeks | 'no_positive_vol' {
  const smile = expand(input);
  if (!(smile.vol > 0 && smile.vol < Infinity)) return 'no_positive_vol';
  const { forward, strike, time, rate, beta, nu, rho, sign } = input;
  const black = blackGreeks({ spot: forward, strike, time, rate, carry: 0, vol: smile.vol, sign });
  const byAlpha = black.vega * smile.byAlpha;
  const delta = black.delta + black.vega * smile.byForward;
  return {
    vol: smile.vol,
    price: black.price,
    delta,
    bartlettDelta: delta + byAlpha * rho * nu * Math.pow(forward, -beta),
    blackGamma: black.gamma,
    blackVega: black.vega,
    vega: byAlpha,
    vegaRho: black.vega * smile.byRho,
    vegaNu: black.vega * smile.byNu,
    rho: -time * black.price,
    theta: black.theta - black.vega * smile.byTime,
  };
}
