import { rethrowIfAborted } from '@rat/runtime';
import { archiveLandingFiles } from '@rat/storage';
import { finishArchive, listDueArchives, type ArchiveKey } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

type ArchiveDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

const ARCHIVES_A_TURN = 100;

/** What one move may take at a time; its row is locked meanwhile. The rest is for the next turn. */
const MOVE_MS = 15_000;

/**
 * Moves away what published runs have read, for pipelines with `archive_landing_zones`: all that is due, or of one run.
 * A move that fails is logged and stays due.
 *
 * The list of files is noted before the run reads them, and becomes due in the transaction that publishes it. So a crash
 *
 * - before that commit leaves the files unread: the next attempt fixes its list anew;
 * - after it, before or amid the moves, leaves files in the zone that are read: no run lists them, since they are due,
 *   and the rescue loop of any runner moves them;
 * - after the moves, before they are noted as done, has them made again, which finds every file in its place.
 *
 * Two runs of one pipeline that read the same file at once cannot both publish: the second finds main moved and starts
 * again (`requiresSameMain`). A file that was replaced since it was read is another file, and stays for the next run.
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
