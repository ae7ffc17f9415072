import { describe, expect, it } from 'vitest';
import { concatHex, slice, zeroHash, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { localSigner } from '../../../../src/execution/chains/signer.ts';
import { canonical, isSignedBy, signedBy } from '../../../../src/execution/chains/typedData.ts';

const KEY: Hex = `0x${'4c'.repeat(32)}`;
const signer = localSigner(privateKeyToAccount(KEY).address, KEY);
const typed = {
  domain: { name: 'Test', chainId: 1 },
  types: { Note: [{ name: 'text', type: 'string' }] },
  ...{ primaryType: 'Note', message: { text: 'hello' } },
};
const signed = await signer.signTypedData(typed);

describe('bytes in the place of a signature', () => {
  it.each<[string, Hex]>([
    ['nothing', '0x'],
    ['a byte', '0x00'],
    ['too short', slice(signed, 0, 64)],
    ['too long', concatHex([signed, '0x00'])],
    ['an end that is neither 0, 1, 27 nor 28', concatHex([slice(signed, 0, 64), '0x05'])],
    ['r and s of zero', concatHex([zeroHash, zeroHash, '0x1b'])],
    ['r and s beyond the curve', `0x${'ff'.repeat(64)}1b`],
  ])('%s: stay as they are, and are of nobody', async (_, bytes) => {
    expect(canonical(bytes)).toBe(bytes);
    expect(await isSignedBy(signer.address, typed, canonical(bytes))).toBe(false);
    expect(await signedBy({ ...signer, signTypedData: () => Promise.resolve(bytes) }, typed)).toBeUndefined();
  });

  it('are written as contracts take them where a wallet ends them otherwise, and are of their signer', async () => {
    const written = concatHex([slice(signed, 0, 64), signed.endsWith('1b') ? '0x00' : '0x01']);
    expect(canonical(written)).toBe(signed);
    expect(await isSignedBy(signer.address, typed, signed)).toBe(true);
  });
});
