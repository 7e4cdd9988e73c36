import { formatArchivedRow } from '@rat/contracts';
import { repeat } from '@rat/runtime';
import { archiveStream, type RunEvent } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const LOOK_EVERY_MS = 5_000;

/** A backlog is worked off in turns, so that a stop is never far. */
const STREAMS_A_TURN = 100;

type ArchiveDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

/**
 * Moves the streams of runs that ended more than `afterMs` ago into files, one after the other, until `signal` aborts; 0
 * moves none. Every runner does, and the database gives each stream to one of them.
 */
export async function archiveLogs(
  deps: ArchiveDeps,
  afterMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (afterMs === 0) return;
  await repeat(
    async () => {
      for (let n = 0; n < STREAMS_A_TURN && !signal.aborted; n += 1) {
        if (!(await archiveNext(deps, afterMs))) return;
      }
    },
    {
      everyMs: LOOK_EVERY_MS,
      signal,
      onError: (err) => deps.log.warn({ err }, 'log not archived'),
    },
  );
}

/** Moves one stream; false when none is to be moved, or others have them in hand. */
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
