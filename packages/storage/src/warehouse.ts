import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';
import type { LandingZones } from './landing-zones.ts';
import type { LogArchive } from './log-archive.ts';
import type { ObjectStore } from './object-store.ts';

/** What a warehouse stands on. Tables and landing zones need two stores: a namespace is in both. */
export interface WarehouseParts<Landing extends LandingZones> {
  /** Tables: `<namespace>/<layer>/<name>/data/…`. */
  tables: ObjectStore;
  landing: Landing;
  logs: LogArchive;
}

/**
 * The layout of a warehouse. Stateless; holds no handles. The files of a run lie below a prefix that
 * is named after the run and the attempt, so two attempts of one run, of which one may be a zombie,
 * never write the same file.
 */
export class Warehouse<Landing extends LandingZones = LandingZones> {
  readonly landing: Landing;
  readonly logs: LogArchive;
  readonly #tables: ObjectStore;

  constructor({ tables, landing, logs }: WarehouseParts<Landing>) {
    this.#tables = tables;
    this.landing = landing;
    this.logs = logs;
  }

  /** Deletes the files of one attempt; does nothing when there are none. */
  async discardStaging(ref: PipelineRef, runId: string, attempt: number): Promise<void> {
    await this.#tables.deletePrefix(attemptPrefix(ref, runId, attempt));
  }

  /** Deletes the files of a run's attempts up to this one; keeps later ones. */
  async discardAttempts(ref: PipelineRef, runId: string, lastAttempt: number): Promise<void> {
    await this.#discard(ref, runId, (attempt) => Number(attempt) <= lastAttempt);
  }

  /** Deletes the files of all attempts of a run. Never call it for a published run. */
  async discardRun(ref: PipelineRef, runId: string): Promise<void> {
    await this.#discard(ref, runId, () => true);
  }

  async #discard(
    ref: PipelineRef,
    runId: string,
    matches: (attempt: string) => boolean,
  ): Promise<void> {
    const data = dataPrefix(ref);
    const own = data + runPrefix(runId);
    const { prefixes } = await this.#tables.listLevel(data);
    for (const prefix of prefixes) {
      if (!prefix.startsWith(own) || !matches(prefix.slice(own.length, -1))) continue;
      await this.#tables.deletePrefix(prefix);
    }
  }
}

/** Where one attempt stages its files. */
export function attemptPrefix(ref: PipelineRef, runId: string, attempt: number): string {
  return `${dataPrefix(ref)}${runPrefix(runId)}${attempt}/`;
}

/** Where all data files of a table are. Throws InputError for a name that no table can have. */
export function dataPrefix(ref: PipelineRef): string {
  if (!isSlug(ref.namespace) || !isLayer(ref.layer) || !isSlug(ref.name)) {
    throw new InputError('no such table');
  }
  return `${ref.namespace}/${ref.layer}/${ref.name}/data/`;
}

/** Run ids in branch and folder names have no hyphens, which some engines reject. */
function runPrefix(runId: string): string {
  if (!/^[0-9a-f-]{32,36}$/i.test(runId)) throw new InputError('a run id is a UUID');
  return `run_${runId.replaceAll('-', '').toLowerCase()}_`;
}
