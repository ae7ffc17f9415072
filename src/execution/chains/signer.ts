import { getTypesForEIP712Domain, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { VenueAccountSecrets } from '../venueAccountModel.ts';
import { checkSigned, type Signed, type Transaction } from './transaction.ts';

/** Typed data (EIP-712) as viem and wallets take it. */
export interface TypedData {
  domain: Record<string, unknown>;
  types: Record<string, { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

/** Signs in the name of one address. Keys stay inside: nothing that it throws or answers holds one. */
export interface Signer {
  address: Address;
  /** Throws `SigningError` when it cannot; asking again with the same transaction is always safe. */
  signTransaction(transaction: Transaction): Promise<Signed>;
  signTypedData(data: TypedData): Promise<Hex>;
}

/** Nothing was signed, as far as is known; nothing was sent. */
export class SigningError extends Error {
  override readonly name = 'SigningError';
}

export type OnchainSecrets = Extract<VenueAccountSecrets, { venue: 'onchain' }>;

/** The signer of an account, or undefined when its owner signs. */
export function openSigner(secrets: OnchainSecrets, clock: Clock): Signer | undefined {
  const { signer } = secrets;
  const address = secrets.address as Address;
  if (signer.kind === 'client') return undefined;
  if (signer.kind === 'local') return localSigner(address, signer.privateKey as Hex);
  return remoteSigner({ address, clock, url: signer.url, ...(signer.token ? { token: signer.token } : {}) });
}

/** @throws SigningError the key is not that of the address */
export function localSigner(address: Address, privateKey: Hex): Signer {
  const account = accountOf(privateKey);
  if (account.address.toLowerCase() !== address.toLowerCase())
    throw new SigningError(`the key of the account is not that of ${address}`);
  return {
    address,
    async signTransaction(transaction) {
      return checkSigned(address, transaction, await account.signTransaction({ type: 'eip1559', ...transaction }));
    },
    signTypedData: (data) => account.signTypedData(data as never),
  };
}

/** The library's own message would quote the key. */
function accountOf(privateKey: Hex) {
  try {
    return privateKeyToAccount(privateKey);
  } catch {
    throw new SigningError('the key of the account is no private key');
  }
}

const TIMEOUT_MS = 10_000;
const AnswerSchema = z.object({
  result: z
    .string()
    .regex(/^0x[0-9a-fA-F]*$/)
    .optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

/**
 * A signing service that speaks Web3Signer's JSON-RPC: `eth_signTransaction` and `eth_signTypedData`. What it answers is
 * checked against what it was asked: it may sign nothing else in our name.
 */
export function remoteSigner(deps: { address: Address; url: string; token?: string; clock: Clock }): Signer {
  const { address, url, token, clock } = deps;

  const call = async (method: string, params: unknown[]): Promise<Hex> => {
    const done = new AbortController();
    const late = new AbortController();
    void clock.sleep(TIMEOUT_MS, done.signal).then(() => !done.signal.aborted && late.abort());
    try {
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: late.signal,
      });
      const { result, error } = AnswerSchema.parse(await answer.json());
      if (result) return result as Hex;
      throw new SigningError(`the signer refused ${method}: ${error?.message ?? `status ${answer.status}`}`);
    } catch (error) {
      if (error instanceof SigningError) throw error;
      throw new SigningError(`the signer did not answer ${method}`);
    } finally {
      done.abort();
    }
  };

  return {
    address,
    async signTransaction(transaction) {
      const raw = await call('eth_signTransaction', [rpcTransaction(address, transaction)]);
      return checkSigned(address, transaction, raw).catch(() => {
        throw new SigningError('the signer signed something else than it was asked to');
      });
    },
    signTypedData: (data) => call('eth_signTypedData', [address, walletData(data)]),
  };
}

/** Quantities as JSON-RPC has them. Web3Signer takes no chain id: it is the one that it was started for. */
function rpcTransaction(from: Address, transaction: Transaction) {
  const { to, data, chainId, nonce, gas, value, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const quantities = { chainId, nonce, gas, value, maxFeePerGas, maxPriorityFeePerGas };
  const hex = Object.entries(quantities).map(([name, quantity]) => [name, `0x${quantity.toString(16)}`]);
  return { from, to, data, ...Object.fromEntries(hex) };
}

/** As `eth_signTypedData_v4` takes it, which wants the type of the domain told. */
export function walletData({ domain, types, primaryType, message }: TypedData): Record<string, unknown> {
  const EIP712Domain = getTypesForEIP712Domain({ domain });
  return { domain, types: { EIP712Domain, ...types }, primaryType, message };
}
