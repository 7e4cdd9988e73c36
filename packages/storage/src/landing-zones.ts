import { lstat, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { ConflictError, InputError, isSlug } from '@rat/domain';
import { decodeFileName } from './decode-file-name.ts';

/** The folder of a zone with the files that a run has read; no run reads them again. */
export const PROCESSED_FOLDER = '_processed';

/** Folders of a zone whose files are no input: processed files, and the samples for previews. */
const RESERVED_FOLDERS: ReadonlySet<string> = new Set([PROCESSED_FOLDER, '_samples']);

/** How many files are checked in parallel. */
const STATS_AT_ONCE = 64;

/**
 * A file of a zone at one moment. Size and time together distinguish a replaced file from the old
 * one.
 */
export interface LandingFile {
  /** Relative to the zone, with `/`. */
  path: string;
  bytes: number;
  /** Its modification time, in decimal nanoseconds since 1970: a JSON number cannot hold them. */
  mtimeNs: string;
}

/** The content of a folder of a zone. */
export interface LandingContent {
  /** Sorted by path. */
  files: LandingFile[];
  /**
   * Paths whose name is not UTF-8, with `\xe9` for such bytes: no program can open them by name.
   */
  unreadable: string[];
}

/** A zone with the number and the size of its unread files. */
export interface LandingZoneSummary {
  name: string;
  files: number;
  bytes: number;
}

/** The folders `<root>/<namespace>/<zone>/`, which receive files. Stateless; holds no handles. */
export class LandingZones {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /**
   * The files of a zone and its sub-folders, sorted by path; empty for a missing zone. Leaves out
   * hidden files, the zone's reserved folders and everything but plain files: a reader would follow
   * a link out of the zone.
   */
  async listFiles(namespace: string, zone: string): Promise<LandingFile[]> {
    return (await this.listContent(namespace, zone)).files;
  }

  /** The files as from `listFiles`, and the names that are not readable. */
  async listContent(namespace: string, zone: string): Promise<LandingContent> {
    if (await this.findLink(namespace, zone)) return { files: [], unreadable: [] };
    return describeFiles(this.zoneDir(namespace, zone), RESERVED_FOLDERS);
  }

  /** The processed files, by their path below the processed folder: `<run id>/<path>`. */
  async listProcessed(namespace: string, zone: string): Promise<LandingFile[]> {
    if (await this.findLink(namespace, zone, PROCESSED_FOLDER)) return [];
    const folder = join(this.zoneDir(namespace, zone), PROCESSED_FOLDER);
    return (await describeFiles(folder, new Set())).files;
  }

  /**
   * The first symbolic link among the folders down to this one; undefined when there is none. No
   * link is followed, because it could lead to another namespace's files. The root may be a link:
   * it belongs to the installation.
   */
  async findLink(namespace: string, zone: string, ...inner: string[]): Promise<string | undefined> {
    let path = this.#namespaceDir(namespace);
    const zonePath = this.zoneDir(namespace, zone);
    for (const name of ['', relative(path, zonePath), ...inner]) {
      path = join(path, name);
      if (await isLink(path)) return relative(this.#root, path).split(sep).join('/');
    }
    return undefined;
  }

  /** Throws ConflictError when `findLink` finds a link. */
  async refuseLink(namespace: string, zone: string, ...inner: string[]): Promise<void> {
    const found = await this.findLink(namespace, zone, ...inner);
    if (found === undefined) return;
    throw new ConflictError(
      `landing zone ${namespace}/${zone}: the folder ${found} is a symbolic link, which is never followed`,
    );
  }

  /**
   * The namespace's zones by name. Ignores a folder whose name is no slug: no template can name it.
   */
  async listZones(namespace: string): Promise<LandingZoneSummary[]> {
    if (await isLink(this.#namespaceDir(namespace))) return [];
    const entries = await readEntries(this.#namespaceDir(namespace));
    const names = entries
      .filter(({ entry, name }) => entry.isDirectory() && name !== undefined && isSlug(name))
      .flatMap(({ name }) => name ?? []);
    const zones: LandingZoneSummary[] = [];
    for (const name of names.toSorted()) {
      const files = await this.listFiles(namespace, name);
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      zones.push({ name, files: files.length, bytes });
    }
    return zones;
  }

  /** Removes a file at the top level of the zone; false when there is none. */
  async removeFile(namespace: string, zone: string, name: string): Promise<boolean> {
    const path = this.filePath(namespace, zone, name);
    await this.refuseLink(namespace, zone);
    const found = await findFile(path);
    if (found === undefined) return false;
    await rm(path, { force: true });
    return true;
  }

  /**
   * The absolute path of a zone's file. Throws InputError for a path that leads out of the zone.
   */
  filePath(namespace: string, zone: string, path: string): string {
    const folder = this.zoneDir(namespace, zone);
    const absolute = resolve(folder, path);
    if (!absolute.startsWith(folder + sep)) throw new InputError('the file is outside its zone');
    return absolute;
  }

  zoneDir(namespace: string, zone: string): string {
    if (!isSlug(zone)) throw new InputError('the name of a landing zone must be a slug');
    return join(this.#namespaceDir(namespace), zone);
  }

  /** The folder for incomplete uploads: on the zones' volume, and not a zone itself. */
  uploadDir(namespace: string): string {
    return join(this.#namespaceDir(namespace), '.uploads');
  }

  #namespaceDir(namespace: string): string {
    if (!isSlug(namespace)) throw new InputError('the name of a namespace must be a slug');
    return join(this.#root, namespace);
  }
}

/** The plain file at this path at the moment of the call; undefined when there is none. */
export async function findFile(
  path: string,
): Promise<Pick<LandingFile, 'bytes' | 'mtimeNs'> | undefined> {
  try {
    const found = await lstat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    return { bytes: Number(found.size), mtimeNs: String(found.mtimeNs) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether two states of a file have the same content, judged by size and time. */
export function isSameFile(
  one: Pick<LandingFile, 'bytes' | 'mtimeNs'> | undefined,
  other: Pick<LandingFile, 'bytes' | 'mtimeNs'>,
): boolean {
  return one !== undefined && one.bytes === other.bytes && one.mtimeNs === other.mtimeNs;
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function describeFiles(
  folder: string,
  skipped: ReadonlySet<string>,
): Promise<LandingContent> {
  const { paths, unreadable } = await listPaths(folder, skipped);
  const relativePath = (path: string): string => relative(folder, path).split(sep).join('/');
  const files: LandingFile[] = [];
  for (let start = 0; start < paths.length; start += STATS_AT_ONCE) {
    const batch = paths.slice(start, start + STATS_AT_ONCE);
    const found = await Promise.all(batch.map((path) => findFile(path)));
    for (const [index, path] of batch.entries()) {
      const file = found[index];
      // A file that vanished during the listing is left out.
      if (file === undefined) continue;
      files.push({ path: relativePath(path), ...file });
    }
  }
  return {
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    unreadable: unreadable.map(relativePath).toSorted(),
  };
}

interface FoundPaths {
  paths: string[];
  unreadable: string[];
}

async function listPaths(folder: string, skipped: ReadonlySet<string>): Promise<FoundPaths> {
  const found: FoundPaths = { paths: [], unreadable: [] };
  for (const { entry, name, shown } of await readEntries(folder)) {
    if (shown.startsWith('.') || skipped.has(shown)) continue;
    if (name === undefined) {
      if (entry.isFile() || entry.isDirectory()) found.unreadable.push(join(folder, shown));
      continue;
    }
    const path = join(folder, name);
    if (entry.isFile()) found.paths.push(path);
    if (!entry.isDirectory()) continue;
    const inner = await listPaths(path, new Set());
    // In a loop, because a folder of 100,000 names exceeds the arguments of one call.
    for (const one of inner.paths) found.paths.push(one);
    for (const one of inner.unreadable) found.unreadable.push(one);
  }
  return found;
}

/**
 * Reads names as bytes: Node replaces bytes that are not UTF-8, and the result may name another
 * file.
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

/** Like `isMissing` of this room, but also true when a parent folder is a file. */
function isMissing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'ENOENT' || error.code === 'ENOTDIR';
}
