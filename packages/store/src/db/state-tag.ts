import { createHash } from 'node:crypto';
import {
  holdsPrecondition,
  PreconditionError,
  type ContentSide,
  type Precondition,
} from '@rat/domain';

/** How many digits of the hash a tag shows. */
const HASH_DIGITS = 16;

/** The state of a thing that a write may expect. */
interface CurrentState {
  tag: string;
  /** When it was changed last. */
  at: Date;
  author?: string | undefined;
}

/**
 * The strong entity tag of what people set of a thing. Two writes within a millisecond have two tags, and what the platform
 * notes about the thing does not change its tag.
 *
 * @example
 * stateTag([view.name, view.query, view.shared]); // '"1f2e3d4c5b6a7988"'
 */
export function stateTag(fields: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(fields)).digest('hex');
  return `"${hash.slice(0, HASH_DIGITS)}"`;
}

/** What is current of settings, for the refusal of a write that has read an earlier state of them. */
export function settingsSide({ tag, at, author }: CurrentState): ContentSide {
  return { kind: 'settings', etag: tag, version: 0, author, at };
}

/**
 * Throws PreconditionError when a thing does not have the state that a write expects. Its row must be locked until the write
 * commits: then one of two writes that expect the same state comes second, and is refused.
 */
export function refuseUnlessState(
  precondition: Precondition,
  what: string,
  current: CurrentState,
): void {
  const { tag } = current;
  if (holdsPrecondition(precondition, [tag])) return;
  throw new PreconditionError(
    `${what} has changed since it was read: its tag is ${tag} now, which If-Match does not name; read it again`,
    { yours: undefined, current: settingsSide(current) },
  );
}
