import { createHash } from 'node:crypto';
import { ConflictError, UnavailableError } from '@rat/domain';
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

export interface ReceivedFile {
  name: string;
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
}

/**
 * Throws ConflictError when the file exists and may not be replaced; called before the upload
 * starts.
 */
export async function checkLandingTarget(
  zones: LandingZones,
  target: LandingTarget,
): Promise<void> {
  const found = await zones.findFile(target.namespace, target.zone, target.name);
  if (found !== undefined && !target.replace) throw alreadyThere(target);
}

/**
 * Stores an upload in a zone: a run sees the complete file or none. A broken upload leaves no file.
 * Throws ConflictError like `checkLandingTarget`, also when another upload of that name was faster,
 * and UnavailableError when the disk is full.
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
    const { size } = await withZoneName(namespace, zone, () =>
      zones.store.create(key, hashed(content, hash), { replace }),
    );
    return { name, bytes: size, sha256: hash.digest('hex') };
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
    : `landing zone ${zone} already has a file named ${name}`;
  return new ConflictError(message, { cause });
}
