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

/** The files of tables. All names are absolute URIs; a written file is never changed. */
export interface TableFiles {
  read(uri: string): Promise<Uint8Array>;
  /** A text that changes whenever the file changes. Throws as `read` does. */
  fingerprint(uri: string): Promise<string>;
  /**
   * Creates a file, durable on return. Throws an error with the code EEXIST when the name exists.
   */
  writeNew(uri: string, bytes: Uint8Array): Promise<void>;
  /** Deletes a file; does nothing when it does not exist, as maintenance repeats after a crash. */
  remove(uri: string): Promise<void>;
  /** All files below a folder; empty when the folder does not exist. */
  list(prefixUri: string): Promise<ListedFile[]>;
}

/** The whole warehouse is unavailable. Has the error code of a device that does not answer. */
class StorageAwayError extends Error {
  readonly code = 'EIO';
}

/**
 * Table files on a local or mounted disk, confined to one folder: other writers' metadata names
 * paths too.
 */
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
      // A partial file must not keep a name that readers may find in a listing.
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    // The name is durable only once the folder is; a catalog must not refer to a file that a crash
    // removes.
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

  /**
   * A file missing below an empty root means that the volume is not mounted, not that the file is
   * lost.
   */
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
 * The path of a `file:` URI, for DuckDB and Node. Does not percent-decode: Iceberg readers take the
 * text after the scheme literally, with its spaces and percent signs. Throws InputError for any
 * other scheme.
 */
export function pathFromUri(uri: string): string {
  if (!uri.startsWith('file:/')) throw new InputError('only file: URIs can be read');
  return resolve(uri.replace(/^file:(\/\/)?/, ''));
}

/** The `file:` URI of an absolute path. */
export function fileUri(path: string): string {
  return `file://${path}`;
}

/** One spelling for each file, regardless of its writer: URIs are compared as text. */
export function canonicalUri(uri: string): string {
  return uri.startsWith('file:/') ? fileUri(pathFromUri(uri)) : uri;
}

/** undefined for a file that vanished while its folder was listed. */
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
