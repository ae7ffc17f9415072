import { getAddress, recoverMessageAddress, type Address, type Hex } from 'viem';
import type { Fault } from '../../platform/problem.ts';
import { same } from './poolReader.ts';
import { localSigner, SigningError, type OnchainSecrets } from './signer.ts';

// An address belongs to the first tenant that trades with it: nobody may name one that is another's.

/** What the address signs to say that a tenant may trade with it; of no use to another tenant, on another chain, or as a transaction. */
export function ownershipText(tenantId: string, chainIds: readonly number[], address: Address): string {
  return `Ballast: tenant ${tenantId} may trade with ${getAddress(address.toLowerCase())} on chain ${chainIds.join(', ')}`;
}

/**
 * Why it is not shown that the address is the tenant's, undefined where it is: by the key itself, or by a signature (EIP-191,
 * `personal_sign`) over {@link ownershipText} where the key is not here.
 */
export async function ownershipFault(
  tenantId: string,
  chainIds: readonly number[],
  { address, signer }: OnchainSecrets,
  proof: string | undefined,
): Promise<Fault | undefined> {
  if (signer.kind === 'local') return keyFault(address as Address, signer.privateKey as Hex);
  const text = ownershipText(tenantId, chainIds, address as Address);
  const asked = `Sign exactly this text with the key of the address, as personal_sign does (EIP-191): ${text}`;
  if (proof === undefined) return { pointer: '/credentials/proof', code: 'missing', detail: asked };
  const signed = await recoverMessageAddress({ message: text, signature: proof as Hex }).catch(() => undefined);
  if (signed && same(signed, address)) return undefined;
  return { pointer: '/credentials/proof', code: 'wrong_signature', detail: `It is not of the address. ${asked}` };
}

function keyFault(address: Address, key: Hex): Fault | undefined {
  try {
    localSigner(address, key);
    return undefined;
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { pointer: '/credentials/signer/privateKey', code: 'wrong_key', detail: `It is refused: ${error.message}` };
  }
}
