import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** The first byte of everything that is sealed: which format follows. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Something sealed with another key, for another purpose, or changed since. */
export class SealError extends Error {
  override name = 'SealError';
}

/** Seals secrets that are stored in the database, so that a copy of it alone discloses none. */
export interface SecretBox {
  /** Each call has another result. */
  seal: (secret: Uint8Array) => Buffer;
  /** Throws SealError. */
  open: (sealed: Uint8Array) => Buffer;
}

/**
 * Opens a box under a key, by AES-256-GCM. A secret that was sealed for one purpose cannot be opened for
 * another.
 *
 * @example
 * const box = openSecretBox(env.RAT_SECRET_KEY, 'webhooks');
 * box.open(box.seal(Buffer.from('whsec_…')));
 */
export function openSecretBox(key: string, purpose: string): SecretBox {
  const derived = Buffer.from(hkdfSync('sha256', key, '', `rat secrets: ${purpose}`, 32));
  return {
    seal: (secret) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', derived, nonce);
      const text = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([Buffer.of(FORMAT), nonce, text, cipher.getAuthTag()]);
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== FORMAT || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) {
        throw new SealError('this is nothing that was sealed');
      }
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', derived, nonce);
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(text), decipher.final()]);
      } catch (cause) {
        throw new SealError('a secret was sealed with another key, or changed since', { cause });
      }
    },
  };
}
