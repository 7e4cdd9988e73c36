import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { QUERY_ROWS_FILE } from '@rat/contracts';

/** The rows of an answer: the JSON text of one array, or a file of another format. Its owner closes it. */
export interface RowsText {
  bytes: number;
  /** Reads the text from its beginning, no faster than it is taken. Throws when there is less of it than `bytes`. */
  read(): AsyncGenerator<Uint8Array, void>;
  close(): Promise<void>;
}

const PIECE_BYTES = 256 * 1024;

/**
 * Opens the file that a child wrote into `folder`. The folder may be removed at once: the text stays readable until it is
 * closed, and a crash leaves nothing. The child may have been taken over by the SQL that it ran, so a link, a special file
 * and a file of more than `maxBytes` are refused. Throws what the file system refuses with.
 */
export async function openRows(folder: string, maxBytes: number): Promise<RowsText> {
  // O_NONBLOCK: to open a named pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(join(folder, QUERY_ROWS_FILE), flags);
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > maxBytes) throw new Error('a query left no file of rows');
    return { bytes: found.size, read: () => readAll(file, found.size), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* readAll(file: FileHandle, bytes: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes;) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, bytes - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new Error('the rows of a query became fewer');
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
