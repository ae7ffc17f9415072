import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Ids } from './ids.ts';

/** Keeps secrets unreadable in the database. */
export interface Cipher {
  seal(text: string): Buffer;
  open(sealed: Buffer): string;
}

const NONCE = 12;
const TAG = 16;

/** AES-256-GCM; what is sealed is nonce, tag and ciphertext, one after another. */
export function createCipher(key: Buffer, ids: Ids): Cipher {
  return {
    seal(text) {
      const nonce = ids.random(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE));
      decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]).toString('utf8');
    },
  };
}
