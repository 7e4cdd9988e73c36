import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How the sender of a delivery proves itself; the settings of a webhook have it in this form. */
export interface VerifyRule {
  verify: 'token' | 'github' | 'stripe' | 'standard' | 'slack' | 'hmac';
  /** Exactly with `hmac`. */
  signature: {
    header: string;
    algorithm: 'sha1' | 'sha256' | 'sha512';
    encoding: 'hex' | 'base64';
  } | null;
}

/** A delivery as it arrived. A signature is about bytes: text that was decoded and encoded may differ. */
export interface Delivery {
  header: (name: string) => string | undefined;
  body: Uint8Array;
}

/**
 * - `missing`: it has no proof where the rule expects one, or one that cannot be read.
 * - `stale`: its stamp is too far from now, so that it may be a repeat of an old one.
 * - `wrong`: no secret makes this proof.
 */
export type Verdict = 'genuine' | 'missing' | 'stale' | 'wrong';

/** How far the stamp of a delivery may be from now. */
const TOLERANCE_MS = 300_000;

/** More signatures than any sender puts into one header; each costs a hash of the body. */
const SIGNATURES_MAX = 10;

/**
 * Decides whether a delivery is from an owner of one of `secrets`: two while one is being replaced. For
 * `token` they are the SHA-256 of the tokens, otherwise the keys of the signature. All comparisons take
 * the same time wherever the first difference is.
 *
 * @example
 * verifyDelivery({ verify: 'github', signature: null }, [key], { header, body }, new Date());
 */
export function verifyDelivery(
  rule: VerifyRule,
  secrets: readonly Uint8Array[],
  delivery: Delivery,
  now: Date,
): Verdict {
  const proof = readProof(rule, delivery);
  if (proof === undefined || proof.given.length === 0) return 'missing';
  // Decided after the comparison: the time of the answer must not depend on the stamp.
  const isKnown = secrets
    .map((secret) => proof.expect(secret))
    .some((expected) => proof.given.map((given) => isEqual(given, expected)).includes(true));
  if (!isKnown) return 'wrong';
  const { stampMs } = proof;
  const isStale = stampMs !== undefined && Math.abs(now.getTime() - stampMs) > TOLERANCE_MS;
  return isStale ? 'stale' : 'genuine';
}

/** The stored form of a token: who reads the database learns no token. */
export function digestToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The key of a signature, of the text that a person is shown by the sender. */
export function keyOf({ verify }: Pick<VerifyRule, 'verify'>, secret: string): Buffer {
  if (verify === 'standard') return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return Buffer.from(secret, 'utf8');
}

/** What a delivery shows, and what each secret would have made. */
interface Proof {
  given: Buffer[];
  stampMs?: number | undefined;
  expect: (secret: Uint8Array) => Buffer;
}

function readProof({ verify, signature }: VerifyRule, delivery: Delivery): Proof | undefined {
  const { header, body } = delivery;
  switch (verify) {
    case 'token': {
      const token = tokenOf(header);
      return token === undefined
        ? undefined
        : { given: [digestToken(token)], expect: (digest) => Buffer.from(digest) };
    }
    case 'github': {
      const hex = /^sha256=(.+)$/.exec(header('x-hub-signature-256') ?? '')?.[1];
      return { given: decoded(hex, 'hex'), expect: hmac('sha256', [body]) };
    }
    case 'stripe': {
      const parts = (header('stripe-signature') ?? '').split(',').map((part) => part.trim());
      const valuesOf = (name: string): string[] =>
        parts
          .filter((part) => part.startsWith(`${name}=`))
          .map((part) => part.slice(name.length + 1));
      const [stamp = ''] = valuesOf('t');
      const given = valuesOf('v1').slice(0, SIGNATURES_MAX);
      return stamped(stamp, {
        given: given.flatMap((hex) => decoded(hex, 'hex')),
        expect: hmac('sha256', [`${stamp}.`, body]),
      });
    }
    case 'standard': {
      const stamp = header('webhook-timestamp') ?? '';
      const given = (header('webhook-signature') ?? '').split(' ').slice(0, SIGNATURES_MAX);
      return stamped(stamp, {
        given: given.flatMap((one) => decoded(/^v1,(.+)$/.exec(one)?.[1], 'base64')),
        expect: hmac('sha256', [`${header('webhook-id') ?? ''}.${stamp}.`, body]),
      });
    }
    case 'slack': {
      const stamp = header('x-slack-request-timestamp') ?? '';
      const hex = /^v0=(.+)$/.exec(header('x-slack-signature') ?? '')?.[1];
      return stamped(stamp, {
        given: decoded(hex, 'hex'),
        expect: hmac('sha256', [`v0:${stamp}:`, body]),
      });
    }
    case 'hmac': {
      if (signature === null) return undefined;
      const { algorithm, encoding } = signature;
      // Many senders put the name of the algorithm in front.
      const text = header(signature.header)?.replace(new RegExp(`^${algorithm}=`, 'i'), '');
      return { given: decoded(text, encoding), expect: hmac(algorithm, [body]) };
    }
  }
}

/** The token of a delivery, in its own header or as a bearer token. */
export function tokenOf(header: Delivery['header']): string | undefined {
  return header('x-webhook-token') ?? /^bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1];
}

function stamped(stamp: string, proof: Proof): Proof | undefined {
  return /^\d{1,12}$/.test(stamp) ? { ...proof, stampMs: Number(stamp) * 1_000 } : undefined;
}

function hmac(algorithm: string, parts: readonly (string | Uint8Array)[]): Proof['expect'] {
  return (key) => {
    const mac = createHmac(algorithm, key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
}

/** Node skips characters that are none of the encoding, so the shape is checked first. */
function decoded(text: string | undefined, encoding: 'hex' | 'base64'): Buffer[] {
  const shape = encoding === 'hex' ? /^(?:[0-9a-f]{2})+$/i : /^[A-Za-z0-9+/]+={0,2}$/;
  return text !== undefined && shape.test(text) ? [Buffer.from(text, encoding)] : [];
}

/** The lengths are no secret. */
function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
