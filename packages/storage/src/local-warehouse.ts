import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';
import { LandingZones } from './landing-zones.ts';
import { LogArchive } from './log-archive.ts';
import { isMissing } from './is-missing.ts';

/** The two roots, absolute. They may share a volume, but not a folder. */
export interface LocalWarehouseOptions {
  /** Tables: `<root>/<namespace>/<layer>/<name>/data/…`. */
  root: string;
  /** Uploads: `<landingRoot>/<namespace>/<zone>/…`. */
  landingRoot: string;
}

/**
 * A warehouse on a local or mounted disk. Stateless; holds no handles. A run's folders are named
 * after the run and the attempt, so two attempts of one run, of which one may be a zombie, never
 * write the same file.
 */
export class LocalWarehouse {
  readonly landing: LandingZones;
  readonly logs: LogArchive;
  readonly #root: string;

  constructor(options: LocalWarehouseOptions) {
    this.#root = resolve(options.root);
    this.landing = new LandingZones(options.landingRoot);
    this.logs = new LogArchive(options.root);
  }

  /**
   * Creates the folder that one attempt may write; absolute. Empties it first: an earlier try of
   * the same attempt may have crashed and left files.
   */
  async stagingDir(ref: PipelineRef, runId: string, attempt: number): Promise<string> {
    const folder = this.#attemptDir(ref, runId, attempt);
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
    const folder = join(this.#dataDir(ref), `compact_${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** Deletes the files of one attempt; does nothing when there are none. */
  async discardStaging(ref: PipelineRef, runId: string, attempt: number): Promise<void> {
    await rm(this.#attemptDir(ref, runId, attempt), { recursive: true, force: true });
  }

  /** Deletes the files of a run's attempts up to this one; keeps later ones. */
  async discardAttempts(ref: PipelineRef, runId: string, lastAttempt: number): Promise<void> {
    const prefix = runPrefix(runId);
    await this.#discard(ref, (name) => {
      const attempt = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
      return attempt <= lastAttempt;
    });
  }

  /** Deletes the files of all attempts of a run. Never call it for a published run. */
  async discardRun(ref: PipelineRef, runId: string): Promise<void> {
    const prefix = runPrefix(runId);
    await this.#discard(ref, (name) => name.startsWith(prefix));
  }

  async #discard(ref: PipelineRef, matches: (name: string) => boolean): Promise<void> {
    const folder = this.#dataDir(ref);
    for (const entry of await readEntries(folder)) {
      if (matches(entry.name)) await rm(join(folder, entry.name), { recursive: true, force: true });
    }
  }

  #attemptDir(ref: PipelineRef, runId: string, attempt: number): string {
    return join(this.#dataDir(ref), `${runPrefix(runId)}${attempt}`);
  }

  #dataDir(ref: PipelineRef): string {
    if (!isSlug(ref.namespace) || !isLayer(ref.layer) || !isSlug(ref.name)) {
      throw new InputError('no such table');
    }
    return join(this.#root, ref.namespace, ref.layer, ref.name, 'data');
  }
}

/** Run ids in branch and folder names have no hyphens, which some engines reject. */
function runPrefix(runId: string): string {
  if (!/^[0-9a-f-]{32,36}$/i.test(runId)) throw new InputError('a run id is a UUID');
  return `run_${runId.replaceAll('-', '').toLowerCase()}_`;
}

async function readEntries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
