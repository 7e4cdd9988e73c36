import type { LogLine, RunLogsQuery } from '@rat/contracts';
import { LOG_LEVELS } from '@rat/domain';

/** Which lines of a log somebody wants; what is not set does not matter. */
export type LogFilter = Pick<RunLogsQuery, 'level' | 'phase' | 'attempt' | 'q'>;

/** Whether a line is wanted. `level` is the least important one, `q` a part of the message in any case. */
export function isWanted(line: LogLine, filter: LogFilter): boolean {
  const { level, phase, attempt, q } = filter;
  if (level !== undefined && rank(line.level) < rank(level)) return false;
  if (phase !== undefined && line.phase !== phase) return false;
  if (attempt !== undefined && line.attempt !== attempt) return false;
  return q === undefined || line.message.toLowerCase().includes(q.toLowerCase());
}

function rank(level: LogLine['level']): number {
  return LOG_LEVELS.indexOf(level);
}
