import {
  getAddress,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  type Address,
  type Hex,
  type TransactionSerializedEIP1559,
} from 'viem';
import { Problem, type Fault } from '../../platform/problem.ts';
import type { SignatureRequest } from '../ports.ts';
import { same } from './poolReader.ts';

/** An EIP-1559 transaction, all of it; amounts in wei. */
export interface Transaction {
  chainId: number;
  nonce: number;
  to: Address;
  data: Hex;
  value: bigint;
  gas: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** Signed bytes and the hash that names them on the chain. */
export interface Signed {
  hash: Hex;
  raw: Hex;
}

/** As wallets take it (`eth_signTransaction`), its integers as decimal text. */
export function signatureRequest(from: Address, transaction: Transaction): SignatureRequest {
  const { chainId, nonce, to, data, value, gas, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const integers = { chainId, nonce, value, gas, maxFeePerGas, maxPriorityFeePerGas };
  const text = Object.fromEntries(Object.entries(integers).map(([name, integer]) => [name, integer.toString()]));
  const addresses = { from: getAddress(from), to: getAddress(to) };
  return { kind: 'transaction', payload: { type: 'eip1559', ...addresses, data, ...text } };
}

/**
 * The bytes, if they are the transaction that was asked for, signed by the account.
 *
 * @throws Problem `validation_failed` they are not; every field that differs is named, under /payload as the request has it
 */
export async function checkSigned(from: Address, asked: Transaction, raw: Hex): Promise<Signed> {
  const signed = parse(raw);
  const signer = await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerializedEIP1559 }).catch(
    () => undefined,
  );
  const faults: Fault[] = FIELDS.filter((field) => !equal(asked[field], signed[field])).map((field) => ({
    pointer: `/payload/${field}`,
    code: 'differs',
    detail: `The signed transaction has another ${field} than was asked for`,
  }));
  if (signed.accessList && signed.accessList.length > 0)
    faults.push({ pointer: '/payload/accessList', code: 'differs', detail: 'No access list was asked for' });
  if (!signer || !same(signer, from))
    faults.push({ pointer: '/payload/from', code: 'wrong_signer', detail: `It is not signed by ${from}` });
  if (faults.length > 0)
    throw new Problem('validation_failed', 'The signed transaction is not the one that was asked for', { faults });
  return { hash: keccak256(raw), raw };
}

const FIELDS = [
  ...(['chainId', 'nonce', 'to', 'data', 'value', 'gas', 'maxFeePerGas', 'maxPriorityFeePerGas'] as const),
] satisfies (keyof Transaction)[];

type Parsed = Partial<Record<keyof Transaction, unknown>> & { type?: string; accessList?: unknown };

function parse(raw: Hex): Parsed & { accessList?: readonly unknown[] } {
  try {
    const parsed = parseTransaction(raw) as unknown as Parsed & { accessList?: readonly unknown[] };
    if (parsed.type === 'eip1559') return parsed;
  } catch {
    // not a transaction at all
  }
  const detail = 'must be the bytes of a signed EIP-1559 transaction, in hexadecimal';
  throw new Problem('validation_failed', `The signature ${detail}`, {
    faults: [{ pointer: '', code: 'not_a_transaction', detail }],
  });
}

/** Fields that are zero or empty are left out of the bytes. */
function equal(asked: string | number | bigint, signed: unknown): boolean {
  if (typeof asked === 'string') return same(asked, typeof signed === 'string' ? signed : '0x');
  return BigInt(asked) === (signed === undefined ? 0n : BigInt(signed as bigint));
}
