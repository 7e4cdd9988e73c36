import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { InputError, NotFoundError } from '@rat/domain';
import { splitLines } from '@rat/runtime';
import { isMissing } from './is-missing.ts';
import type { ObjectStore } from './object-store.ts';

/** The archive's prefix. It cannot be a namespace, whose name begins with a letter. */
const PREFIX = '_logs/';

/** `_logs/<day>/<run id>.ndjson.gz`, relative to the warehouse. */
const PATH = /^_logs\/\d{4}-\d{2}-\d{2}\/([0-9a-f-]{36})\.ndjson\.gz$/;

/** A file of a day. `runId` is undefined for a temporary file. */
export interface ArchivedFile {
  path: string;
  runId: string | undefined;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/**
 * The archived streams of ended runs: compressed files in the warehouse, one prefix a day.
 * Stateless, and safe for several processes: a file appears complete or not at all, and a second
 * write replaces it.
 */
export class LogArchive {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Writes lines as one durable file; returns its path, relative to the warehouse. */
  async write(
    runId: string,
    day: Date,
    lines: AsyncIterable<string> | Iterable<string>,
  ): Promise<string> {
    const path = `${PREFIX}${day.toISOString().slice(0, 10)}/${runId}.ndjson.gz`;
    // Paths come back from the database: never store one that `read` would refuse.
    checkPath(path);
    const zipped = createGzip();
    // An error of the lines reaches the store, which reads `zipped`.
    pipeline(Readable.from(lines), zipped, () => undefined);
    try {
      await this.#store.create(path, zipped, { replace: true });
    } finally {
      // Ends the reading of the lines when the store failed.
      zipped.destroy();
    }
    return path;
  }

  /**
   * Yields the lines of a file in order, in batches, as fast as the caller reads. Throws
   * NotFoundError for a missing file, InputError for a path outside the archive, and zlib's error
   * for a damaged file.
   */
  async *read(path: string): AsyncGenerator<string[], void> {
    const source = Readable.from(this.#store.stream(checkPath(path)));
    const unzip = createGunzip();
    source.once('error', (error) => unzip.destroy(error));
    try {
      yield* splitLines(source.pipe(unzip) as AsyncIterable<Uint8Array>);
    } catch (error) {
      if (isMissing(error))
        throw new NotFoundError('the archived file of this log no longer exists', { cause: error });
      throw error;
    } finally {
      source.destroy();
      unzip.destroy();
    }
  }

  /** Deletes a file; does nothing when it does not exist. */
  async remove(path: string): Promise<void> {
    await this.#store.delete(checkPath(path));
  }

  /** The days that have files, the oldest first. */
  async listDays(): Promise<string[]> {
    const { prefixes } = await this.#store.listLevel(PREFIX);
    const names = prefixes.map((prefix) => prefix.slice(PREFIX.length, -1));
    return names.filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name));
  }

  /** All files of a day, temporary ones included. */
  async listFiles(day: string): Promise<ArchivedFile[]> {
    const { objects } = await this.#store.list(`${PREFIX}${day}/`);
    return objects.map(({ key, modifiedAt }) => ({
      path: key,
      runId: PATH.exec(key)?.[1],
      modifiedAt,
    }));
  }

  /** Deletes a file that `listFiles` returned. */
  async removeListed(file: ArchivedFile): Promise<void> {
    await this.#store.delete(file.path);
  }
}

function checkPath(path: string): string {
  // Paths arrive from the database and over the network: accept only those of the archive.
  if (!PATH.test(path)) throw new InputError('the path is not that of an archived log');
  return path;
}
