import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PipelineRef } from '@rat/domain';
import { LocalLandingZones } from './local-landing-zones.ts';
import { LocalObjectStore } from './local-object-store.ts';
import { LogArchive } from './log-archive.ts';
import { attemptPrefix, dataPrefix, Warehouse } from './warehouse.ts';

/** The two roots, absolute. They may share a volume, but not a folder. */
export interface LocalWarehouseOptions {
  /** Tables: `<root>/<namespace>/<layer>/<name>/data/…`. */
  root: string;
  /** Uploads: `<landingRoot>/<namespace>/<zone>/…`. */
  landingRoot: string;
}

/**
 * A warehouse on a local or mounted disk, with the folders that DuckDB writes. DuckDB opens paths,
 * and an executor holds no credentials. So for a remote store these folders stay local, and the
 * runner uploads their files before it stages the branch.
 */
export class LocalWarehouse extends Warehouse<LocalLandingZones> {
  readonly #root: string;

  constructor({ root, landingRoot }: LocalWarehouseOptions) {
    super({
      tables: new LocalObjectStore({ root }),
      landing: new LocalLandingZones(landingRoot),
      // The database deletes the rows next, so the file and all its folders must survive a power cut.
      logs: new LogArchive(
        new LocalObjectStore({ root, syncsAllFolders: true, removesEmptyFolders: true }),
      ),
    });
    this.#root = resolve(root);
  }

  /**
   * Creates the folder that one attempt may write; absolute. Empties it first: an earlier try of
   * the same attempt may have crashed and left files.
   */
  async stagingDir(ref: PipelineRef, runId: string, attempt: number): Promise<string> {
    const folder = resolve(this.#root, attemptPrefix(ref, runId, attempt));
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /**
   * Creates a folder for the files of a compaction. It does not carry the run's name: once the
   * files belong to the table, discarding the run must not delete them. Files that are never
   * committed are orphans, which maintenance deletes.
   */
  async compactionDir(ref: PipelineRef): Promise<string> {
    const folder = join(this.#root, dataPrefix(ref), `compact_${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    return folder;
  }
}
