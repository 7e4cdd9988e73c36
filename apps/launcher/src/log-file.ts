import { copyFile, open, readdir, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { repeat } from '@rat/runtime';

/**
 * The size at which a log is rotated, in bytes. With the older one, a service has at most twice as
 * much.
 */
const MAX_BYTES = 10 * 1024 * 1024;
const LOOK_EVERY_MS = 5_000;
const TAIL_BYTES = 4_000;
const TAIL_LINES = 20;

/** Opens a service's log for appending. */
export async function openLog(file: string): Promise<FileHandle> {
  await rotateLog(file, MAX_BYTES);
  return open(file, 'a');
}

/**
 * Rotates the logs of a folder while their services write to them, until `signal` aborts. A service
 * keeps its file open, so the file is copied and truncated instead of renamed: writers append at
 * its new end.
 */
export async function keepLogsSmall(
  folder: string,
  signal: AbortSignal,
  { maxBytes = MAX_BYTES, everyMs = LOOK_EVERY_MS } = {},
): Promise<void> {
  await repeat(
    async () => {
      const names = await readdir(folder);
      for (const name of names.filter((one) => one.endsWith('.log'))) {
        await rotateLog(join(folder, name), maxBytes);
      }
    },
    // The next check tries again; a failed rotation stops nothing.
    { everyMs, signal, onError: () => undefined },
  );
}

/** Loses the lines written between the copy and the truncation: a few of ten megabytes. */
async function rotateLog(file: string, maxBytes: number): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= maxBytes) return;
  const older = `${file}.1`;
  await copyFile(file, older).catch(async () => {
    // On a full disk, deleting the older half makes space.
    await rm(older, { force: true });
  });
  await truncate(file);
}

/** The last lines of a log: at most those since byte `from`, or since the last truncation. */
export async function readTail(file: string, from: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(from <= size ? from : 0, size - TAIL_BYTES, 0);
    const bytes = Buffer.alloc(Math.max(size - start, 0));
    await handle.read(bytes, 0, bytes.length, start);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    await handle.close();
  }
}
