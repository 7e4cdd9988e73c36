import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { InputError, NotFoundError } from '@rat/domain';
import { splitLines } from '@rat/runtime';
import { isMissing } from './is-missing.ts';
import { syncPath } from './sync-path.ts';

/** The archive's folder. It cannot be a namespace, whose name begins with a letter. */
const FOLDER = '_logs';

/** `_logs/<day>/<run id>.ndjson.gz`, relative to the warehouse. */
const PATH = /^_logs\/\d{4}-\d{2}-\d{2}\/([0-9a-f-]{36})\.ndjson\.gz$/;

/** A file in a day's folder. `runId` is undefined for a temporary file. */
export interface ArchivedFile {
  path: string;
  runId: string | undefined;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/**
 * The archived streams of ended runs: compressed files below the warehouse, one folder a day.
 * Stateless, and safe for several processes: a file appears complete or not at all, and a second
 * write replaces it.
 */
export class LogArchive {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** Writes lines as one durable file; returns its path, relative to the warehouse. */
  async write(
    runId: string,
    day: Date,
    lines: AsyncIterable<string> | Iterable<string>,
  ): Promise<string> {
    const folder = `${FOLDER}/${day.toISOString().slice(0, 10)}`;
    const path = `${folder}/${runId}.ndjson.gz`;
    const absolute = this.#absolute(path);
    await mkdir(join(this.#root, folder), { recursive: true });
    // A unique name: a process that was taken for dead may still write the same stream.
    const arriving = `${absolute}.${randomUUID()}.tmp`;
    try {
      const file = await open(arriving, 'wx');
      try {
        await pipeline(
          Readable.from(lines),
          createGzip(),
          async (chunks: AsyncIterable<Buffer>) => {
            for await (const chunk of chunks) await file.writeFile(chunk);
          },
        );
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(arriving, absolute);
    } finally {
      await rm(arriving, { force: true });
    }
    // The database deletes the rows next, so the file and its folders must survive a power cut.
    for (const each of [folder, FOLDER, '.']) await syncPath(join(this.#root, each));
    return path;
  }

  /**
   * Yields the lines of a file in order, in batches, as fast as the caller reads. Throws
   * NotFoundError for a missing file, InputError for a path outside the archive, and zlib's error
   * for a damaged file.
   */
  async *read(path: string): AsyncGenerator<string[], void> {
    const source = createReadStream(this.#absolute(path));
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
    await rm(this.#absolute(path), { force: true });
  }

  /** The days that have a folder, the oldest first. */
  async listDays(): Promise<string[]> {
    const names = await entries(join(this.#root, FOLDER));
    return names.filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).toSorted();
  }

  /** All files of a day, temporary ones included. */
  async listFiles(day: string): Promise<ArchivedFile[]> {
    const files: ArchivedFile[] = [];
    for (const name of await entries(join(this.#root, FOLDER, day))) {
      const path = `${FOLDER}/${day}/${name}`;
      const found = await stat(join(this.#root, path)).catch(() => undefined);
      if (found === undefined) continue;
      files.push({ path, runId: PATH.exec(path)?.[1], modifiedAt: found.mtimeMs });
    }
    return files;
  }

  /** Deletes a file that `listFiles` returned, and the day's folder once it is empty. */
  async removeListed(file: ArchivedFile): Promise<void> {
    const path = resolve(this.#root, file.path);
    await rm(path, { force: true });
    await rmdir(resolve(path, '..')).catch(() => undefined);
  }

  #absolute(path: string): string {
    // Paths arrive from the database and over the network: accept only those of the archive.
    if (!PATH.test(path)) throw new InputError('the path is not that of an archived log');
    return join(this.#root, path);
  }
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
