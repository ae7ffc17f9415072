import {
  add,
  constant,
  greeksOf,
  multiply,
  scale,
  seed,
  subtract,
  type ClosedFormGreeks,
  type Jet,
  type JetMarket,
} from './jet.ts';
import { certainTouch, LEAST_DEVIATION, reflectionAt, type Reflection } from './reflection.ts';

export const DIGITAL_TYPES = [
  'cash_or_nothing',
  'asset_or_nothing',
  'one_touch_cash_at_hit',
  'one_touch_cash_at_expiry',
  'one_touch_asset_at_hit',
  'one_touch_asset_at_expiry',
  'no_touch_cash_at_expiry',
  'no_touch_asset_at_expiry',
] as const;
export type DigitalType = (typeof DIGITAL_TYPES)[number];

/**
 * Pays `cash` (or the asset) if the spot ends beyond the strike (`…_or_nothing`), or touches it (`one_touch…`), or never does
 * (`no_touch…`) before expiry. A call's level is above, a put's below. All prices > 0, all finite.
 */
export interface DigitalInput extends JetMarket {
  readonly strike: number;
  /** +1 call, −1 put. */
  readonly sign: number;
  readonly digitalType: DigitalType;
  /** >= 0; not read where the asset is paid. */
  readonly cash: number;
}

/**
 * Price and Greeks of binary options. Haug, The Complete Guide to Option Pricing Formulas, ch. 4.19 (Reiner & Rubinstein
 * 1991, Unscrambling the Binary Code); absolute error below 1e-12 of the amount paid.
 *
 * At or beyond the level a touch has happened already. An asset paid at the touch is worth the strike then. Where σ√T = 0 the
 * path is certain, and an option that ends exactly at its strike pays half. Never NaN; `rate_too_negative` where what is paid at
 * the touch has no closed form (μ² + 2r/σ² < 0). theta is −∂V/∂T.
 */
export function digitalGreeks(input: DigitalInput): ClosedFormGreeks | 'rate_too_negative' {
  const { digitalType, sign, spot, strike, cash } = input;
  const paysAsset = digitalType.includes('asset');
  const deviation = input.vol * Math.sqrt(input.time);
  if (digitalType.endsWith('or_nothing')) {
    if (!(deviation > LEAST_DEVIATION)) return greeksOf(certainEnd(input, paysAsset));
    const path = reflectionAt(input, strike);
    return greeksOf(amount(path, paysAsset, cash, (m) => path.direct(sign, path.level, m)));
  }
  const eta = -sign;
  const touches = digitalType.startsWith('one_touch');
  const touched = eta * (spot - strike) <= 0;
  if (touched || !(deviation > LEAST_DEVIATION)) {
    return greeksOf(certainAmount(input, touched ? 0 : certainTouch(input, strike, eta), paysAsset));
  }
  const path = reflectionAt(input, strike);
  if (digitalType.endsWith('at_hit')) {
    const discount = path.touchDiscount(eta);
    return discount ? greeksOf(scale(discount, paysAsset ? strike : cash)) : 'rate_too_negative';
  }
  const probability = touches
    ? (m: Jet) => add(path.direct(sign, path.level, m), path.image(eta, path.level, m))
    : (m: Jet) => subtract(path.direct(eta, path.level, m), path.image(eta, path.level, m));
  return greeksOf(amount(path, paysAsset, cash, probability));
}

/** What is paid at expiry with a probability that depends on the measure. */
function amount(path: Reflection, paysAsset: boolean, cash: number, probability: (m: Jet) => Jet): Jet {
  return paysAsset
    ? multiply(path.shareLeg, probability(path.share))
    : scale(multiply(path.discount, probability(path.money)), cash);
}

/** Cash or the asset, paid for certain at the end (`paid` = T) or earlier, as a jet. */
function certainEnd(input: DigitalInput, paysAsset: boolean): Jet {
  const end = input.spot * Math.exp((input.rate - input.dividendYield) * input.time);
  const share = 0.5 * (1 + Math.sign(input.sign * (end - input.strike)));
  return scale(paidAtExpiry(input, paysAsset), share);
}

function certainAmount(input: DigitalInput, touch: number, paysAsset: boolean): Jet {
  const pays = input.digitalType.startsWith('one_touch') === touch <= input.time;
  if (!pays) return constant(0);
  if (!input.digitalType.endsWith('at_hit')) return paidAtExpiry(input, paysAsset);
  if (touch === 0) return paysAsset ? seed(input).spot : constant(input.cash);
  const value = (paysAsset ? input.strike : input.cash) * Math.exp(-input.rate * touch);
  return { ...constant(value), rate: -touch * value };
}

function paidAtExpiry(input: DigitalInput, paysAsset: boolean): Jet {
  const { spot, time, rate, dividendYield } = input;
  if (paysAsset) {
    const slope = Math.exp(-dividendYield * time);
    const value = spot * slope;
    return { ...constant(value), s: slope, time: -dividendYield * value, dividend: -time * value };
  }
  const value = input.cash * Math.exp(-rate * time);
  return { ...constant(value), time: -rate * value, rate: -time * value };
}
