import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** How long a person may take at the identity provider. */
export const LOGIN_SECONDS = 600;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What a sign-in must remember between its two requests. */
const login = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
});
export type Login = z.infer<typeof login>;

/**
 * Seals a sign-in that was begun into a cookie of the browser that began it. So no row is stored for strangers, any replica
 * can finish the sign-in, and an answer of the provider is of no use in another browser. The key comes from the secret of
 * the client, which all replicas have.
 */
export class LoginCookies {
  readonly #key: Buffer;

  constructor({ clientId, clientSecret }: { clientId: string; clientSecret: string }) {
    this.#key = Buffer.from(hkdfSync('sha256', clientSecret, clientId, 'rat sign-in cookie', 32));
  }

  seal(content: Login): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Undefined for a text that this key has not sealed, and for a sign-in that took too long. */
  open(text: string, now = Date.now()): Login | undefined {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const rest = bytes.subarray(IV_BYTES + TAG_BYTES);
      const plain = Buffer.concat([decipher.update(rest), decipher.final()]).toString();
      const opened = login.parse(JSON.parse(plain));
      return opened.expiresAt > now ? opened : undefined;
    } catch {
      return undefined;
    }
  }
}
