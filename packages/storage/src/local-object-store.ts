import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '@rat/domain';
import { isMissing } from './is-missing.ts';
import {
  codeOf,
  describeFile,
  isLink,
  listBelow,
  listFolder,
  removeOldFiles,
  statFile,
} from './local-files.ts';
import { moveFile } from './local-moves.ts';
import { nameFile, removeTemporary, writeContent } from './local-new-file.ts';
import {
  checkRange,
  LinkedFolderError,
  ObjectMissingError,
  splitKey,
  splitPrefix,
  type ByteRange,
  type CreateOptions,
  type LevelListing,
  type ObjectContent,
  type ObjectListing,
  type ObjectMove,
  type ObjectStore,
  type StoredObject,
} from './object-store.ts';
import { syncPath } from './sync-path.ts';

export interface LocalObjectStoreOptions {
  /** The folder of the store; it may be a symbolic link. */
  root: string;
  /** Refuse symbolic links below the root. Without it they are followed, but never listed. */
  refuseLinks?: boolean;
  /** The mode of new files; by default the process's umask decides. */
  mode?: number;
  /**
   * The folder in which an object arrives before it gets its key, relative to the root and on the
   * same volume; by default the object's own folder. Old files in it are deleted.
   */
  arrivesIn?: (key: string) => string;
  /** Make all folders of a new object durable, not only those that its creation made. */
  syncsAllFolders?: boolean;
  /** Delete a folder together with its last object. */
  removesEmptyFolders?: boolean;
  /** An object missing from an empty root means that the volume is not mounted. */
  emptyMeansAway?: boolean;
}

/** A partial object of this age has lost its sender and its process. */
const ABANDONED_AFTER_MS = 86_400_000;

/** A folder can be deleted between its creation and its first file. */
const OPEN_TRIES = 5;

const PIECE_BYTES = 65_536;

/** The whole store is unavailable. Has the error code of a device that does not answer. */
class StorageAwayError extends Error {
  readonly code = 'EIO';
}

/**
 * Objects as files below one folder of a local or mounted disk: `shop/in/a.csv` is the file
 * `<root>/shop/in/a.csv`. Stateless; holds no handles; safe for several processes.
 */
export class LocalObjectStore implements ObjectStore {
  readonly #root: string;
  readonly #options: LocalObjectStoreOptions;

  constructor(options: LocalObjectStoreOptions) {
    this.#root = resolve(options.root);
    this.#options = options;
  }

