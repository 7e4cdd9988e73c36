import { ConflictError, InputError, isSlug } from '@rat/domain';
import { identityOf, type LandingFile, type LandingIdentity } from './landing-file.ts';
import {
  LinkedFolderError,
  type LevelListing,
  type ObjectListing,
  type ObjectStore,
} from './object-store.ts';

/** The folder of a zone with the files that a run has read; no run reads them again. */
const PROCESSED_FOLDER = '_processed';

/** The folder of a zone with its samples, which previews read and no run reads. */
const SAMPLES_FOLDER = '_samples';

/**
 * Names at the top of a zone that are no input: the folders of processed files and of samples for
 * previews, and a file in the place of one.
 */
const RESERVED_NAMES: ReadonlySet<string> = new Set([PROCESSED_FOLDER, SAMPLES_FOLDER]);

/** The content of a folder of a zone. */
export interface LandingContent {
  /** Sorted by path. */
  files: LandingFile[];
  /**
   * Paths whose name is not UTF-8, with `\xe9` for such bytes: no program can open them by name.
   */
  unreadable: string[];
}

/** A zone with the number and the size of its unread files. */
export interface LandingZoneSummary {
  name: string;
  files: number;
  bytes: number;
}

/**
 * The zones `<namespace>/<zone>/` of a store, which receive files. Stateless; holds no handles. No
 * symbolic link is followed, because it could lead to another namespace's files.
 */
export class LandingZones {
  readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /**
   * The files of a zone and its sub-folders, sorted by path; empty for a missing zone. Leaves out
   * hidden files, the zone's reserved folders and everything but plain files: a reader would follow
   * a link out of the zone.
   */
  async listFiles(namespace: string, zone: string): Promise<LandingFile[]> {
    return (await this.listContent(namespace, zone)).files;
  }

