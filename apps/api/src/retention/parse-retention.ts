import type { PutRetentionBody } from '@rat/contracts';
import {
  decideRetention,
  InputError,
  RETENTION_KEYS,
  type RetentionChoice,
  type RetentionConfig,
  type RetentionKey,
} from '@rat/domain';

/** The choices of a body. Throws InputError for another value of a setting that cannot be set. */
export function parseRetention(
  body: PutRetentionBody,
  base: RetentionConfig,
  settable: readonly RetentionKey[],
): RetentionChoice {
  const asked: RetentionChoice = {};
  for (const key of RETENTION_KEYS) {
    const value = body[key];
    if (value !== undefined && value !== null) asked[key] = value;
  }
  const decided = decideRetention(asked, base, settable);
  if (decided.kind === 'chosen') return decided.choice;
  const message = decided.issues.map(({ path, message: what }) => `${path}: ${what}`).join('; ');
  throw new InputError(message, decided.issues);
}
