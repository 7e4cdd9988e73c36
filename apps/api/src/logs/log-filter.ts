import type { RunLogsQuery } from '@rat/contracts';
import { LOG_LEVELS, type LogLevel } from '@rat/domain';
import type { RunEvent } from '@rat/store';

/** A filter for log lines. A missing field filters nothing. */
export type LogFilter = Pick<RunLogsQuery, 'level' | 'phase' | 'attempt' | 'q'>;

/**
 * Whether a line passes the filter. `level` is the minimum level; `q` is a part of the message,
 * ignoring case.
 */
export function isWanted(line: RunEvent, filter: LogFilter): boolean {
  const { level, phase, attempt, q } = filter;
  if (level !== undefined && rank(line.level ?? 'info') < rank(level)) return false;
  if (phase !== undefined && line.phase !== phase) return false;
  if (attempt !== undefined && line.attempt !== attempt) return false;
  return q === undefined || (line.message ?? '').toLowerCase().includes(q.toLowerCase());
}

/** Whether the filter lets every line pass. */
export function isEmptyFilter({ level, phase, attempt, q }: LogFilter): boolean {
  return [level, phase, attempt, q].every((wish) => wish === undefined);
}

function rank(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
