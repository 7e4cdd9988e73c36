import { rethrowIfAborted } from '@rat/runtime';
import { archiveLandingFiles } from '@rat/storage';
import { finishArchive, listDueArchives, type ArchiveKey } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

type ArchiveDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

const ARCHIVES_A_TURN = 100;

/** The time limit of one move, whose row is locked for as long. The next turn continues. */
const MOVE_MS = 15_000;

/**
 * Moves landing files that published runs have read into the archive, for pipelines with
 * `archive_landing_zones`: all that are due, or those of one run. A move that fails is logged and
 * stays due.
 *
 * The list of files is stored before the run reads them, and becomes due in the transaction that
 * publishes the run. So a crash
 *
 * - before that commit leaves the files unread: the next attempt lists the zone again;
 * - after the commit and before the last move leaves read files in the zone: no run lists them,
 *   since they are due, and any runner's background job moves them;
 * - after the moves and before they are recorded repeats the moves, which find every file in its
 *   place.
 *
 * Two runs of one pipeline that read the same file cannot both publish: the second finds that main
 * moved, and starts again (`requiresSameMain`). A file that was replaced after the read is another
 * file, and stays for the next run.
 */
export async function archiveLandingZones(deps: ArchiveDeps, runId?: string): Promise<void> {
  for (const key of await listDueArchives(deps.db, ARCHIVES_A_TURN, runId)) {
    try {
      await archiveOne(deps, key);
    } catch (err) {
      rethrowIfAborted(err);
      deps.log.warn({ err, run_id: key.runId, zone: key.zone }, 'landing files not archived yet');
    }
  }
}

async function archiveOne({ db, warehouse, log }: ArchiveDeps, key: ArchiveKey): Promise<void> {
  await finishArchive(db, key, async (archive) => {
    const deadline = performance.now() + MOVE_MS;
    const { moved, left, complete } = await archiveLandingFiles(
      warehouse.landing,
      archive,
      deadline,
    );
    const fields = { run_id: key.runId, zone: key.zone };
    if (!complete) return 'unfinished';
    for (const path of left)
      log.warn({ ...fields, path }, 'landing file was replaced or taken away after it was read');
    log.info({ ...fields, files: moved }, 'landing files archived');
    return 'finished';
  });
}
