import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tradingRules } from '../../../src/instruments/service.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { GREEKS } from '../../../src/risk/model.ts';
import { hedge } from '../../support/plans.ts';
import { anyRequests, deltas, markets } from './requests.ts';

// Whatever is asked, in whatever market.

const everything = (check: (result: ReturnType<typeof hedge>, delta: number) => void) =>
  fc.assert(
    fc.property(deltas, anyRequests, markets, (delta, request, market) => check(hedge(delta, request, market), delta)),
    { numRuns: 120 },
  );

const PLAIN = /^(0|[1-9]\d*)(\.\d*[1-9])?$/;

/** Every text of the plan that is a decimal, by its field. */
function decimals(value: unknown, name = ''): [string, string][] {
  if (typeof value === 'string')
    return /quantity$|Price$|^fee$|^spread$|^impact$|^total$|^lotSize$/.test(name) ? [[name, value]] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => decimals(inner, key));
}

function numbers(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];
}

describe('no plan', () => {
  it('has a number that is none', () =>
    everything((result) => {
      for (const number of numbers(result)) expect(number).toSatisfy(Number.isFinite);
      expect(JSON.stringify(result)).not.toMatch(/NaN|Infinity/);
    }));

  it('has an exponent, a sign or needless zeros in a decimal', () =>
    everything((result) => {
      for (const [name, text] of decimals(result)) expect(text, name).toMatch(PLAIN);
    }));
});

describe('every order', () => {
  const orders = (check: (order: ReturnType<typeof hedge>['orders'][number]) => void) =>
    everything((result) => result.orders.forEach(check));

  it('has a quantity on the lot grid above zero', () =>
    orders(({ quantity, lotSize }) => {
      expect(exact(quantity).gt(0)).toBe(true);
      expect(exact(quantity).mod(lotSize).isZero()).toBe(true);
    }));

  it('has a limit on its side of the reference, within half of it', () =>
    orders(({ side, limitPrice, referencePrice }) => {
      const ratio = exact(limitPrice).div(referencePrice).toNumber();
      if (side === 'buy') expect(ratio).toBeGreaterThanOrEqual(1);
      else expect(ratio).toBeLessThanOrEqual(1);
      expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(0.5);
    }));

  it('adds delta of its own side', () =>
    orders(({ side, delta }) => expect(Math.sign(delta)).toBe(side === 'buy' ? 1 : -1)));

  it('costs what its parts cost', () =>
    orders(({ estimatedCost: { fee, spread, impact, total } }) =>
      expect(Math.abs(exact(fee).plus(spread).plus(impact).minus(total).toNumber())).toBeLessThanOrEqual(2.1e-6),
    ));

  it('is no smaller than the smallest trade and no larger than the largest', () =>
    fc.assert(
      fc.property(deltas, anyRequests, markets, (delta, request, market) => {
        for (const { symbol, terms, quantity } of hedge(delta, request, market).orders) {
          const asked = (request.instruments ?? []).filter(({ instrument }) => instrument === symbol);
          if (asked.length !== 1) continue; // the default, or named twice
          const least = asked[0]!.minTrade ?? tradingRules({ symbol, terms }).minTrade;
          expect(exact(quantity).gte(least)).toBe(true);
          expect(exact(quantity).lte(asked[0]!.maxQuantity ?? Infinity)).toBe(true);
        }
      }),
      { numRuns: 120 },
    ));
});

it('before and hedge make after, and after less the target is the residual', () =>
  everything(({ underlyings, residuals }, delta) => {
    const { greeks, target, residual } = underlyings[0]!;
    expect(greeks.before.delta).toBe(delta);
    for (const name of GREEKS) expect(greeks.after[name]).toBe(greeks.before[name] + greeks.hedge[name]);
    expect(residual.value).toBe(greeks.after.delta - target.target);
    expect(residual.withinTolerance).toBe(Math.abs(residual.value) <= target.tolerance);
    expect(residuals[0]).toMatchObject(residual);
  }));

it('there is an order, or a reason why not', () =>
  everything(({ orders, noTrade, underlyings, reasons }) => {
    expect(orders.length === 0).toBe(noTrade !== null);
    expect(orders.length === 0).toBe(underlyings[0]!.noTrade !== null);
    expect(reasons.length).toBeGreaterThan(0);
  }));

it('one alternative at most is chosen, and it is the order', () =>
  everything(({ orders, underlyings }) => {
    const chosen = underlyings[0]!.alternatives.filter((each) => each.chosen);
    expect(chosen.map(({ symbol, side, quantity }) => ({ symbol, side, quantity }))).toEqual(
      orders.map(({ symbol, side, quantity }) => ({ symbol, side, quantity })),
    );
  }));

it('no hedge leaves the book further from its target than it was', () =>
  everything(({ underlyings }, delta) => {
    const { residual, target } = underlyings[0]!;
    const before = Math.abs(delta - target.target);
    expect(Math.abs(residual.value)).toBeLessThanOrEqual(before * (1 + 1e-12) + 1e-12);
  }));
