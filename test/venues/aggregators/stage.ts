import type { Address } from 'viem';
import type {
  Aggregator,
  AggregatorQuote,
  QuoteFailure,
  QuoteRequest,
} from '../../../src/execution/aggregators/port.ts';
import { aggregatorOf } from '../../../src/execution/aggregators/select.ts';
import type { AggregatorConfig } from '../../../src/execution/venuesModel.ts';
import { fixedClock } from '../../../src/platform/clock.ts';
import { startKyberswap } from './kyberswap.ts';
import { startOdos } from './odos.ts';
import { startOneinch } from './oneinch.ts';
import { flatPricing, type Dealer, type Pricing } from './pricing.ts';
import type { AggregatorServer } from './server.ts';
import { startVelora } from './velora.ts';
import { startZeroex } from './zeroex.ts';

// An aggregator of ours on its wire, and the adapter that speaks to it.

export const NAMES = ['zeroex', 'velora', 'kyberswap', 'odos', 'oneinch'] as const;
export type Name = (typeof NAMES)[number];

export const WETH: Address = '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2';
export const USDC: Address = '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48';
export const TAKER: Address = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';
export const OTHER: Address = '0x00000000000000000000000000000000000000bb';
export const AT = '2026-05-22T12:00:00.000Z';
/** USDC for one WETH at 3,000, per million base units of either. */
const RATE_PER_MILLION = 3n * 10n ** 6n;

export interface AggregatorStage {
  server: AggregatorServer & Dealer;
  aggregator: Aggregator;
  clock: ReturnType<typeof fixedClock>;
  quote(rest?: Partial<QuoteRequest>, signal?: AbortSignal): Promise<AggregatorQuote>;
  /** Why there is no quote; fails where there is one. */
  failure(rest?: Partial<QuoteRequest>, signal?: AbortSignal): Promise<QuoteFailure>;
  close(): Promise<void>;
}

export const API_KEY = 'key-that-nobody-may-see';

export function startServer(name: Name, pricing: Pricing, clock = fixedClock(AT)): Promise<AggregatorServer & Dealer> {
  switch (name) {
    case 'zeroex':
      return startZeroex(pricing, API_KEY);
    case 'velora':
      return startVelora(pricing);
    case 'kyberswap':
      return startKyberswap(pricing);
    case 'odos':
      return startOdos(pricing, clock);
    case 'oneinch':
      return startOneinch(pricing, API_KEY);
  }
}

export function configOf(name: Name, url: string, router: Address): AggregatorConfig {
  return { name, url, apiKey: API_KEY, targets: [router], spenders: [router] };
}

export async function startAggregatorStage(
  name: Name,
  config: Partial<AggregatorConfig> = {},
): Promise<AggregatorStage> {
  const clock = fixedClock(AT);
  const pricing = flatPricing(RATE_PER_MILLION);
  const server = await startServer(name, pricing, clock);
  const aggregator = aggregatorOf({ ...configOf(name, server.url, pricing.router), ...config }, { clock })!;
  const quote: AggregatorStage['quote'] = (rest = {}, signal = AbortSignal.timeout(5_000)) =>
    aggregator.quote(requestOf(rest), signal);
  return {
    ...{ server, aggregator, clock, quote, close: server.close },
    failure: (rest, signal) =>
      quote(rest, signal).then(
        (found) => {
          throw new Error(`there is a quote: ${found.amountOut}`);
        },
        (error: unknown) => error as QuoteFailure,
      ),
  };
}

/** Sells one million units of WETH for three million of USDC, and may get 1 % less. */
export function requestOf(rest: Partial<QuoteRequest> = {}): QuoteRequest {
  return {
    ...{ chainId: 1, side: 'exact_in', sellToken: WETH, sellDecimals: 18, buyToken: USDC, buyDecimals: 6 },
    ...{ amount: 1_000_000n, bound: 2_970_000n, taker: TAKER, gasPrice: 3_000_000_000n },
    validUntil: new Date('2026-05-22T12:05:00.000Z'),
    ...rest,
  };
}
