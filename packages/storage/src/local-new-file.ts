import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { isMissing } from './is-missing.ts';
import { codeOf } from './local-files.ts';
import { ObjectExistsError, type ObjectContent } from './object-store.ts';

/** Error codes for a key that a folder has. */
const TAKEN: readonly unknown[] = ['EEXIST', 'EISDIR', 'ENOTEMPTY'];

/** Error codes of file systems without hard links. */
const CANNOT_LINK: readonly unknown[] = ['EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS'];

/**
 * Writes content to an open file: one write at a time, and the next piece is read after it, so
 * back-pressure reaches the source. An abort also ends a wait for the source.
 */
export async function writeContent(
  handle: FileHandle,
  content: ObjectContent,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!(Symbol.asyncIterator in content)) {
    signal?.throwIfAborted();
    await handle.writeFile(content);
    return;
  }
  const pieces = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAbort(pieces.next(), signal);
      if (next.done === true) return;
      await handle.writeFile(next.value);
    }
  } catch (error) {
    const released = Promise.resolve(pieces.return?.()).catch(() => undefined);
    // After an abort the source may be stuck, and would not answer this call either.
    if (!signal?.aborted) await released;
    throw error;
  }
}

async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  // The promise that loses the race may still fail.
  for (const one of [work, aborted]) one.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Gives a complete file its name: by a link, which fails when the name exists, or by a rename, which
 * replaces. Throws ObjectExistsError.
 */
export async function nameFile(
  arriving: string,
  { key, path, replace }: { key: string; path: string; replace: boolean },
): Promise<void> {
  try {
    await (replace ? rename(arriving, path) : nameNewFile(arriving, path));
  } catch (error) {
    if (TAKEN.includes(codeOf(error))) throw new ObjectExistsError(key, { cause: error });
    throw error;
  }
}

async function nameNewFile(arriving: string, path: string): Promise<void> {
  try {
    await link(arriving, path);
  } catch (error) {
    if (!CANNOT_LINK.includes(codeOf(error))) throw error;
    // An empty file takes the name, exclusively, and the rename fills it.
    await (await open(path, 'wx')).close();
    await rename(arriving, path);
  }
}

/** Deletes a temporary file. A rename may have given it its name already. */
export async function removeTemporary(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
