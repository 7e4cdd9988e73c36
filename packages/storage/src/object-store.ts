import { ConflictError, InputError } from '@rat/domain';

/**
 * Objects by key: what storage needs of a disk or of a bucket, and no more. A key is relative to the
 * store, its parts are separated by `/`: `shop/silver/orders/data/part_0.parquet`. A prefix is empty
 * or ends with `/`: `a/b/` does not cover `a/bc`. Every method throws InputError for a key or a
 * prefix with an empty part, `.` or `..`.
 *
 * An object appears complete or not at all, and never changes: a replacement is another object,
 * with another version. What a method has done when it returns is durable.
 */
export interface ObjectStore {
  /**
   * Stores an object. Of several callers that create one key at the same time exactly one succeeds;
   * the others get ObjectExistsError. With `replace`, readers see the old object or the new one.
   * Content that breaks off, and an abort, leave no object. S3: PUT with `If-None-Match: *`.
   */
  create(key: string, content: ObjectContent, options?: CreateOptions): Promise<StoredObject>;
  /** The whole object. Throws an error with the code ENOENT when it does not exist. */
  read(key: string): Promise<Uint8Array>;
  /**
   * The object in pieces, as fast as the caller reads; throws as `read` does. A caller that stops
   * early releases the object. `range` beyond the end yields what there is.
   */
  stream(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The object without its content; undefined when it does not exist. */
  stat(key: string): Promise<StoredObject | undefined>;
  /**
   * All objects below a prefix, sorted by key; none for a missing prefix. A store on a disk throws an
   * error with the code ENOTDIR when a file is in the place of the folder.
   */
  list(prefix: string): Promise<ObjectListing>;
  /** The objects and the prefixes directly below a prefix; both sorted. */
  listLevel(prefix: string): Promise<LevelListing>;
  /** Deletes an object; does nothing when it does not exist. */
  delete(key: string): Promise<void>;
  /** Deletes all objects below a prefix, which must not be empty. */
  deletePrefix(prefix: string): Promise<void>;
  /**
   * Gives objects other keys, each only if it still has its version. Answers for each whether `to`
   * holds that version now: also true when an interrupted earlier call moved it. False means that
   * the object was replaced or deleted; the object that is then at `from` stays there.
   *
   * Only one caller at a time may write below the keys `to`. A store without renames copies and then
   * deletes, so both keys may hold the object after a crash; a second call finishes. S3: a copy with
   * `x-amz-copy-source-if-match` and `If-None-Match: *`, then DELETE with `If-Match`.
   */
  move(moves: readonly ObjectMove[]): Promise<boolean[]>;
}

export type ObjectContent = Uint8Array | AsyncIterable<Uint8Array>;

export interface CreateOptions {
  /** Whether the object may replace one of the same key. */
  replace?: boolean;
  signal?: AbortSignal;
}

/** Bytes from `start` to before `end`, counted from 0. */
export interface ByteRange {
  start?: number;
  end?: number;
}

export interface StoredObject {
  key: string;
  /** In bytes. */
  size: number;
  /** Milliseconds since 1970, by the clock of the store. */
  modifiedAt: number;
  /** A text that differs for the objects that a key has had: the ETag on S3. */
  version: string;
}

export interface ObjectListing {
  /**
   * A store on a disk also lists objects that are still arriving, under keys of their own: a crash
   * leaves them, and the owner of the prefix deletes them as it deletes other remains.
   */
  objects: StoredObject[];
  /** Names that are no key, because their bytes are not UTF-8; such bytes are shown as `\xe9`. */
  unreadable: string[];
}

export interface LevelListing extends ObjectListing {
  /** Complete prefixes, with `/` at the end. A store on a disk also lists empty folders. */
  prefixes: string[];
}

export interface ObjectMove {
  from: string;
  to: string;
  version: string;
}

/** The key is taken, by an object or by a folder. */
export class ObjectExistsError extends Error {
  readonly code = 'EEXIST';

  constructor(key: string, options?: ErrorOptions) {
    super(`the object ${key} exists`, options);
  }
}

/** The object does not exist. */
export class ObjectMissingError extends Error {
  readonly code = 'ENOENT';

  constructor(key: string, options?: ErrorOptions) {
    super(`the object ${key} does not exist`, options);
  }
}

/** A folder of the key is a symbolic link, and the store follows none. Only on disks. */
export class LinkedFolderError extends ConflictError {
  /** The link, relative to the store. */
  readonly folder: string;

  constructor(folder: string) {
    super(`the folder ${folder} is a symbolic link, which is never followed`);
    this.folder = folder;
  }
}

/** The parts of a valid key. Throws InputError for any other text. */
export function splitKey(key: string): string[] {
  const parts = key.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
    throw new InputError('the name of a stored object must be a relative path without . and ..');
  }
  return parts;
}

/** The parts of a valid prefix, none for the whole store. Throws InputError for any other text. */
export function splitPrefix(prefix: string): string[] {
  if (prefix === '') return [];
  if (!prefix.endsWith('/')) throw new InputError('a prefix must end with /');
  return splitKey(prefix.slice(0, -1));
}

/** Throws InputError for a range that no object can have. */
export function checkRange({ start = 0, end = start }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) {
    return;
  }
  throw new InputError('a range must begin at 0 or later and must not end before it begins');
}
