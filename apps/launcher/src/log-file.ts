import { open, stat, truncate, type FileHandle } from 'node:fs/promises';

const MAX_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 4_000;
const TAIL_LINES = 20;

/** Opens a service's log to append to; one that has outgrown 10 MB begins anew. */
export async function openLog(file: string): Promise<FileHandle> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_BYTES) await truncate(file);
  return open(file, 'a');
}

/** The last lines of a log, at most those written since `from` (a byte position). */
export async function readTail(file: string, from: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - TAIL_BYTES, 0);
    const bytes = Buffer.alloc(Math.max(size - start, 0));
    await handle.read(bytes, 0, bytes.length, start);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    await handle.close();
  }
}
