import { formatArchivedRow } from '@rat/contracts';
import type { BackgroundJob } from '@rat/runtime';
import { archiveStream, type RunEvent } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

/** A turn ends after this many streams; the next one continues with the backlog. */
const STREAMS_A_TURN = 100;

type ArchiveDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

/**
 * Moves the event streams of runs that ended more than `afterMs` ago from the database into files.
 * Every runner runs this job, and the database gives each stream to one of them.
 */
export function archiveLogs(afterMs: number): BackgroundJob<ArchiveDeps> {
  return {
    name: 'archive-logs',
    everyMs: 5_000,
    run: async (deps, signal) => {
      for (let n = 0; n < STREAMS_A_TURN && !signal.aborted; n += 1) {
        if (!(await archiveNext(deps, afterMs))) return;
      }
    },
  };
}

/** Moves one stream. Returns false when none is due, or other runners have all due ones in hand. */
export async function archiveNext(deps: ArchiveDeps, afterMs: number): Promise<boolean> {
  return archiveStream(deps.db, afterMs, ({ runId, finishedAt, pages }) =>
    deps.warehouse.logs.write(runId, finishedAt, linesOf(pages)),
  );
}

async function* linesOf(pages: AsyncIterable<RunEvent[]>): AsyncGenerator<string> {
  for await (const rows of pages) {
    yield rows
      .map((row) => `${formatArchivedRow({ ...row, at: row.at.toISOString() })}\n`)
      .join('');
  }
}
