import { parseSignature, recoverTypedDataAddress, serializeSignature, size, type Address, type Hex } from 'viem';
import { Problem } from '../../platform/problem.ts';
import { same } from './poolReader.ts';
import { SigningError, type Signer, type TypedData } from './signer.ts';

/** r, s and v; a signed transaction is longer. */
export const SIGNATURE_BYTES = 65;

/** Undefined while the signer does not answer, and where what it answers is no signature of the owner's. */
export async function signedBy(signer: Signer, data: TypedData): Promise<Hex | undefined> {
  try {
    const signature = canonical(await signer.signTypedData(data));
    return (await isSignedBy(signer.address, data, signature)) ? signature : undefined;
  } catch (error) {
    if (error instanceof SigningError) return undefined;
    throw error;
  }
}

/** With 27 or 28 at its end, as contracts take it; some wallets write 0 or 1. What is no signature stays as it is. */
export function canonical(signature: Hex): Hex {
  if (size(signature) !== SIGNATURE_BYTES) return signature;
  try {
    return serializeSignature(parseSignature(signature));
  } catch {
    return signature;
  }
}

export async function isSignedBy(owner: Address, data: TypedData, signature: Hex): Promise<boolean> {
  const by = await recoverTypedDataAddress({ ...data, signature } as never).catch(() => undefined);
  return by !== undefined && same(by, owner);
}

export function wrongSigner(owner: Address): Problem {
  const detail = `It is no signature of the typed data by ${owner}`;
  const fault = { pointer: '/signed', code: 'wrong_signer', detail };
  return new Problem('validation_failed', 'The signature is not the one that was asked for', { faults: [fault] });
}
