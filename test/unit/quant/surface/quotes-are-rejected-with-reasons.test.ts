import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { cleanQuotes, type OptionQuote } from '../../../../src/quant/surface/quotes.ts';

const terms = { time: 0.25, forward: 100, discount: 0.98 };
const good: OptionQuote = { strike: 110, sign: 1, bidIv: 0.5, askIv: 0.52 };
const price = (strike: number, sign: number, vol: number) =>
  0.98 * blackGreeks({ spot: 100, strike, time: 0.25, rate: 0, carry: 0, vol, sign }).price;
const codeOf = (quote: OptionQuote, maxAge?: number) => cleanQuotes([quote], terms, maxAge).rejected[0]?.code;

describe('a quote', () => {
  it.each<[string, OptionQuote]>([
    ['invalid', { ...good, strike: -1 }],
    ['invalid', { ...good, strike: NaN }],
    ['invalid', { ...good, sign: 0 }],
    ['invalid', { ...good, bidIv: 25 }],
    ['invalid', { strike: 110, sign: 1, bid: -1, ask: 2 }],
    ['later', { ...good, age: -1e-9 }],
    ['stale', { ...good, age: 0.02 }],
    ['crossed', { ...good, bidIv: 0.53 }],
    ['no_bid', { strike: 110, sign: 1, askIv: 0.5 }],
    ['no_bid', { strike: 110, sign: 1, bidIv: 0, askIv: 0.5, iv: 0.4 }],
    ['no_ask', { strike: 110, sign: 1, bid: 4 }],
    ['no_price', { strike: 110, sign: 1 }],
    ['below_intrinsic', { strike: 80, sign: 1, bid: 19, ask: 20 }],
    ['above_bound', { strike: 110, sign: 1, mark: 98.5 }],
    ['above_bound', { strike: 90, sign: -1, bid: 3, ask: 90 }],
  ])('is rejected as %s: %j', (code, quote) => {
    expect(codeOf(quote, 0.01)).toBe(code);
    expect(cleanQuotes([quote], terms, 0.01).quotes).toEqual([]);
  });

  it('is read from prices as from the volatilities that they were made of', () => {
    const { quotes, rejected } = cleanQuotes(
      [{ strike: 110, sign: 1, bid: price(110, 1, 0.5), ask: price(110, 1, 0.52) }],
      terms,
    );
    expect(rejected).toEqual([]);
    expect(quotes[0]!.bidVol).toBeCloseTo(0.5, 13);
    expect(quotes[0]!.askVol).toBeCloseTo(0.52, 13);
    expect(quotes[0]!.vol ** 2).toBeCloseTo((0.5 ** 2 + 0.52 ** 2) / 2, 13);
    expect(quotes[0]!.k).toBeCloseTo(Math.log(1.1), 15);
  });

  it('has its own forward where that is known', () => {
    expect(cleanQuotes([{ ...good, forward: 110 }], terms).quotes[0]!.k).toBe(0);
  });
});

describe('of a call and a put', () => {
  const call: OptionQuote = { strike: 110, sign: 1, bidIv: 0.5, askIv: 0.52 };
  const put: OptionQuote = { strike: 110, sign: -1, bidIv: 0.4, askIv: 0.62 };

  it.each([
    ['first', [call, put], 0, 1],
    ['last', [put, call], 1, 0],
  ])('the out-of-the-money one is used when it comes %s', (_, given, used, left) => {
    const { quotes, rejected } = cleanQuotes(given, terms);
    expect(quotes.map(({ index }) => index)).toEqual([used]);
    expect(rejected).toEqual([{ index: left, code: 'in_the_money_twin' }]);
  });

  it('the other is used where it alone is good', () => {
    const { quotes, rejected } = cleanQuotes([{ ...call, askIv: undefined }, put], terms);
    expect(quotes.map(({ index }) => index)).toEqual([1]);
    expect(rejected).toEqual([{ index: 0, code: 'no_ask' }]);
  });

  it('given twice the first counts', () => {
    expect(cleanQuotes([call, call], terms).rejected).toEqual([{ index: 1, code: 'duplicate' }]);
  });
});

describe('marks', () => {
  const two = [80, 90, 100, 110, 120].map((strike) => ({ ...good, strike, sign: strike >= 100 ? 1 : -1 }));
  const mark: OptionQuote = { strike: 130, sign: 1, iv: 0.55 };

  it('are left out where five others have two sides', () => {
    expect(cleanQuotes([...two, mark], terms).rejected).toEqual([{ index: 5, code: 'mark_only' }]);
  });

  it('are used where fewer have', () => {
    expect(cleanQuotes([...two.slice(1), mark], terms).quotes.map(({ strike }) => strike)).toContain(130);
  });
});
