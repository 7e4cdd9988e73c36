import { scrubPaths, StatementError, type QueryResult, type Session } from '@rat/engine';
import type { PlannedTest } from './plan-run.ts';
import type { RunReporter } from './run-reporter.ts';
import { RunFailedError } from './to-failure.ts';

const TEST_TIMEOUT_MS = 60_000;
const SAMPLE_ROWS = 3;
const CELL_MAX_LENGTH = 40;
const MESSAGE_MAX_LENGTH = 4_000;

/**
 * Runs each test on the staged rows, one after the other; a row that a test answers is a violation. All tests run, so
 * that one failure does not hide the next. Throws RunFailedError when a test of severity `error` found violations, or
 * could not be run; a test of severity `warn` only says so.
 */
export async function runQualityTests(
  session: Session,
  tests: readonly PlannedTest[],
  reporter: RunReporter,
): Promise<void> {
  const violated: string[] = [];
  for (const planned of tests) {
    const { name, severity } = planned.test;
    const startedMs = performance.now();
    const result = await runTest(session, planned, reporter);
    if (!result) continue;
    if (result.rowCount === 0) {
      const ms = Math.round(performance.now() - startedMs);
      reporter.log('info', `Quality test ${name} passed (${ms} ms)`);
      continue;
    }
    const finding = scrubPaths(describeViolations(planned, result));
    reporter.log(severity, `Quality test ${finding}`);
    if (severity === 'error') violated.push(finding);
  }
  if (violated.length === 0) return;
  const message = `Quality tests failed:\n${violated.join('\n')}`.slice(0, MESSAGE_MAX_LENGTH);
  throw new RunFailedError({ code: 'quality_failed', message });
}

/** The test's rows; undefined when a test that only warns could not be run. */
async function runTest(
  session: Session,
  { test, query }: PlannedTest,
  reporter: RunReporter,
): Promise<QueryResult | undefined> {
  try {
    return await session.query(query, { limit: SAMPLE_ROWS, timeoutMs: TEST_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    const message = `quality test ${test.name}: ${error.failure.message}`;
    if (test.severity === 'error') {
      throw new RunFailedError({ ...error.failure, message }, { cause: error });
    }
    reporter.log('warn', message);
    return undefined;
  }
}

function describeViolations({ test }: PlannedTest, result: QueryResult): string {
  const described = test.description === undefined ? '' : ` (${test.description})`;
  const count = result.rowCount === 1 ? '1 violation' : `${result.rowCount} violations`;
  const rows = result.rows.map((row) => `\n  ${describeRow(result.columns, row)}`);
  return `${test.name}${described}: ${count}${rows.join('')}`;
}

function describeRow(columns: readonly string[], row: readonly (string | null)[]): string {
  return columns.map((column, index) => `${column}=${cut(row[index] ?? 'NULL')}`).join(', ');
}

function cut(text: string): string {
  return text.length > CELL_MAX_LENGTH ? `${text.slice(0, CELL_MAX_LENGTH - 1)}…` : text;
}
