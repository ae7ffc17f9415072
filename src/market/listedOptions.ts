import type { OptionTerms } from '../instruments/model.ts';
import { blackGreeks } from '../quant/pricing/black.ts';
import { coinPrice } from './forwards.ts';
import type { Quote, UnderlyingMarket, Volatility } from './model.ts';
import type { Missing, Pricing } from './pricing.ts';

/** An option that the snapshot quotes; both types where it quotes one volatility of the strike. */
export interface ListedOption {
  readonly expiryMs: number;
  readonly strike: number;
  readonly optionType: OptionTerms['optionType'];
  readonly openInterest: number | undefined;
}

type Listed = Extract<Volatility, { type: 'quotes' | 'prices' }>;
type Row = Listed['quotes'][number];

export interface OptionBook {
  readonly listed: readonly ListedOption[];
  /** Price and top of book as the venue has them: in coin where the option is inverse. Undefined where it is not listed. */
  quoteOf(terms: OptionTerms): Quote | undefined;
}

/** The options of a snapshot as something that can be traded. */
export function optionBook(
  market: UnderlyingMarket,
  pricing: (expiryMs: number, strike: number) => Pricing | Missing,
): OptionBook {
  const { volatility } = market;
  if (volatility?.type !== 'quotes' && volatility?.type !== 'prices') return { listed: [], quoteOf: () => undefined };
  const rows: readonly Row[] = volatility.quotes;
  const listed = rows.flatMap((row): ListedOption[] => {
    const types = 'iv' in row ? (['call', 'put'] as const) : [row.optionType];
    const { expiry, strike, openInterest } = row;
    return types.map((optionType) => ({ expiryMs: Date.parse(expiry), strike, optionType, openInterest }));
  });
  let byName: Map<string, Row> | undefined;
  const find = (terms: OptionTerms): Row | undefined => {
    byName ??= new Map(rows.map((row) => [nameOf(row), row]));
    const at = `${Date.parse(terms.expiry)} ${Number(terms.strike)}`;
    return byName.get(`${at} ${terms.optionType}`) ?? byName.get(`${at} `);
  };
  return {
    listed,
    quoteOf(terms) {
      const row = find(terms);
      const inputs = row && pricing(Date.parse(terms.expiry), Number(terms.strike));
      return row && inputs && 'vol' in inputs ? quoteOf(market, volatility, row, terms, inputs) : undefined;
    },
  };
}

function nameOf(row: Row): string {
  return `${Date.parse(row.expiry)} ${row.strike} ${'iv' in row ? '' : row.optionType}`;
}

function quoteOf(
  market: UnderlyingMarket,
  volatility: Listed,
  row: Row,
  terms: OptionTerms,
  inputs: Pricing,
): Quote | undefined {
  const coin = coinPrice(market, inputs.spot);
  const unit = terms.settlement === 'inverse' ? coin : 1;
  const priceAt = (vol: number) =>
    blackGreeks({ ...inputs, vol, strike: row.strike, sign: terms.optionType === 'call' ? 1 : -1 }).price / unit;
  const given = volatility.type === 'prices' && volatility.unit === 'underlying' ? coin : 1;
  const [mark, bid, ask] =
    'iv' in row
      ? [
          priceAt(row.iv),
          row.bidIv === undefined ? undefined : priceAt(row.bidIv),
          row.askIv === undefined ? undefined : priceAt(row.askIv),
        ]
      : [row.price, row.bid, row.ask].map((price) => (price === undefined ? undefined : (price * given) / unit));
  if (!(mark! > 0)) return undefined;
  const { bidSize, askSize, asOf } = row;
  return { mark: mark!, ...positive({ bid, ask }), bidSize, askSize, asOf };
}

/** A side that is worth nothing is none. */
function positive({ bid, ask }: { bid: number | undefined; ask: number | undefined }): Pick<Quote, 'bid' | 'ask'> {
  return { ...(bid! > 0 ? { bid } : {}), ...(ask! > 0 ? { ask } : {}) };
}
