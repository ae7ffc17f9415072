import { z } from 'zod';
import { text } from '../platform/text.ts';
import { evmAddress } from './venueAccountModel.ts';

// What the operator says of the venues: the file that BALLAST_VENUES names. It may hold keys of aggregators, so it is never shown.

const url = z.url({ protocol: /^https?$/ });
const positiveMs = z.int().positive().max(3_600_000);

const ExchangeSchema = z.strictObject({
  url: url.optional().meta({ description: "The venue's REST host where it is not the public one" }),
  wsUrl: z.url({ protocol: /^wss?$/ }).optional(),
  /** Assets of ours by the venue's name for them: {"USD": "USDT"} trades BTC/USD perpetuals as BTCUSDT. */
  assets: z.record(z.string(), text(15)).default({}),
  timeoutMs: positiveMs.default(10_000),
});
export type ExchangeConfig = z.infer<typeof ExchangeSchema>;

const TokenSchema = z.strictObject({ address: evmAddress, decimals: z.int().min(0).max(36) });
export type Token = z.infer<typeof TokenSchema>;

const PoolSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('uniswap_v2'),
    address: evmAddress,
    feePips: z.int().min(0).max(999_999).default(3_000),
  }),
  z.strictObject({ type: z.literal('uniswap_v3'), address: evmAddress }),
  z.strictObject({ type: z.literal('curve'), address: evmAddress, coins: z.int().min(2).max(8) }),
]);
export type PoolConfig = z.infer<typeof PoolSchema>;

export const AGGREGATORS = ['zeroex', 'oneinch', 'cow', 'velora', 'kyberswap', 'odos'] as const;
export type AggregatorName = (typeof AGGREGATORS)[number];

const AggregatorSchema = z
  .strictObject({
    name: z.enum(AGGREGATORS),
    url,
    apiKey: z.string().min(1).optional(),
    /** Contracts that its transactions may call. */
    targets: z.array(evmAddress).min(1),
    /** Contracts that may be approved to take tokens. */
    spenders: z.array(evmAddress).min(1),
    /** How 0x is asked: its allowance holder, Permit2, or for gasless orders; of 1inch, for orders of Fusion. */
    flavour: z.enum(['allowance_holder', 'permit2', 'gasless', 'fusion']).optional(),
  })
  .refine(({ name, flavour }) => !flavour || name === (flavour === 'fusion' ? 'oneinch' : 'zeroex'), {
    ...{ path: ['flavour'], error: 'This aggregator does not come in that flavour' },
  });
export type AggregatorConfig = z.infer<typeof AggregatorSchema>;

const RelaySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('protect'), url, statusUrl: url }),
  z.strictObject({ kind: z.literal('flashbots'), url, authKey: z.string().regex(/^0x[0-9a-fA-F]{64}$/) }),
  z.strictObject({ kind: z.literal('mev_blocker'), url }),
]);
export type RelayConfig = z.infer<typeof RelaySchema>;

const ChainSchema = z.strictObject({
  name: text(40),
  chainId: z.int().positive(),
  rpcUrl: url,
  blockTimeMs: positiveMs.default(12_000),
  /** Blocks on top of a transaction before its fills count. */
  confirmations: z.int().min(1).max(100).default(2),
  /** A transaction that has not been mined for so long is replaced at a higher fee. */
  replaceAfterMs: positiveMs.default(36_000),
  /** Highest maxFeePerGas that is paid, in gwei. */
  maxFeeGwei: z.number().positive().default(300),
  /** Our assets as tokens: {"ETH": WETH, "USD": USDC}. */
  tokens: z.record(z.string(), TokenSchema),
  /** The asset that gas is paid in. */
  nativeAsset: text(15).default('ETH'),
  contracts: z.strictObject({
    swapRouter02: evmAddress.optional(),
    universalRouter: evmAddress.optional(),
    permit2: evmAddress.optional(),
  }),
  pools: z.array(PoolSchema).max(200).default([]),
  aggregators: z.array(AggregatorSchema).max(20).default([]),
  relays: z.array(RelaySchema).max(5).default([]),
  /** How long an aggregator may take to quote. */
  quoteDeadlineMs: positiveMs.default(900),
  /** A quote that is worse than our own route by more is refused. */
  maxShortfallBps: z.number().min(0).max(10_000).default(20),
  /** What it costs and takes to bring funds here, in units of the quote currency and seconds: the router adds it. */
  bridge: z.strictObject({ cost: z.number().min(0), delaySeconds: z.number().min(0) }).optional(),
});
export type ChainConfig = z.infer<typeof ChainSchema>;

export const VenuesConfigSchema = z.strictObject({
  exchanges: z
    .strictObject({
      deribit: ExchangeSchema.optional(),
      binance: ExchangeSchema.optional(),
      okx: ExchangeSchema.optional(),
    })
    .default({}),
  chains: z.array(ChainSchema).max(20).default([]),
});
export type VenuesConfig = z.infer<typeof VenuesConfigSchema>;
