import { open, readdir, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';

/** A file or folder that cannot be read as expected; `message` is for a person. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

const FILE_MAX_BYTES = 4 * 1024 * 1024;

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'cannot be read: this user has no permission',
  EPERM: 'cannot be read: this user has no permission',
  ELOOP: 'is a symbolic link that leads back to itself',
  ENAMETOOLONG: 'has a name that is too long',
  EMFILE: 'cannot be read: too many files are open',
  EIO: 'cannot be read: the disk reports an error',
};

/**
 * Reads a UTF-8 file as text, without a byte order mark; undefined when the file does not exist.
 * Throws UnreadableError for bytes that are not UTF-8, with the position of the first one: decoding
 * would silently replace them.
 */
export async function readTextFile(path: string): Promise<string | undefined> {
  const bytes = await readBytes(path);
  if (bytes === undefined) return undefined;
  const mistake = encodingMistake(bytes);
  if (mistake !== undefined) throw new UnreadableError(mistake);
  const text = new TextDecoder('utf-8').decode(bytes);
  const nul = text.indexOf('\0');
  if (nul >= 0)
    throw new UnreadableError(
      `has the character NUL${placeOfByte(bytes, nul)}: it is no text file`,
    );
  return text;
}

/**
 * Lists a folder, following links; empty when the folder does not exist. Throws UnreadableError.
 */
export async function readFolder(path: string): Promise<{ name: string; kind: EntryKind }[]> {
  const entries = await orWhyNot(() => readdir(path, { withFileTypes: true }));
  const kinds = (entries ?? []).map(async (entry) => ({
    name: entry.name,
    kind: await kindOf(join(path, entry.name), entry),
  }));
  return Promise.all(kinds);
}

export type EntryKind = 'file' | 'folder' | 'other' | 'dead link';

async function kindOf(path: string, entry: Dirent): Promise<EntryKind> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  try {
    const target = await stat(path);
    if (target.isFile()) return 'file';
    return target.isDirectory() ? 'folder' : 'other';
  } catch {
    // The target is unreadable; the reason does not matter.
    return 'dead link';
  }
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  return orWhyNot(async () => {
    // Opening a pipe would block until a writer opens it.
    const facts = await stat(path);
    if (facts.isDirectory()) throw new UnreadableError('is a folder, and must be a file');
    if (!facts.isFile()) throw new UnreadableError('is no ordinary file');
    if (facts.size > FILE_MAX_BYTES) {
      throw new UnreadableError(`is larger than ${FILE_MAX_BYTES / 1024 / 1024} MiB`);
    }
    const file = await open(path, 'r');
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  });
}

/**
 * Undefined for a missing file; throws any other file system error as a one-line UnreadableError.
 */
async function orWhyNot<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === '') throw error;
    throw new UnreadableError(WHY[code] ?? `cannot be read (${code})`, { cause: error });
  }
}

/** Describes the first byte that is not UTF-8. */
function encodingMistake(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return 'is UTF-16, and must be UTF-8: save it as UTF-8';
  }
  if (isUtf8(bytes)) return undefined;
  const at = firstWrongByte(bytes);
  const hex = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  return `is not UTF-8: byte ${at + 1} is 0x${hex}${placeOfByte(bytes, at)}; save it as UTF-8`;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Finds the longest valid UTF-8 prefix; the wrong byte follows it. */
function firstWrongByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let at = 0;
  let begun = 0;
  for (; at < bytes.length; at += 1) {
    try {
      // The stream decoder emits a character when it is complete.
      if (decoder.decode(bytes.subarray(at, at + 1), { stream: true }) !== '') begun = at + 1;
    } catch {
      return begun;
    }
  }
  return begun;
}

function placeOfByte(bytes: Uint8Array, at: number): string {
  let line = 1;
  for (const byte of bytes.subarray(0, at)) if (byte === 0x0a) line += 1;
  return ` in line ${line}`;
}
