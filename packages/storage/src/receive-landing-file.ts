import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError, UnavailableError } from '@rat/domain';
import type { LandingZones } from './landing-zones.ts';
import { syncPath } from './sync-path.ts';

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

/** A partial upload of this age has lost its sender and its runner. */
const ABANDONED_AFTER_MS = 86_400_000;

/**
 * Throws ConflictError when the file exists and may not be replaced; called before the upload
 * starts.
 */
export async function checkLandingTarget(
  zones: LandingZones,
  target: LandingTarget,
): Promise<void> {
  await zones.refuseLink(target.namespace, target.zone);
  if (target.replace) return;
  const path = zones.filePath(target.namespace, target.zone, target.name);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) throw alreadyThere(target);
}

/**
 * Writes an upload to a temporary file, and renames it into the zone once it is durable: a run sees
 * the complete file or none. A broken upload leaves no file. Throws ConflictError like
 * `checkLandingTarget`, also when another upload of that name was faster, and UnavailableError when
 * the disk is full.
 */
export async function receiveLandingFile(
  zones: LandingZones,
  target: LandingTarget,
  content: AsyncIterable<Uint8Array>,
): Promise<ReceivedFile> {
  const { namespace, zone, name } = target;
  const uploads = zones.uploadDir(namespace);
  await zones.refuseLink(namespace, zone);
  await mkdir(uploads, { recursive: true });
  await removeAbandoned(uploads);
  const arriving = join(uploads, randomUUID());
  try {
    const written = await writeAll(arriving, content);
    await mkdir(zones.zoneDir(namespace, zone), { recursive: true });
    const path = zones.filePath(namespace, zone, name);
    // A link fails when the name exists; a rename replaces it.
    await (target.replace ? rename(arriving, path) : link(arriving, path));
    await syncPath(zones.zoneDir(namespace, zone));
    return { name, ...written };
  } catch (error) {
    throw translate(error, target);
  } finally {
    await rm(arriving, { force: true });
  }
}

async function writeAll(
  path: string,
  content: AsyncIterable<Uint8Array>,
): Promise<Omit<ReceivedFile, 'name'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(path, 'wx');
  try {
    // One write at a time, and the next chunk is read after it: back-pressure reaches the sender.
    for await (const chunk of content) {
      hash.update(chunk);
      bytes += chunk.length;
      await handle.writeFile(chunk);
    }
    // A run links a file that its executor cannot write, and copies any other.
    await handle.chmod(0o440);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Deletes partial uploads that a dead runner left. */
async function removeAbandoned(uploads: string): Promise<void> {
  for (const name of await readdir(uploads)) {
    const path = join(uploads, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(path, { force: true });
  }
}

function translate(error: unknown, target: LandingTarget): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  switch (code) {
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTEMPTY':
      return alreadyThere(target, error);
    case 'ENOSPC':
    case 'EDQUOT':
      return new UnavailableError('the disk has no space left for this file', { cause: error });
    default:
      return error;
  }
}

function alreadyThere({ zone, name, replace }: LandingTarget, cause?: unknown): ConflictError {
  const message = replace
    ? `landing zone ${zone} has a folder named ${name}`
    : `landing zone ${zone} already has a file named ${name}`;
  return new ConflictError(message, { cause });
}
