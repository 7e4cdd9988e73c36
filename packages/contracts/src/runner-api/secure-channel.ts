/*
 * The channel between the API and a runner: TLS with a key that both know (RFC 4279) and no certificate. Neither side sends
 * anything of a request before the other one has proven that it has the key. The key exchange is new for every connection,
 * so a key that leaks later opens no recorded traffic.
 */

/** A key of this form says that its runner speaks TLS. The keys of older runners stand in a header of plain HTTP. */
const SECURE_KEY = /^psk_/;

/** Makes the key of a runner from random bytes. */
export function toSecureKey(random: Uint8Array): string {
  return `psk_${Buffer.from(random).toString('base64url')}`;
}

/** Whether the runner of this key speaks TLS. */
export function isSecureKey(key: string): boolean {
  return SECURE_KEY.test(key);
}

/** Options of TLS on both sides. TLS 1.3 has no cipher suites for keys that both know, in Node's interface. */
export const CHANNEL_TLS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const;

/** The name with which the API introduces itself; the key decides. */
export const CHANNEL_IDENTITY = 'api';
