import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { TableElsewhereError, TableFormatError } from '@rat/iceberg';
import { isMissing, LocalTableFiles, pathFromUri } from '@rat/storage';
import { copyWithTime, type Copied } from './copy-file.ts';
import { readTableContents } from './table-contents.ts';

/** Where the files are, and what a snapshot of the database names of them. */
export interface WarehouseCopyOptions {
  warehouse: string;
  /** Gets the files at the same paths. */
  target: string;
  /** URIs of the metadata of all tables. */
  metadataLocations: readonly string[];
  /** Paths of archived logs, relative to the warehouse. */
  logPaths: readonly string[];
  /** Whether the database still names this metadata, so that no newer version has replaced it. */
  isNamed: (location: string) => Promise<boolean>;
  say: (line: string) => void;
}

/** The metadata of the tables that the copy holds whole, and of those that it cannot. */
export interface WarehouseCopy extends Copied {
  readable: string[];
  incomplete: string[];
}

/**
 * Copies the metadata files alone. A table keeps only those of its last versions, so they are taken
 * at once: the copy of the database may last longer than that.
 */
export async function copyMetadata(
  warehouse: string,
  target: string,
  locations: readonly string[],
): Promise<void> {
  for (const location of locations.filter((uri) => uri.startsWith('file:/'))) {
    const path = relative(warehouse, pathFromUri(location));
    if (!path.startsWith('..')) await copyWithTime(join(warehouse, path), join(target, path));
  }
}

/**
 * Copies every file that the snapshot names. `missing`: a file that it needs and that maintenance
 * has removed, so the snapshot must be taken again. A file that is missing while the database names
 * its table's version still is lost: no maintenance removes it, and no new snapshot helps.
 */
export async function copyWarehouse(
  options: WarehouseCopyOptions,
): Promise<WarehouseCopy | { missing: string }> {
  const { warehouse, target, isNamed, say } = options;
  const tables = new CopiedTableFiles(warehouse, target);
  const copy: WarehouseCopy = { files: 0, bytes: 0, readable: [], incomplete: [] };
  for (const location of options.metadataLocations) {
    const lost = await takeTable(location);
    if (lost === 'nothing') {
      copy.readable.push(location);
    } else if (lost === 'elsewhere') {
      say(`WARNING: a table is stored outside of the warehouse and is left out: ${location}`);
    } else if (await isNamed(location)) {
      // A table that is damaged must not prevent the backup of all others.
      say(`WARNING: a table is damaged, at ${lost.path}: ${location}`);
      copy.incomplete.push(location);
    } else {
      return { missing: lost.path };
    }
  }
  // A run that retention removed since has lost its log too.
  for (const path of options.logPaths) await take(path);
  return copy;

  /** Copies what is there of a table, and returns what is not. */
  async function takeTable(location: string): Promise<'nothing' | 'elsewhere' | { path: string }> {
    let lost: string | undefined;
    try {
      const { named, needed } = await readTableContents(tables, location);
      for (const uri of named) {
        if (!(await take(pathOf(uri))) && needed.has(uri)) lost ??= pathOf(uri);
      }
    } catch (error) {
      if (error instanceof TableElsewhereError) return 'elsewhere';
      if (!(error instanceof TableFormatError)) throw error;
      lost = pathOf(location);
      await take(lost);
    }
    return lost === undefined ? 'nothing' : { path: lost };
  }

  /** Whether the copy has the file, now or from before. */
  async function take(path: string): Promise<boolean> {
    const to = join(target, path);
    const bytes = (await copyWithTime(join(warehouse, path), to)) ?? (await sizeOf(to));
    copy.files += bytes === undefined ? 0 : 1;
    copy.bytes += bytes ?? 0;
    return bytes !== undefined;
  }

  function pathOf(uri: string): string {
    return relative(warehouse, pathFromUri(uri));
  }
}

/** Table files of the warehouse; one that was removed since its copy is read from there. */
class CopiedTableFiles extends LocalTableFiles {
  readonly #pathOf: (uri: string) => string;

  constructor(warehouse: string, target: string) {
    super(warehouse);
    this.#pathOf = (uri) => join(target, relative(warehouse, pathFromUri(uri)));
  }

  override async read(uri: string): Promise<Uint8Array> {
    return super.read(uri).catch((error: unknown) => {
      if (isMissing(error)) return readFile(this.#pathOf(uri));
      throw error;
    });
  }

  override async fingerprint(uri: string): Promise<string> {
    return super.fingerprint(uri).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      const { size, mtimeMs } = await stat(this.#pathOf(uri));
      return `${size}-${mtimeMs}`;
    });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
