import type { RunLogsQuery } from '@rat/contracts';
import { LOG_LEVELS, type LogLevel } from '@rat/domain';
import type { RunEvent } from '@rat/store';

/** Which lines of a log somebody wants; what is not set does not matter. */
export type LogFilter = Pick<RunLogsQuery, 'level' | 'phase' | 'attempt' | 'q'>;

/** Whether a line is wanted. `level` is the least important one, `q` a part of the message in any case. */
export function isWanted(line: RunEvent, filter: LogFilter): boolean {
  const { level, phase, attempt, q } = filter;
  if (level !== undefined && rank(line.level ?? 'info') < rank(level)) return false;
  if (phase !== undefined && line.phase !== phase) return false;
  if (attempt !== undefined && line.attempt !== attempt) return false;
  return q === undefined || (line.message ?? '').toLowerCase().includes(q.toLowerCase());
}

/** Whether every line is wanted. */
export function isEmptyFilter({ level, phase, attempt, q }: LogFilter): boolean {
  return [level, phase, attempt, q].every((wish) => wish === undefined);
}

function rank(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
