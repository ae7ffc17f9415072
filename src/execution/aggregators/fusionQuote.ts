import { keccak256, stringToBytes } from 'viem';
import { z } from 'zod';
import { address, units } from './fields.ts';
import type { Auction, FusionFees } from './fusionAuction.ts';
import { NONCE_MASK, type FusionTerms } from './fusionOrder.ts';
import type { IntentRequest } from './intents.ts';
import { same } from './offer.ts';
import { QuoteFailure } from './port.ts';

// What the quoter of Fusion answers (npm @1inch/fusion-sdk 2.4.15, QuoterResponse), and the terms of the order that comes of it. Numbers are
// bounded by the widths that they have in the order.

const upTo = (bits: number) =>
  z
    .int()
    .min(0)
    .max(2 ** bits - 1);
const percent = z.int().min(0).max(100);
const MOST_BPS = 6_553; // 16 bits of 10⁻⁵

const PresetSchema = z.object({
  ...{ auctionDuration: upTo(24).min(1), startAuctionIn: upTo(16), initialRateBump: upTo(24), auctionEndAmount: units },
  points: z.array(z.object({ delay: upTo(16), coefficient: upTo(24) })).max(255),
  gasCost: z
    .object({ gasBumpEstimate: upTo(24), gasPriceEstimate: z.coerce.number().pipe(upTo(32)) })
    .default({ gasBumpEstimate: 0, gasPriceEstimate: 0 }),
  exclusiveResolver: address.nullish(),
});
type Preset = z.infer<typeof PresetSchema>;

const PRESETS = ['fast', 'medium', 'slow'] as const;

export const FusionQuoteSchema = z.object({
  ...{ fromTokenAmount: units, toTokenAmount: units, marketAmount: units, settlementAddress: address },
  /** Null where it was asked for no estimate; without it no order is taken. */
  quoteId: z.string().min(1),
  recommended_preset: z.enum(PRESETS),
  presets: z.object({ fast: PresetSchema, medium: PresetSchema, slow: PresetSchema }),
  whitelist: z.array(address).min(1).max(255),
  fee: z.object({ receiver: address, bps: z.int().min(0).max(MOST_BPS), whitelistDiscountPercent: percent }),
  surplusFee: percent.nullish(),
  /** Nobody asked for one. */
  integratorFee: z.literal(0).nullish(),
});
export type FusionQuote = z.infer<typeof FusionQuoteSchema>;

/** After the auction; as long as with the SDK. */
const LAST_SECONDS = 12;
const NO_ESTIMATE = 2n ** 256n - 1n;
const SALT_MASK = (1n << 64n) - 1n;

/**
 * The auction that is recommended, or the longest that ends before the order does.
 *
 * @throws QuoteFailure `unsupported` none does
 */
export function presetOf(
  { presets, recommended_preset: name }: FusionQuote,
  request: IntentRequest,
  now: number,
): Preset {
  const [endsAt, longestFirst] = [deadlineOf(request), PRESETS.map((each) => presets[each]).sort(byLength)];
  const found = [presets[name], ...longestFirst].find((preset) => now + lengthOf(preset) <= endsAt);
  if (!found) throw new QuoteFailure('unsupported', 'none of its auctions ends before the order does');
  return found;
}

/** @param now seconds since 1970 */
export function termsOf(quote: FusionQuote, preset: Preset, request: IntentRequest, now: number): FusionTerms {
  const auction = auctionOf(preset, now);
  const name = BigInt(keccak256(stringToBytes(request.clientOrderId)));
  return {
    ...{ settlement: quote.settlementAddress, maker: request.taker, auction, fees: feesOf(quote, preset) },
    ...{ makerAsset: request.sellToken, takerAsset: request.buyToken },
    ...{ makingAmount: request.amount, takingAmount: preset.auctionEndAmount },
    ...{ resolvers: resolversOf(quote, preset), resolvableFrom: now },
    ...{ nonce: name & NONCE_MASK, salt: (name >> 40n) & SALT_MASK },
    validTo: Math.min(now + lengthOf(preset) + LAST_SECONDS, deadlineOf(request)),
  };
}

function deadlineOf({ validUntil }: IntentRequest): number {
  return Math.floor(validUntil.getTime() / 1_000);
}

function lengthOf({ startAuctionIn, auctionDuration }: Preset): number {
  return startAuctionIn + auctionDuration;
}

function byLength(a: Preset, b: Preset): number {
  return lengthOf(b) - lengthOf(a);
}

function auctionOf(preset: Preset, now: number): Auction {
  const { startAuctionIn, auctionDuration: seconds, initialRateBump, points, gasCost } = preset;
  return { startsAt: now + startAuctionIn, seconds, initialRateBump, points, ...gasCost };
}

/** An estimate counts only where it is above the least, which the contract insists on. */
function feesOf({ fee, surplusFee, marketAmount }: FusionQuote, { auctionEndAmount }: Preset): FusionFees {
  const isAbove = marketAmount > auctionEndAmount;
  return {
    ...{
      receiver: fee.receiver,
      bps: fee.bps,
      whitelistDiscountPercent: fee.bps > 0 ? fee.whitelistDiscountPercent : 0,
    },
    ...{ estimatedAmount: isAbove ? marketAmount : NO_ESTIMATE, surplusPercent: isAbove ? (surplusFee ?? 0) : 0 },
  };
}

/** One may have it to itself until the auction starts. */
function resolversOf(
  { whitelist }: FusionQuote,
  { exclusiveResolver, startAuctionIn }: Preset,
): FusionTerms['resolvers'] {
  if (!exclusiveResolver) return whitelist.map((address) => ({ address, delay: 0 }));
  const first = whitelist.filter((each) => same(each, exclusiveResolver));
  const others = whitelist.filter((each) => !same(each, exclusiveResolver));
  return [
    ...first.map((address) => ({ address, delay: 0 })),
    ...others.map((address, i) => ({ address, delay: i === 0 ? startAuctionIn : 0 })),
  ];
}
