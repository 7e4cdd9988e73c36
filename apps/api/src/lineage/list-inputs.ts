import { coerceError, runJobs } from '@rat/runtime';
import { findUnlistedVersions } from '@rat/store';
import { listMissingInputs } from '../pipelines/list-missing-inputs.ts';
import type { LineageDeps } from './lineage-deps.ts';

const VERSIONS_A_BATCH = 50;

/** A request lists at most this many batches itself; the rest is for the background job. */
const BATCHES_A_REQUEST = 2;

const LOOK_EVERY_MS = 60_000;

/**
 * Lists the inputs of versions that were written by an older release, until `signal` aborts. An API of
 * the older release may write more of them, so it looks again from time to time.
 */
export async function listInputsInBackground(
  deps: LineageDeps,
  signal: AbortSignal,
): Promise<void> {
  const run = async (): Promise<void> => {
    while (!signal.aborted && !(await listSome(deps))) continue;
  };
  await runJobs([{ name: 'list-pipeline-inputs', everyMs: LOOK_EVERY_MS, run }], deps, signal);
}

/** Lists what a request needs; false when versions are left that have no inputs yet. */
export async function listInputsNow(deps: LineageDeps): Promise<boolean> {
  for (let batch = 0; batch < BATCHES_A_REQUEST; batch += 1) {
    try {
      if (await listSome(deps)) return true;
    } catch (error) {
      // The threads that render templates are busy; the graph is worth an answer without the rest.
      deps.log.warn({ err: coerceError(error) }, 'inputs of pipelines not listed');
      return false;
    }
  }
  return false;
}

/** Returns whether no version is left. */
async function listSome(deps: LineageDeps): Promise<boolean> {
  const versions = await findUnlistedVersions(deps.db, VERSIONS_A_BATCH);
  for (const version of versions) await listMissingInputs(deps, version);
  return versions.length < VERSIONS_A_BATCH;
}
