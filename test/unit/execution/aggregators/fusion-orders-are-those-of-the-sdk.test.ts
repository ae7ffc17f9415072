import { hashTypedData, type Address, type Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { receivedAt } from '../../../../src/execution/aggregators/fusionAuction.ts';
import { fusionOrder, fusionTypedData, type FusionTerms } from '../../../../src/execution/aggregators/fusionOrder.ts';

// The order of `should create fusion order` in fusion-order.spec.js of npm @1inch/fusion-sdk 2.4.15, for the whole and with a nonce, and one
// with fees, an exclusive resolver and the price of gas: what that SDK makes of them. The salt of the first is that of its own test.

const ROUTER: Address = '0x111111125421ca6dc452d289314280a0f8842a65';
const NO_ESTIMATE = 2n ** 256n - 1n;
const RESOLVERS: Address[] = [
  '0x00000000219ab540356cbb839cbe05303d7705fa',
  '0x84d99aa569d93a9ca187d83734c8c4a519c4e9b1',
  '0xcfa62f77920d6383be12c91c71bd403599e1116f',
];

const plain: FusionTerms = {
  settlement: '0x8273f37417da37c4a6c3995e82cf442f87a25d9c',
  maker: '0x00000000219ab540356cbb839cbe05303d7705fa',
  makerAsset: '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2',
  takerAsset: '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48',
  ...{ makingAmount: 10n ** 18n, takingAmount: 1_420_000_000n, nonce: 12_345n, salt: 10n, validTo: 1_673_548_341 },
  auction: {
    ...{ startsAt: 1_673_548_149, seconds: 180, initialRateBump: 50_000, points: [{ coefficient: 20_000, delay: 12 }] },
    ...{ gasBumpEstimate: 0, gasPriceEstimate: 0 },
  },
  resolvers: [{ address: RESOLVERS[0]!, delay: 0 }],
  resolvableFrom: 1_673_548_139,
  fees: {
    ...{ receiver: '0x1111111254eeb25477b68fb85ed929f73a960582', bps: 0, whitelistDiscountPercent: 0 },
    ...{ estimatedAmount: NO_ESTIMATE, surplusPercent: 0 },
  },
};

const START = 1_673_548_169;
const withFees: FusionTerms = {
  ...plain,
  ...{ nonce: 2n ** 40n - 1n, validTo: START + 192, resolvableFrom: START - 20 },
  auction: {
    ...{ startsAt: START, seconds: 180, initialRateBump: 50_000, gasBumpEstimate: 8_000, gasPriceEstimate: 1_500 },
    points: [
      { coefficient: 20_000, delay: 12 },
      { coefficient: 9_000, delay: 40 },
    ],
  },
  resolvers: [
    { address: RESOLVERS[1]!, delay: 0 },
    { address: RESOLVERS[0]!, delay: 20 },
    { address: RESOLVERS[2]!, delay: 0 },
  ],
  fees: { ...plain.fees, bps: 25, whitelistDiscountPercent: 40, estimatedAmount: 1_430_000_000n, surplusPercent: 50 },
};

interface Vector {
  terms: FusionTerms;
  salt: string;
  makerTraits: string;
  receiver: Address;
  hash: Hex;
  extension: string[];
}

const vectors: Record<string, Vector> = {
  'that pays its owner at once': {
    terms: plain,
    salt: '14806972048616591160256394064723634084331321369214',
    makerTraits: '62419173104490761595518734106245825343562672739982452811645516698146532491264',
    receiver: '0x0000000000000000000000000000000000000000',
    hash: '0x640e48efcfc6b230c036cf08dc6ac6e08cfc4acb2efb11a3db94776c71d144f7',
    extension: [
      '000000ed000000780000007800000078000000780000003c00000000000000008273f37417da37c4a6c3995e82cf442f87a25d9c',
      '0000000000000063c051750000b400c35001004e20000c00000000006401bb839cbe05303d7705fa8273f37417da37c4a6c3995e',
      '82cf442f87a25d9c0000000000000063c051750000b400c35001004e20000c00000000006401bb839cbe05303d7705fa8273f374',
      '17da37c4a6c3995e82cf442f87a25d9c000000000000000000000000000000000000000000000000000000000000000000000000',
      '000000000000000000006463c0516b01bb839cbe05303d7705fa0000ffffffffffffffffffffffffffffffffffffffffffffffff',
      'ffffffffffffffff00',
    ],
  },
  'with fees, gas and one resolver before the others': {
    terms: withFees,
    salt: '15378291400995460835510009767516870328935451966917',
    makerTraits: '62419173104490761595518734107707326964482926822225590456007790044164825022464',
    receiver: '0x8273f37417da37c4a6c3995e82cf442f87a25d9c',
    hash: '0x641f8e1196358b55cc5661d8e4737e8fa9c54cb995ec867f8f2b0df0df68f349',
    extension: [
      '00000137000000aa000000aa000000aa000000aa0000005500000000000000008273f37417da37c4a6c3995e82cf442f87a25d9c',
      '001f40000005dc63c051890000b400c35002004e20000c002328002800000000fa3c03d83734c8c4a519c4e9b1bb839cbe05303d',
      '7705fac91c71bd403599e1116f8273f37417da37c4a6c3995e82cf442f87a25d9c001f40000005dc63c051890000b400c3500200',
      '4e20000c002328002800000000fa3c03d83734c8c4a519c4e9b1bb839cbe05303d7705fac91c71bd403599e1116f8273f37417da',
      '37c4a6c3995e82cf442f87a25d9c0000000000000000000000000000000000000000001111111254eeb25477b68fb85ed929f73a',
      '96058200000000fa3c63c0517503d83734c8c4a519c4e9b10000bb839cbe05303d7705fa0014c91c71bd403599e1116f00000000',
      '0000000000000000000000000000000000000000000000000000553c118032',
    ],
  },
};

describe.each(Object.entries(vectors))('an order of Fusion %s', (_, { terms, hash, extension, ...expected }) => {
  it("is, byte for byte, that of 1inch's SDK, and has the same name", () => {
    const made = fusionOrder(terms);
    expect(made.extension).toBe(`0x${extension.join('')}`);
    expect(made.order).toMatchObject({ ...expected, makingAmount: '1000000000000000000', takingAmount: '1420000000' });
    expect(hashTypedData(fusionTypedData(made.order, 1, ROUTER) as never)).toBe(hash);
  });
});

it('another salt, nonce, amount or extension is another order', () => {
  const nameOf = (changes: Partial<FusionTerms>) =>
    hashTypedData(fusionTypedData(fusionOrder({ ...plain, ...changes }).order, 1, ROUTER) as never);
  const changes: Partial<FusionTerms>[] = [
    {},
    { salt: 11n },
    { nonce: 12_346n },
    { takingAmount: 1n },
    { validTo: 1_673_548_342 },
    { resolvableFrom: 1_673_548_140 },
  ];
  expect(new Set(changes.map(nameOf)).size).toBe(changes.length);
});

/** Seconds after the start, base fee in wei, and what `getUserReceiveAmount` of the SDK has for a resolver on the list. */
const RECEIVED: [number, bigint, bigint][] = [
  [-5, 0n, 1_427_100_000n],
  [0, 1_500_000_000n, 1_425_964_000n],
  [7, 0n, 1_424_615_001n],
  [12, 3_000_000_000n, 1_420_568_000n],
  [13, 0n, 1_422_800_951n],
  [52, 0n, 1_421_278_000n],
  [100, 900_000_000n, 1_420_117_151n],
  [179, 0n, 1_420_009_941n],
  [180, 0n, 1_420_000_000n],
  [500, 0n, 1_420_000_000n],
];
it.each(RECEIVED)(
  'pays %i s after its start, at a base fee of %i wei, what the SDK says',
  (after, baseFee, expected) => {
    const { takingAmount, auction, fees } = withFees;
    expect(receivedAt(takingAmount, auction, fees, START + after, baseFee)).toBe(expected);
  },
);
