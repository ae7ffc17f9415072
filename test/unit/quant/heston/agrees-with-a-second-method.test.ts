import { expect, it } from 'vitest';
import { hestonGreeks, type HestonGreeks, type HestonInput } from '../../../../src/quant/pricing/heston.ts';
import { gaussLegendre } from '../../../../src/quant/pricing/quadrature.ts';
import { seededUniform } from '../precise-black.ts';

type Complex = readonly [number, number];
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const over = ([a, b]: Complex, [c, d]: Complex): Complex => [
  (a * c + b * d) / (c * c + d * d),
  (b * c - a * d) / (c * c + d * d),
];
const plus = ([a, b]: Complex, [c, d]: Complex): Complex => [a + c, b + d];
const minus = ([a, b]: Complex, [c, d]: Complex): Complex => [a - c, b - d];
const scaled = (s: number, [a, b]: Complex): Complex => [s * a, s * b];
const exp = ([a, b]: Complex): Complex => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];
const log = ([a, b]: Complex): Complex => [Math.log(Math.hypot(a, b)), Math.atan2(b, a)];
function root([a, b]: Complex): Complex {
  const size = Math.hypot(a, b);
  const re = Math.sqrt(Math.max(0, (size + a) / 2));
  return [re, Math.sign(b || 1) * Math.sqrt(Math.max(0, (size - a) / 2))];
}

/** ln E[(S_T/F)^{iz}] as Albrecher et al. (2007) print it, for complex z. */
function logTransform(m: HestonInput, z: Complex): Complex {
  const iz: Complex = [-z[1], z[0]];
  const beta = minus([m.kappa, 0], scaled(m.rho * m.sigma, iz));
  const d = root(plus(times(beta, beta), scaled(m.sigma ** 2, plus(times(z, z), iz))));
  const g = over(minus(beta, d), plus(beta, d));
  const e = exp(scaled(-m.time, d));
  const quotient = over(minus([1, 0], times(g, e)), minus([1, 0], g));
  const c = scaled((m.kappa * m.theta) / m.sigma ** 2, minus(scaled(m.time, minus(beta, d)), scaled(2, log(quotient))));
  const slope = over(times(scaled(m.v0 / m.sigma ** 2, minus(beta, d)), minus([1, 0], e)), minus([1, 0], times(g, e)));
  return plus(c, slope);
}

const PANEL = gaussLegendre(24);

/** Carr and Madan's damped integral with α = 1, by Gauss-Legendre panels along the real axis: another formula, another rule. */
function dampedCall(m: HestonInput): number {
  const k = Math.log(m.strike / m.spot) - (m.rate - m.dividendYield) * m.time;
  let sum = 0;
  const width = 2;
  for (let from = 0; from < 400; from += width) {
    let panel = 0;
    for (let j = 0; j < PANEL.nodes.length; j++) {
      const v = from + width * PANEL.nodes[j]!;
      const numerator = exp(plus(logTransform(m, [v, -2]), [0, -v * k]));
      panel += PANEL.weights[j]! * over(numerator, [2 - v * v, 3 * v])[0];
    }
    sum += width * panel;
    if (Math.abs(panel) < 1e-17 && from > 20) break;
  }
  const forward = m.spot * Math.exp((m.rate - m.dividendYield) * m.time);
  return (Math.exp(-m.rate * m.time - k) * forward * sum) / Math.PI;
}

it('agrees with a damped transform on random options', () => {
  const uniform = seededUniform(20260303);
  for (let i = 0; i < 60; i++) {
    const model: HestonInput = {
      spot: 100,
      strike: 70 + 60 * uniform(),
      time: 0.25 + 2 * uniform(),
      rate: 0.05 * uniform(),
      dividendYield: 0.05 * uniform(),
      v0: 0.02 + 0.1 * uniform(),
      kappa: 1 + 3 * uniform(),
      theta: 0.03 + 0.1 * uniform(),
      sigma: 0.2 + 0.4 * uniform(),
      rho: -0.9 * uniform(),
      sign: 1,
    };
    const { price } = hestonGreeks(model) as HestonGreeks;
    expect(Math.abs(price - dampedCall(model)), JSON.stringify(model)).toBeLessThan(1e-11 * 100);
  }
});