  /** The files as from `listFiles`, and the names that are not readable. */
  async listContent(namespace: string, zone: string): Promise<LandingContent> {
    const prefix = this.#zonePrefix(namespace, zone);
    const level = await this.#listLevel(prefix);
    const inputs = level.objects.filter(({ key }) => !RESERVED_NAMES.has(key.slice(prefix.length)));
    const listings: ObjectListing[] = [{ objects: inputs, unreadable: level.unreadable }];
    for (const inner of level.prefixes) {
      const name = inner.slice(prefix.length, -1);
      if (name.startsWith('.') || RESERVED_NAMES.has(name)) continue;
      listings.push(await this.#list(inner));
    }
    const unreadable = listings.flatMap((listing) => visible(listing.unreadable, prefix));
    return {
      files: describeFiles(listings, prefix),
      unreadable: unreadable.toSorted(),
    };
  }

  /** The processed files, by their path below the processed folder: `<run id>/<path>`. */
  async listProcessed(namespace: string, zone: string): Promise<LandingFile[]> {
    const prefix = `${this.#zonePrefix(namespace, zone)}${PROCESSED_FOLDER}/`;
    return describeFiles([await this.#list(prefix)], prefix);
  }

  /** The first symbolic link among the folders down to the zone; undefined when there is none. */
  async findLink(namespace: string, zone: string): Promise<string | undefined> {
    try {
      // Any key in the zone serves: the store checks the folders before it looks for the object.
      await this.store.stat(this.key(namespace, zone, '_'));
      return undefined;
    } catch (error) {
      if (error instanceof LinkedFolderError) return error.folder;
      throw error;
    }
  }

  /**
   * The namespace's zones by name. Ignores a folder whose name is no slug: no template can name it.
   */
  async listZones(namespace: string): Promise<LandingZoneSummary[]> {
    const zones: LandingZoneSummary[] = [];
    for (const name of await this.listZoneNames(namespace)) {
      const files = await this.listFiles(namespace, name);
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      zones.push({ name, files: files.length, bytes });
    }
    return zones;
  }

  /** The names of the namespace's zones, as from `listZones`, without a look into them. */
  async listZoneNames(namespace: string): Promise<string[]> {
    const prefix = this.#namespacePrefix(namespace);
    const { prefixes } = await this.#listLevel(prefix);
    return prefixes.map((one) => one.slice(prefix.length, -1)).filter(isSlug);
  }

  /**
   * Everything that is stored in the zone: waiting and processed files, samples, hidden files.
   * Throws ConflictError when a folder on the way is a symbolic link.
   */
  async listAll(namespace: string, zone: string): Promise<ObjectListing> {
    const prefix = this.#zonePrefix(namespace, zone);
    return withZoneName(namespace, zone, () => this.store.list(prefix));
  }

  /**
   * Deletes these objects of the zone, and the zone itself when nothing else is in it: a file that
   * arrives during the call stays, and so does its zone.
   */
  async deleteZone(namespace: string, zone: string, keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.store.delete(key);
    await this.removeEmptyFolders(this.#zonePrefix(namespace, zone));
  }

  /** A store of objects has no folders; an adapter for a disk removes those that are empty. */
  protected removeEmptyFolders(_prefix: string): Promise<void> {
    return Promise.resolve();
  }

  /** The ids of the runs whose processed files the zone keeps. */
  async listProcessedRuns(namespace: string, zone: string): Promise<string[]> {
    const prefix = `${this.#zonePrefix(namespace, zone)}${PROCESSED_FOLDER}/`;
    const { prefixes } = await this.#listLevel(prefix);
    return prefixes.map((one) => one.slice(prefix.length, -1));
  }

  /** Deletes the files that a run has read. Idempotent. */
  async deleteProcessedRun(namespace: string, zone: string, runId: string): Promise<void> {
    await this.store.deletePrefix(`${this.key(namespace, zone, PROCESSED_FOLDER)}/${runId}/`);
  }

  /** The samples of the zone, by name; empty for a missing zone. */
  async listSamples(namespace: string, zone: string): Promise<LandingFile[]> {
    const prefix = `${this.#zonePrefix(namespace, zone)}${SAMPLES_FOLDER}/`;
    const { objects, unreadable } = await this.#listLevel(prefix);
    return describeFiles([{ objects, unreadable }], prefix);
  }

  /** The key of a sample. Throws InputError for a path that leads out of the zone. */
  sampleKey(namespace: string, zone: string, name: string): string {
    return this.key(namespace, zone, `${SAMPLES_FOLDER}/${name}`);
  }

  /** A file at this moment; undefined when there is none. */
  async findFile(
    namespace: string,
    zone: string,
    path: string,
  ): Promise<LandingIdentity | undefined> {
    const key = this.key(namespace, zone, path);
    const found = await withZoneName(namespace, zone, () => this.store.stat(key));
    return found && identityOf(found);
  }

  /** Removes a file at the top level of the zone; false when there is none. */
  async removeFile(namespace: string, zone: string, name: string): Promise<boolean> {
    if ((await this.findFile(namespace, zone, name)) === undefined) return false;
    await this.store.delete(this.key(namespace, zone, name));
    return true;
  }

  /** The key of a zone's file. Throws InputError for a path that leads out of the zone. */
  key(namespace: string, zone: string, path: string): string {
    const prefix = this.#zonePrefix(namespace, zone);
    if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new InputError('the file is outside its zone');
    }
    return prefix + path;
  }

  /** The key of a file that a run has read. */
  processedKey(namespace: string, zone: string, runId: string, path: string): string {
    return this.key(namespace, zone, `${PROCESSED_FOLDER}/${runId}/${path}`);
  }

  #zonePrefix(namespace: string, zone: string): string {
    if (!isSlug(zone)) throw new InputError('the name of a landing zone must be a slug');
    return `${this.#namespacePrefix(namespace)}${zone}/`;
  }

  #namespacePrefix(namespace: string): string {
    if (!isSlug(namespace)) throw new InputError('the name of a namespace must be a slug');
    return `${namespace}/`;
  }

  async #list(prefix: string): Promise<ObjectListing> {
    return orNothing(() => this.store.list(prefix), { objects: [], unreadable: [] });
  }

  async #listLevel(prefix: string): Promise<LevelListing> {
    const nothing = { objects: [], prefixes: [], unreadable: [] };
    return orNothing(() => this.store.listLevel(prefix), nothing);
  }
}

/** Names the zone in the error for a symbolic link. */
export async function withZoneName<T>(
  namespace: string,
  zone: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LinkedFolderError)) throw error;
    throw new ConflictError(`landing zone ${namespace}/${zone}: ${error.message}`, {
      cause: error,
    });
  }
}

/** A symbolic link or a file in the place of a folder has no files of the zone. */
async function orNothing<T>(list: () => Promise<T>, nothing: T): Promise<T> {
  try {
    return await list();
  } catch (error) {
    if (error instanceof LinkedFolderError || isNoFolder(error)) return nothing;
    throw error;
  }
}

function isNoFolder(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOTDIR';
}

function describeFiles(listings: readonly ObjectListing[], prefix: string): LandingFile[] {
  const files: LandingFile[] = [];
  for (const { objects } of listings) {
    for (const object of objects) {
      const path = object.key.slice(prefix.length);
      if (isVisible(path)) files.push({ path, ...identityOf(object) });
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function visible(keys: readonly string[], prefix: string): string[] {
  return keys.map((key) => key.slice(prefix.length)).filter(isVisible);
}

function isVisible(path: string): boolean {
  return path.split('/').every((part) => !part.startsWith('.'));
}
