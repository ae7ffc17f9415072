import type { Instrument, InstrumentTerms } from './model.ts';

/** How finely an instrument can be traded. Decimals as text. */
export interface TradingRules {
  /** Quantities are multiples of this. */
  lotSize: string;
  minTrade: string;
  /** Prices are multiples of this, up to `coarseTick.above` where that is given. */
  tickSize: string;
  coarseTick?: { above: string; tickSize: string };
  /**
   * What one unit of quantity is. Deribit counts its inverse perpetuals and futures in USD of notional (`amount`);
   * everything else is counted in units of the underlying.
   */
  unit: 'underlying' | 'quote';
}

type Grid = Omit<TradingRules, 'unit'>;

/**
 * Deribit's grids by kind of instrument. BTC: public/get_instruments of 2026-05-22. ETH: docs.deribit.com, contract
 * specifications, and for the perpetual the venue's answers quoted in public repositories. BTC_USDC: the steps seen in
 * the venue's order book of September 2026. Defaults only: what an account may do is the venue's last word.
 */
const DERIBIT: Record<string, Grid> = {
  'BTC-PERPETUAL': { lotSize: '10', minTrade: '10', tickSize: '0.5' },
  'BTC-future': { lotSize: '10', minTrade: '10', tickSize: '2.5' },
  'BTC-option': {
    lotSize: '0.1',
    minTrade: '0.1',
    tickSize: '0.0001',
    coarseTick: { above: '0.005', tickSize: '0.0005' },
  },
  'ETH-PERPETUAL': { lotSize: '1', minTrade: '1', tickSize: '0.05' },
  'ETH-future': { lotSize: '1', minTrade: '1', tickSize: '0.05' },
  'ETH-option': { lotSize: '1', minTrade: '1', tickSize: '0.0001', coarseTick: { above: '0.005', tickSize: '0.0005' } },
  'BTC_USDC-PERPETUAL': { lotSize: '0.0001', minTrade: '0.0001', tickSize: '0.1' },
};
/** One listed US option is a contract; its grid is the penny. */
const OCC: Grid = { lotSize: '1', minTrade: '1', tickSize: '0.01' };
const GENERIC: Grid = { lotSize: '0.0001', minTrade: '0.0001', tickSize: '0.01' };
/** Prices in coin are small: as finely as Deribit has them. */
const COIN_OPTION: Grid = { ...GENERIC, tickSize: '0.0001' };

/** The venue's grid where it is known, else a fine one. */
export function tradingRules(instrument: Instrument): TradingRules {
  return { ...gridOf(instrument), unit: unitOf(instrument.terms) };
}

function gridOf({ symbol, terms }: Instrument): Grid {
  if (symbol.startsWith('occ:')) return OCC;
  if (!symbol.startsWith('deribit:')) return terms.kind === 'option' && isInCoin(terms) ? COIN_OPTION : GENERIC;
  const name = symbol.slice('deribit:'.length);
  return DERIBIT[name] ?? DERIBIT[`${name.split('-')[0]}-${terms.kind}`] ?? GENERIC;
}

function isInCoin({ settlement }: { settlement: 'linear' | 'inverse' }): boolean {
  return settlement === 'inverse';
}

/** Also of inverse contracts without a venue: their notional is fixed in the quote currency, which is what makes them inverse. */
function unitOf(terms: InstrumentTerms): TradingRules['unit'] {
  const counted = terms.kind === 'perpetual' || terms.kind === 'future';
  return counted && terms.settlement === 'inverse' ? 'quote' : 'underlying';
}
