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

/** No table can be here: a namespace begins with a letter. */
const FOLDER = '_logs';

/** `_logs/<day>/<run id>.ndjson.gz`, relative to the warehouse. */
const PATH = /^_logs\/\d{4}-\d{2}-\d{2}\/([0-9a-f-]{36})\.ndjson\.gz$/;

/** A file in a day's folder. `runId` is absent for one that is, or was, in the making. */
export interface ArchivedFile {
  path: string;
  runId: string | undefined;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/**
 * The streams of ended runs as compressed files below the warehouse, a folder a day. Stateless, safe from many processes
 * at once: a file appears whole under its name or not at all, and writing it again replaces it.
 */
export class LogArchive {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** Writes lines as one file, durable when it returns, and answers its path, relative to the warehouse. */
  async write(
    runId: string,
    day: Date,
    lines: AsyncIterable<string> | Iterable<string>,
  ): Promise<string> {
    const folder = `${FOLDER}/${day.toISOString().slice(0, 10)}`;
    const path = `${folder}/${runId}.ndjson.gz`;
    const absolute = this.#absolute(path);
    await mkdir(join(this.#root, folder), { recursive: true });
    // A name of its own: a process that was thought dead may still be writing the same stream.
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
    // The database forgets the rows next, so no power cut may take the file away, nor a folder above it.
    for (const each of [folder, FOLDER, '.']) await syncPath(join(this.#root, each));
    return path;
  }

  /**
   * The lines of a file in order, some at a time, as fast as they are asked for. Throws NotFoundError, InputError for a
   * path that is none of an archive, and what zlib says of a file that is damaged.
   */
  async *read(path: string): AsyncGenerator<string[], void> {
    const source = createReadStream(this.#absolute(path));
    const unzip = createGunzip();
    source.once('error', (error) => unzip.destroy(error));
    try {
      yield* splitLines(source.pipe(unzip) as AsyncIterable<Uint8Array>);
    } catch (error) {
      if (isMissing(error))
        throw new NotFoundError('the file of this log is gone', { cause: error });
      throw error;
    } finally {
      source.destroy();
      unzip.destroy();
    }
  }

  /** Removing what is not there is fine. */
  async remove(path: string): Promise<void> {
    await rm(this.#absolute(path), { force: true });
  }

  /** The days that have a folder, oldest first. */
  async listDays(): Promise<string[]> {
    const names = await entries(join(this.#root, FOLDER));
    return names.filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name)).toSorted();
  }

  /** The files of a day, whatever they are. */
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

  /** Removes a file that `listFiles` named, and the day's folder once it is empty. */
  async removeListed(file: ArchivedFile): Promise<void> {
    const path = resolve(this.#root, file.path);
    await rm(path, { force: true });
    await rmdir(resolve(path, '..')).catch(() => undefined);
  }

  #absolute(path: string): string {
    // Paths come from a database and over the network; one that is none of an archive is refused, whoever sent it.
    if (!PATH.test(path)) throw new InputError('no such log');
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
