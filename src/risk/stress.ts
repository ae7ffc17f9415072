// Falls of the past as shocks. Spot: from the open of the window to its lowest low.
// Volatility: points, added at every strike and tenor; what happened was more at short tenors and less at long ones.

export const STRESS_NAMES = ['march_2020', 'may_2021', 'luna', 'ftx', 'august_2024', 'october_2025'] as const;
export type StressName = (typeof STRESS_NAMES)[number];

export interface StressShock {
  /** Relative move. */
  readonly spot: number;
  /** Volatility points. */
  readonly vol: number;
}

export interface StressScenario {
  readonly date: string;
  readonly description: string;
  readonly source: string;
  /** Whatever is not ETH moves as BTC did. */
  readonly btc: StressShock;
  readonly eth: StressShock;
}

const OPEN_TO_LOW = 'from the open to the lowest low of';

export const STRESS_SCENARIOS: Record<StressName, StressScenario> = {
  march_2020: {
    date: '2020-03-12',
    description: 'Covid: the largest one-day fall of BTC in the age of perpetuals',
    source: `Spot: measured, ${OPEN_TO_LOW} 12 March 2020 UTC, hourly Binance BTCUSDT and ETHUSDT perpetuals (btcusdt_perp_1h_2020, ethusdt_perp_1h_2020). Volatility: approximate, from published figures: one-month at-the-money at 184 % on 16 March (skew.com, as reported), from about 64 % before; ETH taken as BTC`,
    btc: { spot: -0.4524, vol: 120 },
    eth: { spot: -0.5122, vol: 120 },
  },
  may_2021: {
    date: '2021-05-19',
    description: 'Chinese restrictions and a cascade of liquidations',
    source:
      'Approximate, from published figures: BTC 31 % and ETH 46 % below the high of the day (press of 19 and 20 May 2021); BTC at-the-money volatility to about 150 % (TokenInsight, third week of May 2021), from about 90 % before; ETH volatility taken as BTC',
    btc: { spot: -0.31, vol: 60 },
    eth: { spot: -0.46, vol: 60 },
  },
  luna: {
    date: '2022-05-12',
    description: 'Collapse of Terra and Luna, 9 to 12 May 2022',
    source: `Spot: measured, ${OPEN_TO_LOW} 9 to 12 May 2022 UTC, hourly Binance BTCUSDT and ETHUSDT perpetuals (btcusdt_perp_1h_2022, ethusdt_perp_1h_2022). Volatility: approximate, from a published figure: BTC one-month at-the-money about 130 % on 12 May (Deribit Insights, November 2022), from about 70 %; ETH taken as BTC`,
    btc: { spot: -0.2175, vol: 60 },
    eth: { spot: -0.2952, vol: 60 },
  },
  ftx: {
    date: '2022-11-09',
    description: 'Collapse of FTX and Alameda, 8 and 9 November 2022',
    source: `Spot: measured, ${OPEN_TO_LOW} 8 and 9 November 2022 UTC, hourly Binance BTCUSDT and ETHUSDT perpetuals (btcusdt_perp_1h_2022, ethusdt_perp_1h_2022). Volatility: approximate, from a published figure: BTC short-term at-the-money from 50 % to 130 % (Kaiko, 10 November 2022); ETH taken as BTC`,
    btc: { spot: -0.2486, vol: 80 },
    eth: { spot: -0.3167, vol: 80 },
  },
  august_2024: {
    date: '2024-08-05',
    description: 'Unwinding of the yen carry trade, 4 and 5 August 2024',
    source: `Spot: measured, ${OPEN_TO_LOW} 4 and 5 August 2024 UTC, half-hourly Binance BTCUSDT and ETHUSDT spot (btcusdt_spot_30m_20240715_20240831, ethusdt_spot_30m_20240715_20240831). Volatility: measured, Deribit DVOL BTC, daily close of 3 to that of 5 August (51.45 to 63.08; dvol_btc_daily_20240101_20260622), which is less than within the day; ETH taken as BTC`,
    btc: { spot: -0.1927, vol: 11.63 },
    eth: { spot: -0.273, vol: 11.63 },
  },
  october_2025: {
    date: '2025-10-10',
    description: 'Tariffs and the largest liquidations counted so far',
    source:
      'Spot: approximate, from published figures: BTC from 121,000 to 102,000 (press of October 2025), ETH 20 % (Derive, October 2025). Volatility: BTC measured, Deribit DVOL, daily close of 9 to that of 11 October 2025 (39.73 to 46.15; dvol_btc_daily_20240101_20260622); ETH approximate, one-month at-the-money from 62 % to 67 % (Derive)',
    btc: { spot: -0.157, vol: 6.42 },
    eth: { spot: -0.2, vol: 5 },
  },
};

/** The shock of an underlying. */
export function stressShock({ btc, eth }: StressScenario, underlying: string): StressShock {
  return underlying === 'ETH' ? eth : btc;
}
