import { randomBytes } from 'node:crypto';
import { InputError, UnprocessableError, type TriggerConfig } from '@rat/domain';
import type { SecretBox } from '@rat/runtime';
import { digestToken } from './verify-delivery.ts';

/** What a write does with the secrets of a trigger. */
export interface SecretsChange {
  /** In the form in which they are stored; undefined: they stay. */
  secrets: Uint8Array[] | undefined;
  /** A token that was made for it, to be shown once. */
  token: string | undefined;
}

/**
 * Decides about the secrets of a trigger that is written: those of the request, those that it has, or a
 * new token. Tokens are stored as digests, and the secrets of signatures sealed, since their text is
 * needed. Throws InputError for secrets that are missing or are none of this kind, and
 * UnprocessableError without a key to seal them with.
 */
export function chooseSecrets(
  given: readonly string[] | undefined,
  configs: { next: TriggerConfig; current: TriggerConfig | undefined },
  box: SecretBox | undefined,
): SecretsChange {
  const { next, current } = configs;
  if (next.kind !== 'webhook') {
    refuseSecrets(given);
    return { secrets: [], token: undefined };
  }
  refuseUnsealable(next, box);
  if (given !== undefined)
    return { secrets: given.map(sealer(next.verify, box)), token: undefined };
  const isKept = current?.kind === 'webhook' && current.verify === next.verify;
  if (isKept) return { secrets: undefined, token: undefined };
  if (next.verify !== 'token') {
    throw wrong(
      `are missing: give the secret that the sender signs with, for verify: ${next.verify}`,
    );
  }
  const token = randomBytes(32).toString('hex');
  return { secrets: [digestToken(token)], token };
}

/** Throws UnprocessableError for a webhook whose secrets need a key to seal them with, without one. */
export function refuseUnsealable(config: TriggerConfig, box: SecretBox | undefined): void {
  if (config.kind !== 'webhook' || config.verify === 'token' || box !== undefined) return;
  const path = 'config.verify';
  const message = `${config.verify} needs RAT_SECRET_KEY at every API, to seal the secret in the database; verify: token needs none`;
  throw new UnprocessableError(`${path}: ${message}`, [{ path, message }]);
}

/** Throws InputError for secrets that a request gives what is no webhook. */
export function refuseSecrets(given: readonly string[] | null | undefined): void {
  if (given !== undefined && given !== null) {
    throw wrong('only a trigger of the kind webhook has them');
  }
}

function sealer(verify: string, box: SecretBox | undefined): (secret: string) => Uint8Array {
  return (secret) => {
    if (verify === 'token' || box === undefined) return digestToken(secret);
    if (verify === 'standard' && !/^(?:whsec_)?[A-Za-z0-9+/]{22,}={0,2}$/.test(secret)) {
      throw wrong('must be base64, such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    }
    return box.seal(Buffer.from(secret));
  };
}

function wrong(message: string): InputError {
  return new InputError(`secrets: ${message}`, [{ path: 'secrets', message }]);
}
