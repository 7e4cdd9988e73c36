import { InputError } from '@rat/domain';
import { isMissing } from '@rat/storage';
import { TableElsewhereError, TableFormatError, UnsupportedTypeError } from '../format/errors.ts';
import type { TableFiles } from '@rat/storage';

/** A file of a table's metadata. */
interface Part {
  uri: string;
  /** Its name in messages: `its … is missing`. */
  name: string;
}

/**
 * A text that changes with the file's content, computed without reading it. As a cache key it
 * guarantees that a lost or overwritten file is never answered from memory. Throws TableFormatError
 * when the file is missing.
 */
export async function fingerprintPart(files: TableFiles, part: Part): Promise<string> {
  return whole(part, () => files.fingerprint(part.uri));
}

/**
 * Reads and parses one part of a table. Throws TableFormatError when the part is missing or cannot
 * be parsed. Every other error of the port is the storage's and passes unchanged.
 */
export async function readPart<T>(
  files: TableFiles,
  part: Part,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  const bytes = await whole(part, () => files.read(part.uri));
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof TableFormatError || error instanceof UnsupportedTypeError) throw error;
    throw new TableFormatError(`its ${part.name} is damaged`, { cause: error });
  }
}

async function whole<T>(part: Part, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof InputError) {
      throw new TableElsewhereError(`it is stored elsewhere: ${error.message}`, { cause: error });
    }
    if (!isMissing(error) && !isFolder(error)) throw error;
    throw new TableFormatError(`its ${part.name} is missing`, { cause: error });
  }
}

function isFolder(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EISDIR';
}
