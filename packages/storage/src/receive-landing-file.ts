import { createHash } from 'node:crypto';
import { ConflictError, UnavailableError } from '@rat/domain';
import { isMissing } from './is-missing.ts';
import { identityOf, type LandingFile, type LandingIdentity } from './landing-file.ts';
import { withZoneName, type LandingZones } from './landing-zones.ts';
import { ObjectExistsError } from './object-store.ts';

/** The destination of an upload. */
export interface LandingTarget {
  namespace: string;
  zone: string;
  name: string;
  /** Whether the upload may replace an existing file. */
  replace: boolean;
}

/** A file of the zone and its hash. */
export interface ReceivedFile extends LandingFile {
  /** In hexadecimal. */
  sha256: string;
}

/**
 * The file that has the name of an upload already and may not be replaced; undefined when the upload
 * is free to be stored. Called before the upload starts. Throws ConflictError for a symbolic link.
 */
export async function findTakenTarget(
  zones: LandingZones,
  target: LandingTarget,
): Promise<LandingIdentity | undefined> {
  const found = await zones.findFile(target.namespace, target.zone, target.name);
  return target.replace ? undefined : found;
}

/**
 * Compares an upload with the stored file `taken` of its name, piece by piece, and stores nothing.
 * The very same content is accepted: nothing is lost by it, and a sender that has lost the first
 * answer may simply send the file again. Throws ConflictError at the first byte that differs.
 * undefined: the file was moved or removed before the first byte was read, so the name is free.
 */
export async function receiveSameFile(
  zones: LandingZones,
  target: LandingTarget,
  taken: LandingIdentity,
  content: AsyncIterable<Uint8Array>,
): Promise<ReceivedFile | undefined> {
  const stored = zones.store.stream(zones.key(target.namespace, target.zone, target.name));
  const expected = stored[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let rest: Uint8Array;
  try {
    rest = await nextPiece(expected);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    for await (const piece of content) {
      hash.update(piece);
      let sent: Uint8Array = piece;
      while (sent.length > 0) {
        if (rest.length === 0) rest = await nextPiece(expected);
        const length = Math.min(sent.length, rest.length);
        const isSame = Buffer.from(sent.subarray(0, length)).equals(rest.subarray(0, length));
        if (length === 0 || !isSame) throw alreadyThere(target);
        sent = sent.subarray(length);
        rest = rest.subarray(length);
      }
    }
    if (rest.length > 0 || (await nextPiece(expected)).length > 0) throw alreadyThere(target);
    return { path: target.name, ...taken, sha256: hash.digest('hex') };
  } finally {
    await expected.return?.();
  }
}

/**
 * Stores a file of a zone once more, as itself: it is then another file for those that read the zone.
 * Returns `file` when the file has been moved or removed.
 */
export async function renewLandingFile(
  zones: LandingZones,
  target: LandingTarget,
  file: ReceivedFile,
): Promise<ReceivedFile> {
  const content = zones.store.stream(zones.key(target.namespace, target.zone, target.name));
  try {
    return await receiveLandingFile(zones, { ...target, replace: true }, content);
  } catch (error) {
    if (isMissing(error)) return file;
    throw error;
  }
}

/** The next piece that is not empty; an empty one at the end. */
async function nextPiece(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done === true) return new Uint8Array();
    if (value.length > 0) return value;
  }
}

/**
 * Stores an upload in a zone: a run sees the complete file or none. A broken upload leaves no file.
 * Throws ConflictError when the name is taken and may not be replaced, also when another upload of
 * that name was faster, and UnavailableError when the disk is full.
 */
export async function receiveLandingFile(
  zones: LandingZones,
  target: LandingTarget,
  content: AsyncIterable<Uint8Array>,
): Promise<ReceivedFile> {
  const { namespace, zone, name, replace } = target;
  const key = zones.key(namespace, zone, name);
  const hash = createHash('sha256');
  try {
    const stored = await withZoneName(namespace, zone, () =>
      zones.store.create(key, hashed(content, hash), { replace }),
    );
    return { path: name, ...identityOf(stored), sha256: hash.digest('hex') };
  } catch (error) {
    throw translate(error, target);
  }
}

async function* hashed(
  content: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of content) {
    hash.update(piece);
    yield piece;
  }
}

function translate(error: unknown, target: LandingTarget): unknown {
  if (error instanceof ObjectExistsError) return alreadyThere(target, error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new UnavailableError('the disk has no space left for this file', { cause: error });
}

function alreadyThere({ zone, name, replace }: LandingTarget, cause?: unknown): ConflictError {
  const message = replace
    ? `landing zone ${zone} has a folder named ${name}`
    : `landing zone ${zone} already has a file named ${name} with other content: send this one under another name, or with replace=true in place of it`;
  return new ConflictError(message, { cause });
}
