/** How many digits of the content hash a tag shows: enough to tell two databases apart. */
const HASH_DIGITS = 16;

const VERSION_TAG = /^"(\d{1,9})-([0-9a-z]{1,16})"$/;

/**
 * The strong entity tag of a version of a pipeline. It names the version, so that a refused write can
 * show what its client had read. The hash guards against the same number in another database. A pipeline
 * without a version has version 0 and no hash.
 *
 * @example
 * versionTag(3, '1f2e3d4c5b6a79880102…'); // '"3-1f2e3d4c5b6a7988"'
 */
export function versionTag(version: number, contentHash: string): string {
  return `"${version}-${contentHash.slice(0, HASH_DIGITS) || '0'}"`;
}

/** The version that a tag names; undefined for any other text. */
export function parseVersionTag(tag: string): number | undefined {
  const version = VERSION_TAG.exec(tag)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** The strong entity tag of a draft; its revision is new at every write. */
export function draftTag(revision: string): string {
  return `"draft-${revision}"`;
}

/** What a write expects of the thing that it changes: the headers `If-Match` and `If-None-Match: *`. */
export interface Precondition {
  /** The thing has one of these tags; `any`: it exists. */
  match?: readonly string[] | 'any' | undefined;
  /** The thing does not exist. */
  isAbsent?: boolean | undefined;
}

/**
 * Whether a thing with these tags meets the precondition; without a tag, the thing does not exist.
 * Tags are compared as text (RFC 9110 8.8.3.2, strong comparison): a weak tag never matches.
 *
 * @example
 * holdsPrecondition({ match: ['"3-1f2e"'] }, [versionTag(4, hash)]); // false
 */
export function holdsPrecondition(
  { match, isAbsent = false }: Precondition,
  tags: readonly string[],
): boolean {
  if (isAbsent && tags.length > 0) return false;
  if (match === undefined) return true;
  return match === 'any' ? tags.length > 0 : tags.some((tag) => match.includes(tag));
}
