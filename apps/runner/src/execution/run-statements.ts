import { scrubLogText } from '@rat/domain';
import type { EngineSession, Statement, TableEngine } from '@rat/engine';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';
import { countOf } from './count-of.ts';

const STATEMENT_LINE_LENGTH = 120;

/**
 * Runs the statements before the last one, one by one, and logs each with its rows and its time.
 * Throws StatementError.
 */
export async function runStatements(
  { engine, session }: { engine: TableEngine; session: EngineSession },
  statements: readonly Statement[],
  reporter: RunReporter,
): Promise<void> {
  reporter.log('info', 'Executing SQL...');
  for (const [index, statement] of statements.entries()) {
    await reporter.waitForCapacity();
    const sql = engine.authorsSql(statement.text);
    reporter.log('debug', sql);
    const startedMs = performance.now();
    try {
      const { rows } = await session.run(statement);
      const ms = Math.round(performance.now() - startedMs);
      reporter.log('info', `${oneLine(sql)} (${countOf(rows, 'row')}, ${ms} ms)`);
      reporter.statement({ index, rows, durationMs: ms });
    } finally {
      logNotes(session, reporter);
    }
  }
}

/** Logs the engine's notes on the statement that just ended or failed. */
export function logNotes(session: EngineSession, reporter: RunReporter): void {
  const { warnings, profile } = session.takeNotes();
  for (const warning of warnings) reporter.log('warn', warning);
  if (profile !== undefined) reporter.log('debug', profile);
}

/** Shortens a statement to one line. The first line alone is often just SELECT. */
export function oneLine(text: string): string {
  // Scrub before cutting: half a secret is not recognised as one.
  const line = scrubLogText(text)
    .slice(0, 10 * STATEMENT_LINE_LENGTH)
    .replace(/\s+/g, ' ');
  return line.length > STATEMENT_LINE_LENGTH
    ? `${line.slice(0, STATEMENT_LINE_LENGTH - 1)}…`
    : line;
}
