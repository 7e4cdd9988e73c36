import { InputError } from '@rat/domain';
import { landingFileName, type StoredLandingFile } from '@rat/contracts';
import { parseInput } from '../http/parse-input.ts';

/** No name of a landing file may contain this character, so an id is never taken for a name. */
const MARK = '*';

/** What a path says about a file: its name, and when it was an id, which of the files of that name. */
export interface NamedFile {
  name: string;
  /** The file only while it has this size and time. */
  only: { bytes: number; modified_at: string } | undefined;
}

/**
 * The id of a file: its name, its size and its time. It stays the same for as long as the file does,
 * needs no storage, and leads to the file without a look at others. A file that replaces it under its
 * name has another id, so a client that deletes what it has seen never deletes what came later.
 */
export function landingFileId({ name, bytes, modified_at }: StoredLandingFile): string {
  const time = Date.parse(modified_at).toString(36);
  return [MARK, toBase64(name), '.', bytes.toString(36), '.', time].join('');
}

/** The file that the path names, by its name or by its id. Throws InputError for neither. */
export function parseNamedFile(text: string): NamedFile {
  if (!text.startsWith(MARK)) return { name: parseInput(landingFileName, text), only: undefined };
  const [name = '', bytes = '', time = '', ...more] = text.slice(MARK.length).split('.');
  const only = { bytes: fromBase36(bytes), modified_at: toTime(fromBase36(time)) };
  if (more.length > 0) throw notAnId();
  return { name: parseInput(landingFileName, Buffer.from(name, 'base64url').toString()), only };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function fromBase36(text: string): number {
  const value = /^-?[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw notAnId();
  return value;
}

function toTime(ms: number): string {
  const time = new Date(ms);
  if (Number.isNaN(time.getTime())) throw notAnId();
  return time.toISOString();
}

function notAnId(): InputError {
  const message = `must be the name of a file or an id from a list of files; only an id begins with ${MARK}`;
  return new InputError(message, [{ path: '', message }]);
}
