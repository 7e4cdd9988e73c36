import type { ExecutorSql, ExecutorStatement } from '@rat/contracts';
import { scrubLogText, type ExecutedSql, type ExecutedStatement } from '@rat/domain';

/** Limits of what an attempt stores of its SQL, in UTF-16 units. Most pipelines have a few thousand. */
const COMPILED_MAX_LENGTH = 256 * 1024;
const STATEMENTS_MAX_LENGTH = 256 * 1024;
const STATEMENTS_MAX = 1_000;

/**
 * The SQL of an attempt in the form in which it is stored: scrubbed as log lines are, and cut to a
 * bounded size. `ended` are the statements that have ended, in any order.
 *
 * @example
 * const executed = toExecutedSql(sql, ended, deps.ownFolders);
 */
export function toExecutedSql(
  sql: ExecutorSql,
  ended: readonly Pick<ExecutorStatement, 'index' | 'rows' | 'durationMs'>[],
  ownFolders: readonly string[],
): ExecutedSql {
  const compiled = scrubLogText(sql.compiled, ownFolders);
  const ends = new Map(ended.map((end) => [end.index, end]));
  const statements: ExecutedStatement[] = [];
  let isTruncated = compiled.length > COMPILED_MAX_LENGTH;
  let left = STATEMENTS_MAX_LENGTH;
  for (const [index, { text, line, column }] of sql.statements.entries()) {
    if (left === 0 || statements.length === STATEMENTS_MAX) {
      isTruncated = true;
      break;
    }
    // Scrub before cutting: half a secret is not recognised as one.
    const scrubbed = scrubLogText(text, ownFolders);
    isTruncated ||= scrubbed.length > left;
    const shown = scrubbed.slice(0, left);
    left -= shown.length;
    const { rows, durationMs } = ends.get(index) ?? {};
    statements.push({ text: shown, line, column, rows, durationMs });
  }
  return { compiled: compiled.slice(0, COMPILED_MAX_LENGTH), statements, isTruncated };
}
