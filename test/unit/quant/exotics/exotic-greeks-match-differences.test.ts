import { describe, expect, it } from 'vitest';
import { asianGeometricGreeks, AVERAGINGS } from '../../../../src/quant/pricing/asian.ts';
import { barrierGreeks, BARRIER_TYPES } from '../../../../src/quant/pricing/barrier.ts';
import { digitalGreeks, DIGITAL_TYPES } from '../../../../src/quant/pricing/digital.ts';
import type { ClosedFormGreeks, JetMarket } from '../../../../src/quant/pricing/jet.ts';
import { derivative } from '../../../support/derivative.ts';

type Pricer = (market: JetMarket) => ClosedFormGreeks | string;

const SIGNS = [1, -1];
const pricers: [string, Pricer][] = [
  ...BARRIER_TYPES.flatMap((barrierType) =>
    SIGNS.flatMap((sign) =>
      [93, 104].map((strike): [string, Pricer] => [
        `${barrierType} ${sign} ${strike}`,
        (market) =>
          barrierGreeks({
            ...{ ...market, strike, sign, barrierType, rebate: 2, monitoringInterval: 0 },
            barrier: barrierType.startsWith('down') ? 95 : 106,
          }),
      ]),
    ),
  ),
  ...DIGITAL_TYPES.flatMap((digitalType) =>
    SIGNS.map((sign): [string, Pricer] => [
      `${digitalType} ${sign}`,
      (market) => digitalGreeks({ ...market, strike: 100 + 5 * sign, sign, digitalType, cash: 10 }),
    ]),
  ),
  ...AVERAGINGS.flatMap((averaging) =>
    SIGNS.map((sign): [string, Pricer] => [
      `asian ${averaging} ${sign}`,
      (market) => asianGeometricGreeks({ ...market, strike: 98, sign, averaging, fixings: 12 }),
    ]),
  ),
];

const market: JetMarket = { spot: 100, time: 0.4, rate: 0.06, dividendYield: 0.02, vol: 0.35 };
const BUMPS: [keyof ClosedFormGreeks, keyof ClosedFormGreeks, keyof JetMarket, number][] = [
  ['delta', 'price', 'spot', 1],
  ['gamma', 'delta', 'spot', 1],
  ['vega', 'price', 'vol', 1],
  ['theta', 'price', 'time', -1],
  ['rho', 'price', 'rate', 1],
  ['rhoDividend', 'price', 'dividendYield', 1],
];

function numbers(answer: ClosedFormGreeks | string): ClosedFormGreeks {
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

describe('each Greek of a closed form is the derivative it claims to be', () => {
  it.each(pricers)('%s', (_name, price) => {
    const greeks = numbers(price(market));
    for (const [greek, of, input, direction] of BUMPS) {
      const at = (shift: number) => numbers(price({ ...market, [input]: market[input] + shift }))[of];
      const numeric = direction * derivative(at, 1e-3 * market[input]);
      expect(Math.abs(numeric - greeks[greek]), `${greek}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(greeks[greek])));
    }
  });
});
