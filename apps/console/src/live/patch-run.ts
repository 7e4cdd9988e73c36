import type { FeedEvent } from '@rat/client';
import type { AnswerOf } from '@rat/contracts';

export type RunSummary = AnswerOf<'listRuns'>['runs'][number];

type Change = FeedEvent['data'];

const ENDED = new Set<string>(['success', 'failed', 'cancelled']);

export function hasEnded(status: string): boolean {
  return ENDED.has(status);
}

/**
 * A run after a status change. An event that is older than the answer which it meets changes nothing: an ended run stays as it
 * is, and so does a run whose later attempt is known.
 */
export function patchRun<Run extends RunSummary>(run: Run, change: Change): Run {
  if (hasEnded(run.status) || change.attempt < run.attempt) return run;
  const next = { ...run, status: change.status, attempt: change.attempt };
  if (change.status === 'running') next.started_at = run.started_at ?? change.timestamp;
  if (!hasEnded(change.status)) return next;
  return {
    ...next,
    finished_at: change.timestamp,
    duration_ms: change.duration_ms,
    rows_written: change.rows_written,
    error: change.error,
    progress: null,
  };
}

/** The rows of a list after changes, each in its place. The same array when none of them is concerned. */
export function patchRuns<Run extends RunSummary>(
  runs: readonly Run[],
  changes: readonly Change[],
): readonly Run[] {
  const known = new Set(runs.map(({ id }) => id));
  const mine = changes.filter(({ run_id: id }) => known.has(id));
  if (mine.length === 0) return runs;
  return runs.map((run) =>
    mine.filter(({ run_id: id }) => id === run.id).reduce(patchRun<Run>, run),
  );
}
