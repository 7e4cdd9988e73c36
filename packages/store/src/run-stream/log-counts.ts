import type { LogLevel } from '@rat/domain';

/** How many lines of each level the log of a run has, up to one row of its stream. */
export interface LogCounts {
  /** The seq of that row. Rows never change, so a later read goes on from here. */
  lastSeq: number;
  byLevel: Record<LogLevel, number>;
  firstErrorSeq: number | undefined;
}

/** Counts inside of JSON, as `runs.log_counts` stores them. */
export interface LogCountsRow extends Record<LogLevel, number> {
  first_error_seq: number | null;
}

/**
 * SQL for the counts of the lines in `run_events` after a seq, for a statement that reads `runs r`. It reads
 * a range of the primary key: an index with the level would cost each line that a run writes. Counters that
 * each batch of lines moves on were rejected: a runner of an older release, beside the new one during an
 * upgrade, would leave them wrong.
 */
export function countLines(afterSeq: string): string {
  return `(
    SELECT jsonb_build_object(
      'debug', count(*) FILTER (WHERE e.level = 'debug'),
      'info', count(*) FILTER (WHERE coalesce(e.level, 'info') = 'info'),
      'warn', count(*) FILTER (WHERE e.level = 'warn'),
      'error', count(*) FILTER (WHERE e.level = 'error'),
      'first_error_seq', min(e.seq) FILTER (WHERE e.level = 'error')
    )
    FROM run_events e
    WHERE e.run_id = r.id AND e.seq > ${afterSeq} AND e.kind = 'log'
  )`;
}

/** The counts up to `lastSeq`: those of `row`, added to those that were known before. */
export function toLogCounts(
  row: LogCountsRow,
  lastSeq: number,
  known: LogCounts | undefined,
): LogCounts {
  const { byLevel, firstErrorSeq } = known ?? NOTHING;
  return {
    lastSeq,
    byLevel: {
      debug: byLevel.debug + row.debug,
      info: byLevel.info + row.info,
      warn: byLevel.warn + row.warn,
      error: byLevel.error + row.error,
    },
    firstErrorSeq: firstErrorSeq ?? row.first_error_seq ?? undefined,
  };
}

const NOTHING: Pick<LogCounts, 'byLevel' | 'firstErrorSeq'> = {
  byLevel: { debug: 0, info: 0, warn: 0, error: 0 },
  firstErrorSeq: undefined,
};