  /** Writes a temporary file, makes it durable, and then gives it its name. */
  async create(
    key: string,
    content: ObjectContent,
    { replace = false, signal }: CreateOptions = {},
  ): Promise<StoredObject> {
    const path = await this.#pathOf(key);
    signal?.throwIfAborted();
    const arriving = await this.#openArriving(key, dirname(path));
    let created: StoredObject;
    let made = arriving.made;
    try {
      created = { key, ...(await this.#fill(arriving.handle, content, signal)) };
      made ??= await mkdir(dirname(path), { recursive: true });
      await nameFile(arriving.path, { key, path, replace });
    } finally {
      await removeTemporary(arriving.path);
    }
    await this.#syncFolders(dirname(path), made);
    return created;
  }

  async read(key: string): Promise<Uint8Array> {
    const handle = await this.#open(key);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  async *stream(key: string, range: ByteRange = {}): AsyncGenerator<Uint8Array, void> {
    checkRange(range);
    const { start = 0, end = Number.POSITIVE_INFINITY } = range;
    const handle = await this.#open(key);
    try {
      for (let at = start; at < end;) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at));
        const { bytesRead } = await handle.read(piece, 0, piece.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    const found = await this.#find(await this.#pathOf(key));
    if (found === undefined) await this.#refuseAway();
    return found && { key, ...found };
  }

  async list(prefix: string): Promise<ObjectListing> {
    return listBelow(await this.#folderOf(prefix), prefix);
  }

  async listLevel(prefix: string): Promise<LevelListing> {
    return listFolder(await this.#folderOf(prefix), prefix);
  }

  async delete(key: string): Promise<void> {
    const path = await this.#pathOf(key);
    await rm(path, { force: true });
    // Fails when another file is in the folder.
    if (this.#options.removesEmptyFolders) await rmdir(dirname(path)).catch(() => undefined);
  }

  async deletePrefix(prefix: string): Promise<void> {
    const folder = await this.#folderOf(prefix);
    if (prefix === '') throw new InputError('a store is never deleted as a whole');
    // A file in the place of the folder is an object, and not below the prefix.
    if ((await statFile(folder, { follow: false })) !== undefined) return;
    await rm(folder, { recursive: true, force: true });
  }

  async move(moves: readonly ObjectMove[]): Promise<boolean[]> {
    const touched = new Set<string>();
    const answers: boolean[] = [];
    for (const one of moves) {
      const from = await this.#pathOf(one.from);
      const to = await this.#pathOf(one.to);
      answers.push(await moveFile(from, to, one.version, this.#reading));
      touched.add(dirname(from)).add(dirname(to));
    }
    // After a power cut, an object that was reported as moved must not be back under its old key.
    for (const folder of touched) {
      await syncPath(folder).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
    return answers;
  }

  async #openArriving(key: string, ownFolder: string): Promise<Arriving> {
    const elsewhere = this.#options.arrivesIn?.(key);
    const folder = elsewhere === undefined ? ownFolder : join(this.#root, elsewhere);
    for (let tries = 1; ; tries += 1) {
      const made = await mkdir(folder, { recursive: true });
      if (elsewhere !== undefined) await removeOldFiles(folder, ABANDONED_AFTER_MS);
      const path = join(folder, elsewhere === undefined ? temporaryName(key) : randomUUID());
      try {
        const handle = await open(path, 'wx');
        return { handle, path, made: elsewhere === undefined ? made : undefined };
      } catch (error) {
        if (!isMissing(error) || tries === OPEN_TRIES) throw error;
      }
    }
  }

  async #fill(handle: FileHandle, content: ObjectContent, signal: AbortSignal | undefined) {
    try {
      await writeContent(handle, content, signal);
      if (this.#options.mode !== undefined) await handle.chmod(this.#options.mode);
      await handle.sync();
      return describeFile(await handle.stat({ bigint: true }));
    } finally {
      await handle.close();
    }
  }

  async #open(key: string): Promise<FileHandle> {
    const path = await this.#pathOf(key);
    const flags = constants.O_RDONLY | (this.#options.refuseLinks ? constants.O_NOFOLLOW : 0);
    try {
      return await open(path, flags);
    } catch (error) {
      if (isMissing(error)) await this.#refuseAway(error);
      // The file itself is a link.
      if (codeOf(error) === 'ELOOP') throw new ObjectMissingError(key, { cause: error });
      throw error;
    }
  }

  get #reading(): { follow: boolean } {
    return { follow: this.#options.refuseLinks !== true };
  }

  async #find(path: string) {
    return statFile(path, this.#reading);
  }

  /** A file missing below an empty root means that the volume is away, not that the file is. */
  async #refuseAway(cause?: unknown): Promise<void> {
    if (!this.#options.emptyMeansAway) return;
    const names = await readdir(this.#root).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    if (names.length > 0) return;
    throw new StorageAwayError('the warehouse is empty or not mounted', { cause });
  }

  async #pathOf(key: string): Promise<string> {
    const parts = splitKey(key);
    await this.#refuseLinks(parts.slice(0, -1));
    return join(this.#root, ...parts);
  }

  async #folderOf(prefix: string): Promise<string> {
    const parts = splitPrefix(prefix);
    await this.#refuseLinks(parts);
    return join(this.#root, ...parts);
  }

  async #refuseLinks(folders: readonly string[]): Promise<void> {
    if (!this.#options.refuseLinks) return;
    for (const n of folders.keys()) {
      const inside = folders.slice(0, n + 1);
      if (await isLink(join(this.#root, ...inside))) throw new LinkedFolderError(inside.join('/'));
    }
  }

  /** `made`: the topmost folder that did not exist before. Its own name is in its parent. */
  async #syncFolders(folder: string, made: string | undefined): Promise<void> {
    let top = made === undefined ? folder : dirname(made);
    if (this.#options.syncsAllFolders) top = this.#root;
    for (let at = folder; ; at = dirname(at)) {
      await syncPath(at);
      if (at === top || at === dirname(at)) return;
    }
  }
}

/** Unique, because a process that was taken for dead may still write the same object. */
function temporaryName(key: string): string {
  // The end of a long name: a file system allows 255 bytes, and a character takes up to 3 of them.
  return `${basename(key).slice(-70)}.${randomUUID()}.tmp`;
}

interface Arriving {
  handle: FileHandle;
  path: string;
  made: string | undefined;
}
