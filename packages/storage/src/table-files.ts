import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep, isAbsolute } from 'node:path';
import { InputError } from '@rat/domain';
import { isMissing } from './is-missing.ts';
import { syncPath } from './sync-path.ts';

export interface ListedFile {
  uri: string;
  bytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** The files of tables. All names are absolute URIs; what was written is never written again. */
export interface TableFiles {
  read(uri: string): Promise<Uint8Array>;
  /** A text that changes when the file does. Throws as `read` does. */
  fingerprint(uri: string): Promise<string>;
  /** Creates a file, durable when it returns. Throws, with the code EEXIST, when there is one of that name. */
  writeNew(uri: string, bytes: Uint8Array): Promise<void>;
  /** Removing what is not there is fine: maintenance repeats itself after a crash. */
  remove(uri: string): Promise<void>;
  /** All files below a folder, none when there is no such folder. */
  list(prefixUri: string): Promise<ListedFile[]>;
}

/** The warehouse as a whole is away. Its code is that of a device that does not answer. */
class StorageAwayError extends Error {
  readonly code = 'EIO';
}

/** Table files on a local or mounted disk, confined to one folder: metadata of foreign writers names paths too. */
export class LocalTableFiles implements TableFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** The URI of a path below the root. */
  uri(...path: string[]): string {
    return fileUri(this.#confined(join(this.#root, ...path)));
  }

  async read(uri: string): Promise<Uint8Array> {
    const path = this.#path(uri);
    return this.#found(() => readFile(path));
  }

  async fingerprint(uri: string): Promise<string> {
    const path = this.#path(uri);
    const { size, mtimeNs, ino } = await this.#found(() => stat(path, { bigint: true }));
    return `${size}-${mtimeNs}-${ino}`;
  }

  async writeNew(uri: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(uri);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      // Half a file must not stay under a name that readers may find by listing.
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    // The name is durable only once the folder is; a catalog must never point to a file that a crash takes away.
    await syncPath(dirname(path));
  }

  async remove(uri: string): Promise<void> {
    await rm(this.#path(uri), { force: true });
  }

  async list(prefixUri: string): Promise<ListedFile[]> {
    const listed: ListedFile[] = [];
    const folders = [this.#path(prefixUri)];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of await entriesOf(folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        if (!entry.isFile()) continue;
        const found = await statOf(path);
        if (found === undefined) continue;
        listed.push({ uri: fileUri(path), bytes: found.size, modifiedAt: found.mtimeMs });
      }
    }
    return listed.toSorted((a, b) => (a.uri < b.uri ? -1 : 1));
  }

  /** A file that is missing below an empty root is no loss of the file: the volume is not mounted. */
  async #found<T>(use: () => Promise<T>): Promise<T> {
    try {
      return await use();
    } catch (error) {
      if (isMissing(error) && (await entriesOf(this.#root)).length === 0) {
        throw new StorageAwayError('the warehouse is empty or not mounted', { cause: error });
      }
      throw error;
    }
  }

  #path(uri: string): string {
    return this.#confined(pathFromUri(uri));
  }

  #confined(path: string): string {
    const inside = relative(this.#root, path);
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw new InputError('the file is outside the warehouse');
    }
    return path;
  }
}

/**
 * The path that a `file:` URI names, as DuckDB wants it. Nothing is decoded: Iceberg's readers take the text after the
 * scheme as it stands, blanks and percent signs included. Throws InputError for any other scheme.
 */
export function pathFromUri(uri: string): string {
  if (!uri.startsWith('file:/')) throw new InputError('only files on a disk can be read');
  return resolve(uri.replace(/^file:(\/\/)?/, ''));
}

/** The URI of an absolute path. */
export function fileUri(path: string): string {
  return `file://${path}`;
}

/** One spelling for each file, however a writer spelled its URI: what is compared must not differ by a slash. */
export function canonicalUri(uri: string): string {
  return uri.startsWith('file:/') ? fileUri(pathFromUri(uri)) : uri;
}

/** undefined for a file that went while its folder was read. */
async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
