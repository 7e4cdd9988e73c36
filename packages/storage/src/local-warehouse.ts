import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';
import { LandingZones } from './landing-zones.ts';
import { LogArchive } from './log-archive.ts';
import { isMissing } from './is-missing.ts';

/** The two roots, absolute. They may be the same volume, not the same folder. */
export interface LocalWarehouseOptions {
  /** Tables: `<root>/<namespace>/<layer>/<name>/data/…`. */
  root: string;
  /** Uploads: `<landingRoot>/<namespace>/<zone>/…`. */
  landingRoot: string;
}

/**
 * A warehouse on a local or mounted disk. It holds no state and no handles. A run's folders are named after the run
 * and the attempt: two attempts of one run, of which one may be a zombie, can never write the same file.
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
   * The folder that one attempt may write; absolute. It is made anew: what a crashed try of the same attempt left
   * behind is gone.
   */
  async stagingDir(ref: PipelineRef, runId: string, attempt: number): Promise<string> {
    const folder = this.#attemptDir(ref, runId, attempt);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /**
   * A new folder for files that compaction writes. It bears no run's name: once they are part of the table, discarding
   * the run that wrote them must not touch them. What is not taken into the table is an orphan, and found as one.
   */
  async compactionDir(ref: PipelineRef): Promise<string> {
    const folder = join(this.#dataDir(ref), `compact_${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** The stored path of a file that an attempt wrote at `file` within its folder. */
  publishedPath(ref: PipelineRef, runId: string, attempt: number, file: string): string {
    return this.relativePath(join(this.#attemptDir(ref, runId, attempt), file));
  }

  /** A file's path as it is stored: relative to the root, with `/`, so that the root can move. */
  relativePath(absolute: string): string {
    const path = relative(this.#root, absolute);
    if (path === '' || path.startsWith('..') || isAbsolute(path)) {
      throw new InputError('the file is outside the warehouse');
    }
    return path.split(sep).join('/');
  }

  /** A stored path as it can be opened. */
  absolutePath(stored: string): string {
    const path = resolve(this.#root, stored);
    // Stored paths come from a database; one that leads out of the root is refused, whoever wrote it.
    this.relativePath(path);
    return path;
  }

  /** Removes what one attempt wrote; nothing to remove is fine. */
  async discardStaging(ref: PipelineRef, runId: string, attempt: number): Promise<void> {
    await rm(this.#attemptDir(ref, runId, attempt), { recursive: true, force: true });
  }

  /** Removes what the attempts of a run up to this one wrote; later ones stay. */
  async discardAttempts(ref: PipelineRef, runId: string, lastAttempt: number): Promise<void> {
    const prefix = runPrefix(runId);
    await this.#discard(ref, (name) => {
      const attempt = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
      return attempt <= lastAttempt;
    });
  }

  /** Removes what all attempts of a run wrote. Never call it for a run that was published. */
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

/** Ids are compared without hyphens, as branches and folders are named in engines that dislike them. */
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
