import { lstat, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { InputError, isSlug } from '@rat/domain';

/** Where a zone keeps what was read; no run reads it again. */
export const PROCESSED_FOLDER = '_processed';

/** What lies in a zone under these names is no input: what was read before, and what previews use. */
const RESERVED_FOLDERS: ReadonlySet<string> = new Set([PROCESSED_FOLDER, '_samples']);

/** How many files are looked at side by side. */
const STATS_AT_ONCE = 64;

/** A file of a zone as it was at one moment. Size and time together tell a replaced file from the one that was read. */
export interface LandingFile {
  /** Relative to the zone, with `/`. */
  path: string;
  bytes: number;
  /** When it was last written, nanoseconds since 1970 in decimal: a JSON number cannot hold them. */
  mtimeNs: string;
}

/** A zone with what waits in it. */
export interface LandingZoneSummary {
  name: string;
  files: number;
  bytes: number;
}

/** The folders `<root>/<namespace>/<zone>/` that files are delivered into. Holds no state and no handles. */
export class LandingZones {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /**
   * The files of a zone, sorted by path, from sub-folders too; empty when there is no such zone. Hidden files, the zone's
   * reserved folders and everything that is no plain file are left out: a link would be followed by the reader to
   * wherever it leads.
   */
  async listFiles(namespace: string, zone: string): Promise<LandingFile[]> {
    return describeFiles(this.zoneDir(namespace, zone), RESERVED_FOLDERS);
  }

  /** The files that were read and moved away, by their path below the processed folder: `<run id>/<path>`. */
  async listProcessed(namespace: string, zone: string): Promise<LandingFile[]> {
    return describeFiles(join(this.zoneDir(namespace, zone), PROCESSED_FOLDER), new Set());
  }

  /** The namespace's zones by name; a folder whose name no template can say is none. */
  async listZones(namespace: string): Promise<LandingZoneSummary[]> {
    const entries = await readEntries(this.#namespaceDir(namespace));
    const names = entries
      .filter((entry) => entry.isDirectory() && isSlug(entry.name))
      .map(({ name }) => name);
    const zones: LandingZoneSummary[] = [];
    for (const name of names.toSorted()) {
      const files = await this.listFiles(namespace, name);
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      zones.push({ name, files: files.length, bytes });
    }
    return zones;
  }

  /** Removes a file that lies in the zone itself; false when there is none. */
  async removeFile(namespace: string, zone: string, name: string): Promise<boolean> {
    const path = this.filePath(namespace, zone, name);
    const found = await findFile(path);
    if (found === undefined) return false;
    await rm(path, { force: true });
    return true;
  }

  /** A file of a zone as it can be opened. Throws InputError for a path that leads out of the zone. */
  filePath(namespace: string, zone: string, path: string): string {
    const folder = this.zoneDir(namespace, zone);
    const absolute = resolve(folder, path);
    if (!absolute.startsWith(folder + sep)) throw new InputError('the file is outside its zone');
    return absolute;
  }

  zoneDir(namespace: string, zone: string): string {
    if (!isSlug(zone)) throw new InputError('no such landing zone');
    return join(this.#namespaceDir(namespace), zone);
  }

  /** Where a file is kept while it arrives: on the zones' volume, and in a folder that is no zone. */
  uploadDir(namespace: string): string {
    return join(this.#namespaceDir(namespace), '.uploads');
  }

  #namespaceDir(namespace: string): string {
    if (!isSlug(namespace)) throw new InputError('no such landing zone');
    return join(this.#root, namespace);
  }
}

/** The plain file at this place as it is now; undefined when there is none. */
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

/** Whether two looks at a file saw the same content, as far as size and time tell. */
export function isSameFile(
  one: Pick<LandingFile, 'bytes' | 'mtimeNs'> | undefined,
  other: Pick<LandingFile, 'bytes' | 'mtimeNs'>,
): boolean {
  return one !== undefined && one.bytes === other.bytes && one.mtimeNs === other.mtimeNs;
}

async function describeFiles(folder: string, skipped: ReadonlySet<string>): Promise<LandingFile[]> {
  const paths = await listPaths(folder, skipped);
  const files: LandingFile[] = [];
  for (let start = 0; start < paths.length; start += STATS_AT_ONCE) {
    const batch = paths.slice(start, start + STATS_AT_ONCE);
    const found = await Promise.all(batch.map((path) => findFile(path)));
    for (const [index, path] of batch.entries()) {
      const file = found[index];
      // One that went meanwhile was never there.
      if (file === undefined) continue;
      files.push({ path: relative(folder, path).split(sep).join('/'), ...file });
    }
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function listPaths(folder: string, skipped: ReadonlySet<string>): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readEntries(folder)) {
    if (entry.name.startsWith('.') || skipped.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isFile()) paths.push(path);
    // One by one: a folder of a hundred thousand names is more than a call takes arguments.
    if (entry.isDirectory())
      for (const inner of await listPaths(path, new Set())) paths.push(inner);
  }
  return paths;
}

async function readEntries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** By code alone: Node's own errors are not of this realm's Error class under every host. */
function isMissing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'ENOENT' || error.code === 'ENOTDIR';
}
