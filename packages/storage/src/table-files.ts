import { InputError } from '@rat/domain';
import { ObjectMissingError, type ObjectStore } from './object-store.ts';

export interface ListedFile {
  uri: string;
  bytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** The files of tables. All names are absolute URIs; a written file is never changed. */
export interface TableFiles {
  read(uri: string): Promise<Uint8Array>;
  /** A text that changes whenever the file changes. Throws as `read` does. */
  fingerprint(uri: string): Promise<string>;
  /**
   * Creates a file, durable on return. Throws an error with the code EEXIST when the name exists.
   */
  writeNew(uri: string, bytes: Uint8Array): Promise<void>;
  /** Deletes a file; does nothing when it does not exist, as maintenance repeats after a crash. */
  remove(uri: string): Promise<void>;
  /** All files below a folder; empty when the folder does not exist. */
  list(prefixUri: string): Promise<ListedFile[]>;
  /**
   * The one spelling of a file's URI that `list` uses; other writers spell it differently. A URI of
   * another scheme stays as it is.
   */
  canonicalUri(uri: string): string;
}

/** How the keys of a store are written as URIs. */
export interface UriSpace {
  /** With its colon. */
  scheme: string;
  /** The URI of the store itself, in its canonical spelling and without `/` at the end. */
  root: string;
  /** The one spelling of a URI; a URI of another scheme stays as it is. */
  canonical: (uri: string) => string;
}

/**
 * Table files in an object store. Confined to it: other writers' metadata names files too. Throws
 * InputError for a URI outside.
 */
export class StoredTableFiles implements TableFiles {
  readonly #store: ObjectStore;
  readonly #uris: UriSpace;

  constructor(store: ObjectStore, uris: UriSpace) {
    this.#store = store;
    this.#uris = uris;
  }

  /** The URI of a path in the store. */
  uri(...path: string[]): string {
    const uri = this.#uris.canonical([this.#uris.root, ...path].join('/'));
    this.#key(uri);
    return uri;
  }

  async read(uri: string): Promise<Uint8Array> {
    return this.#store.read(this.#key(uri));
  }

  async fingerprint(uri: string): Promise<string> {
    const key = this.#key(uri);
    const found = await this.#store.stat(key);
    if (found === undefined) throw new ObjectMissingError(key);
    return found.version;
  }

  async writeNew(uri: string, bytes: Uint8Array): Promise<void> {
    await this.#store.create(this.#key(uri), bytes);
  }

  async remove(uri: string): Promise<void> {
    await this.#store.delete(this.#key(uri));
  }

  async list(prefixUri: string): Promise<ListedFile[]> {
    const prefix = this.#key(prefixUri);
    const { objects } = await this.#store.list(prefix === '' ? '' : `${prefix}/`);
    return objects.map(({ key, size, modifiedAt }) => ({
      uri: `${this.#uris.root}/${key}`,
      bytes: size,
      modifiedAt,
    }));
  }

  canonicalUri(uri: string): string {
    return this.#uris.canonical(uri);
  }

  /** Empty for the URI of the store itself. */
  #key(uri: string): string {
    const { scheme, root, canonical } = this.#uris;
    if (!uri.startsWith(`${scheme}/`)) throw new InputError(`only ${scheme} URIs can be read`);
    const found = canonical(uri);
    if (found === root || found === `${root}/`) return '';
    if (!found.startsWith(`${root}/`)) throw new InputError('the file is outside the warehouse');
    return found.slice(root.length + 1);
  }
}
