import { z } from 'zod';
import { text } from '../platform/text.ts';

// What Ballast needs to trade in a tenant's name. Secrets go in and never come out.

const secret = z.string().min(1).max(4_000);
export const evmAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address: 0x and 40 hexadecimal digits')
  .meta({ examples: ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8'] });

const exchange = {
  apiKey: secret.meta({ description: 'API key of the account; at Deribit the client id' }),
  apiSecret: secret.meta({ description: 'Its secret' }),
};

const SignerSchema = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('client') })
      .meta({ id: 'ClientSigner', description: 'Ballast holds no key: executions answer what is to be signed' }),
    z
      .strictObject({
        kind: z.literal('local'),
        privateKey: z
          .string()
          .regex(/^0x[0-9a-fA-F]{64}$/, 'must be 0x and 64 hexadecimal digits')
          .meta({ description: 'Kept encrypted (AES-256-GCM), never answered' }),
      })
      .meta({ id: 'LocalSigner' }),
    z
      .strictObject({ kind: z.literal('remote'), url: z.url(), token: secret.optional() })
      .meta({ id: 'RemoteSigner', description: 'A signing service that speaks Web3Signer JSON-RPC' }),
  ])
  .meta({ id: 'Signer' });

const deribit = z.strictObject({ venue: z.literal('deribit'), ...exchange }).meta({ id: 'DeribitCredentials' });
const binance = z.strictObject({ venue: z.literal('binance'), ...exchange }).meta({ id: 'BinanceCredentials' });
const okx = z.strictObject({ venue: z.literal('okx'), ...exchange, passphrase: secret }).meta({ id: 'OkxCredentials' });
const onchain = z.strictObject({
  venue: z.literal('onchain'),
  chain: text(40).meta({ description: 'Name of a configured chain', examples: ['ethereum'] }),
  otherChains: z.array(text(40)).max(19).optional().meta({
    description: 'More configured chains that the address trades on: each order goes, whole, where it is worth most',
  }),
  address: evmAddress,
  signer: SignerSchema.default({ kind: 'client' }),
});

const VenueCredentialsSchema = z.discriminatedUnion('venue', [
  deribit,
  binance,
  okx,
  onchain
    .extend({
      proof: z
        .string()
        .regex(/^0x[0-9a-fA-F]{130}$/, 'must be a signature: 0x and 130 hexadecimal digits')
        .optional()
        .meta({
          description:
            'That the address is yours, where its key is not here (signers client and remote): its signature (EIP-191, personal_sign) of the text that the answer names while this is missing or wrong',
        }),
    })
    .meta({ id: 'OnchainCredentials' }),
]);

/** As they are sealed: a proof has done its work. */
export const VenueAccountSecretsSchema = z.discriminatedUnion('venue', [deribit, binance, okx, onchain]);
/** What a venue is handed to act for an account. Never logged, never answered. */
export type VenueAccountSecrets = z.infer<typeof VenueAccountSecretsSchema>;

export const VenueAccountInputSchema = z.strictObject({ name: text(200), credentials: VenueCredentialsSchema }).meta({
  id: 'VenueAccountRequest',
  examples: [{ name: 'Desk 1', credentials: { venue: 'deribit', apiKey: 'client-id', apiSecret: 'client-secret' } }],
});
export type VenueAccountInput = z.infer<typeof VenueAccountInputSchema>;

export const VenueAccountSchema = z
  .object({
    id: z.uuid(),
    venue: z.string(),
    name: z.string(),
    chain: z.string().nullable().meta({ description: 'onchain: the chain' }),
    otherChains: z.array(z.string()).meta({ description: 'onchain: more chains that the address trades on' }),
    address: z.string().nullable().meta({ description: 'onchain: the address that trades' }),
    signer: z.enum(['client', 'local', 'remote']).nullable().meta({ description: 'onchain: who signs' }),
    reconciledAt: z.iso.datetime().nullable().meta({
      description: 'When its open orders were last compared with ours; nothing is sent before the first time',
    }),
    externalOrders: z.int().meta({ description: 'Open orders found there that are not ours, at that time' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'VenueAccount' });
export type VenueAccountView = z.infer<typeof VenueAccountSchema>;

export const ExternalOrderSchema = z
  .object({
    venueOrderId: z.string(),
    clientOrderId: z.string().nullable(),
    instrument: z.string().meta({ description: "The venue's own name" }),
    side: z.enum(['buy', 'sell']),
    quantity: z.string(),
    filledQuantity: z.string(),
    firstSeenAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
  })
  .meta({ id: 'ExternalOrder', description: 'An open order at the venue that Ballast did not send' });
export type ExternalOrder = z.infer<typeof ExternalOrderSchema>;
