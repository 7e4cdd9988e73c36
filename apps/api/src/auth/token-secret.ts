import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const BYTES = 32;

/** A new secret of 256 random bits. The prefix lets people and scanners of leaks recognise it. */
export function createSecret(kind: 'token' | 'session' | 'ticket'): string {
  return `${PREFIXES[kind]}${randomBytes(BYTES).toString('base64url')}`;
}

/** Whether a text has the form of a secret of this kind. */
export function isSecret(kind: keyof typeof PREFIXES, text: string): boolean {
  return text.startsWith(PREFIXES[kind]) && SECRET.test(text.slice(PREFIXES[kind].length));
}

/** 32 bytes in base64url. */
const SECRET = /^[\w-]{43}$/;

const PREFIXES = { token: 'rat_', session: 'rats_', ticket: 'ratt_' };

/** What is stored of a secret. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares in a time that does not depend on where two hashes differ. */
export function isSameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
