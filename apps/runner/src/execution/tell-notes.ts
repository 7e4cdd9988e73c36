import type { Session } from '@rat/engine';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';

/** Logs DuckDB's notes on the statement that just ended or failed. */
export function tellNotes(session: Session, reporter: Pick<RunReporter, 'log'>): void {
  const { warnings, profile } = session.takeNotes();
  for (const warning of warnings) reporter.log('warn', `DuckDB warns: ${warning}`);
  if (profile !== undefined) reporter.log('debug', profile);
}
