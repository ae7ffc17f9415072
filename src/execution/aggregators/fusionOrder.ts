import {
  concatHex,
  encodePacked,
  hexToBigInt,
  keccak256,
  numberToHex,
  size,
  slice,
  type Address,
  type Hex,
} from 'viem';
import type { TypedData } from './fields.ts';
import { FEE_OF_BPS, type Auction, type FusionFees } from './fusionAuction.ts';

// An order of the Limit Order Protocol v4 with the extension of Fusion, as npm @1inch/fusion-sdk 2.4.15 and @1inch/limit-order-sdk 5.4.3
// encode it, and as OrderLib, MakerTraitsLib, ExtensionLib and SimpleSettlement read it. Ours are for the whole: one resolver fills all of it.

export interface FusionTerms {
  /** The contract that has the auction and pays out. */
  settlement: Address;
  /** Owner, and who receives. */
  maker: Address;
  makerAsset: Address;
  takerAsset: Address;
  makingAmount: bigint;
  /** Least that is received. */
  takingAmount: bigint;
  auction: Auction;
  /**
   * Who may fill it, in the order in which they may. `delay`: seconds after the one before, as the SDK writes it; SimpleSettlement 3.1.0 lets
   * each one pass before it adds his, so that there it counts for the next. What is paid does not hang on it.
   */
  resolvers: readonly { address: Address; delay: number }[];
  /** Seconds since 1970. */
  resolvableFrom: number;
  fees: FusionFees;
  /** Of 40 bits; the owner has each once. */
  nonce: bigint;
  /** Seconds since 1970. */
  validTo: number;
  /** Of 64 bits: the 32 above are 1inch's to tell where an order comes from. */
  salt: bigint;
}

/** As it is signed and sent, integers in decimal text. */
export interface LimitOrder {
  salt: string;
  maker: Address;
  receiver: Address;
  makerAsset: Address;
  takerAsset: Address;
  makingAmount: string;
  takingAmount: string;
  makerTraits: string;
}

const NOBODY: Address = '0x0000000000000000000000000000000000000000';
const HASH_BITS = 160n;
const EXPIRATION_AT = 80n;
export const NONCE_AT = 120n;
export const NONCE_MASK = (1n << 40n) - 1n;
const NO_PARTIAL_FILLS = 1n << 255n;
const POST_INTERACTION = 1n << 251n;
const HAS_EXTENSION = 1n << 249n;

export function fusionOrder(terms: FusionTerms): { order: LimitOrder; extension: Hex } {
  const { maker, makerAsset, takerAsset, settlement, fees, makingAmount, takingAmount, nonce, validTo } = terms;
  const extension = extensionOf(terms);
  const hash = hexToBigInt(slice(keccak256(extension), 12));
  const flags = NO_PARTIAL_FILLS | POST_INTERACTION | HAS_EXTENSION;
  const order = {
    ...{ salt: String((terms.salt << HASH_BITS) | hash), maker, receiver: hasFees(fees) ? settlement : NOBODY },
    ...{ makerAsset, takerAsset, makingAmount: String(makingAmount), takingAmount: String(takingAmount) },
    makerTraits: String(flags | (nonce << NONCE_AT) | (BigInt(validTo) << EXPIRATION_AT)),
  };
  return { order, extension };
}

/** @param router the contract that fills orders, which the Limit Order Protocol is part of */
export function fusionTypedData(order: LimitOrder, chainId: number, router: Address): TypedData {
  return {
    domain: { name: '1inch Aggregation Router', version: '6', chainId, verifyingContract: router },
    types: {
      Order: [
        { name: 'salt', type: 'uint256' },
        ...['maker', 'receiver', 'makerAsset', 'takerAsset'].map((name) => ({ name, type: 'address' })),
        ...['makingAmount', 'takingAmount', 'makerTraits'].map((name) => ({ name, type: 'uint256' })),
      ],
    },
    primaryType: 'Order',
    message: { ...order },
  };
}

/** Fees are taken where the contract is paid and pays on; else the owner is paid at once. */
function hasFees({ bps, surplusPercent }: FusionFees): boolean {
  return bps > 0 || surplusPercent > 0;
}

/** The fields of ExtensionLib in their order, after the ends of the first eight, the first in the lowest bits. */
function extensionOf(terms: FusionTerms): Hex {
  const getter = concatHex([terms.settlement, auctionBytes(terms.auction), feeBytes(terms.fees), listBytes(terms)]);
  const fields: Hex[] = ['0x', '0x', getter, getter, '0x', '0x', '0x', postInteraction(terms)];
  let end = 0;
  const ends = fields.map((field) => (end += size(field)));
  const offsets = ends.reduce((word, at, i) => word | (BigInt(at) << BigInt(32 * i)), 0n);
  return concatHex([numberToHex(offsets, { size: 32 }), ...fields]);
}

function auctionBytes(auction: Auction): Hex {
  const { gasBumpEstimate, gasPriceEstimate, startsAt, seconds, initialRateBump, points } = auction;
  return concatHex([
    encodePacked(
      ['uint24', 'uint32', 'uint32', 'uint24', 'uint24', 'uint8'],
      [gasBumpEstimate, gasPriceEstimate, startsAt, seconds, initialRateBump, points.length],
    ),
    ...points.map(({ coefficient, delay }) => encodePacked(['uint24', 'uint16'], [coefficient, delay])),
  ]);
}

/** Integrator fee and share, of which there are none; resolver fee; of whom is listed, how much of it is left. */
function feeBytes({ bps, whitelistDiscountPercent }: FusionFees): Hex {
  const fee = bps * Number(FEE_OF_BPS);
  return encodePacked(['uint16', 'uint8', 'uint16', 'uint8'], [0, 0, fee, 100 - whitelistDiscountPercent]);
}

/** The contract compares the lower halves of addresses. */
function listBytes({ resolvers }: FusionTerms): Hex {
  return concatHex([numberToHex(resolvers.length, { size: 1 }), ...resolvers.map(({ address }) => slice(address, 10))]);
}

function postInteraction({ settlement, fees, resolvers, resolvableFrom }: FusionTerms): Hex {
  return concatHex([
    settlement,
    '0x00', // pays the owner
    NOBODY, // integrator
    hasFees(fees) ? fees.receiver : NOBODY,
    feeBytes(fees),
    encodePacked(['uint32', 'uint8'], [resolvableFrom, resolvers.length]),
    ...resolvers.map(({ address, delay }) => concatHex([slice(address, 10), numberToHex(delay, { size: 2 })])),
    encodePacked(['uint256', 'uint8'], [fees.estimatedAmount, fees.surplusPercent]),
  ]);
}
