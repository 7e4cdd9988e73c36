import type { BigIntStats } from 'node:fs';
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeFileName } from './decode-file-name.ts';
import { isMissing } from './is-missing.ts';
import type { LevelListing, ObjectListing, StoredObject } from './object-store.ts';

/** How many files are checked in parallel. */
const STATS_AT_ONCE = 64;

/** A plain file at the moment of the call. */
export type LocalFile = Omit<StoredObject, 'key'>;

/**
 * The plain file at this path; undefined when there is none. `follow`: a symbolic link counts as
 * the file that it names.
 */
export async function statFile(
  path: string,
  { follow }: { follow: boolean },
): Promise<LocalFile | undefined> {
  try {
    const found = await (follow ? stat : lstat)(path, { bigint: true });
    return found.isFile() ? describeFile(found) : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * The version is `<size>-<modification time in ns>-<inode>`. The inode distinguishes two files of
 * one size that were written within one tick of the clock.
 */
export function describeFile({ size, mtimeNs, ino }: BigIntStats): LocalFile {
  return {
    size: Number(size),
    modifiedAt: Number(mtimeNs) / 1e6,
    version: `${size}-${mtimeNs}-${ino}`,
  };
}

/** Whether a file has this version. A version without an inode matches every inode. */
export function isVersion(file: LocalFile | undefined, version: string): boolean {
  return file !== undefined && `${file.version}-`.startsWith(`${version}-`);
}

export async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** The plain files in a folder and the names of its folders. Symbolic links are neither. */
export async function listFolder(folder: string, prefix: string): Promise<LevelListing> {
  const listing: LevelListing = { objects: [], prefixes: [], unreadable: [] };
  const names: string[] = [];
  for (const { entry, name, shown } of await readEntries(folder)) {
    if (!entry.isFile() && !entry.isDirectory()) continue;
    if (name === undefined) listing.unreadable.push(prefix + shown);
    else if (entry.isFile()) names.push(name);
    else listing.prefixes.push(`${prefix}${name}/`);
  }
  for (let start = 0; start < names.length; start += STATS_AT_ONCE) {
    const batch = names.slice(start, start + STATS_AT_ONCE);
    const found = await Promise.all(
      batch.map((name) => statFile(join(folder, name), { follow: false })),
    );
    for (const [index, name] of batch.entries()) {
      const file = found[index];
      // A file that vanished during the listing is left out.
      if (file !== undefined) listing.objects.push({ key: prefix + name, ...file });
    }
  }
  listing.objects.sort(byKey);
  listing.prefixes.sort();
  listing.unreadable.sort();
  return listing;
}

/** The plain files in a folder and in all folders below it. */
export async function listBelow(root: string, prefix: string): Promise<ObjectListing> {
  const listing: ObjectListing = { objects: [], unreadable: [] };
  const waiting = [prefix];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const level = await listFolder(join(root, next.slice(prefix.length)), next);
    // In loops, because a folder of 100,000 names exceeds the arguments of one call.
    for (const one of level.objects) listing.objects.push(one);
    for (const one of level.unreadable) listing.unreadable.push(one);
    for (const one of level.prefixes) waiting.push(one);
  }
  listing.objects.sort(byKey);
  listing.unreadable.sort();
  return listing;
}

/** Deletes the files in a folder that are older than `ageMs`. */
export async function removeOldFiles(folder: string, ageMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await statFile(path, { follow: false });
    if (found === undefined || Date.now() - found.modifiedAt < ageMs) continue;
    await rm(path, { force: true });
  }
}

export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/**
 * Reads names as bytes: Node replaces bytes that are not UTF-8, and the result may name another
 * file. A file in the place of the folder is an error: it may hide what the caller looks for.
 */
async function readEntries(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
    return entries.map((entry) => ({ entry, ...decodeFileName(entry.name) }));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Like `isMissing`, but also true when a parent folder is a file. */
function isAbsent(error: unknown): boolean {
  return isMissing(error) || codeOf(error) === 'ENOTDIR';
}

function byKey(one: StoredObject, other: StoredObject): number {
  return one.key < other.key ? -1 : 1;
}
