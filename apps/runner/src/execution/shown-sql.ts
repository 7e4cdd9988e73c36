import type { ExecutorSql } from '@rat/contracts';
import type { TableEngine } from '@rat/engine';
import type { RunPlan } from './plan-run.ts';

/** The SQL of a run for people: with the names of its author, and where each statement begins. */
export function shownSql(
  engine: TableEngine,
  { compiled, statements, result }: RunPlan,
): Omit<ExecutorSql, 'type'> {
  const lines = compiled.split('\n');
  return {
    compiled: engine.authorsSql(compiled),
    statements: [...statements, result].map(({ text, line, column }) => {
      const before = [...(lines[line - 1] ?? '')].slice(0, column - 1).join('');
      const shown = [...engine.authorsSql(before)].length + 1;
      return { text: engine.authorsSql(text), line, column: shown };
    }),
  };
}
