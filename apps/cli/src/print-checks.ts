import { formatRef, type PipelineRef } from '@rat/domain/words';
import type { CliContext } from './context.ts';
import { formatIssue } from './explain-error.ts';
import { formatCount } from './format.ts';
import { toCell } from './terminal.ts';

type CheckedIssue = Parameters<typeof formatIssue>[0] & { severity: string };

/** Prints the rows of a preview: as a table, or as an object a line with `--json`. */
export function printRows(
  { terminal, options }: CliContext,
  { columns, rows }: { columns: { name: string }[]; rows: unknown[] },
): void {
  const names = columns.map(({ name }) => name);
  // The rows of a stored pipeline are objects, those of a file are arrays.
  const cells = rows.map((row) => (Array.isArray(row) ? row : Object.values(row as object)));
  if (options.json) {
    for (const row of cells)
      terminal.data(JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))));
    return;
  }
  terminal.table(
    names,
    cells.map((row) => row.map(toCell)),
  );
}

/** Notes what each test of a preview found, and its warnings. Returns whether a test failed. */
export function printTests(
  { terminal }: CliContext,
  {
    tests,
    warnings,
  }: {
    tests: { name: string; status: string; violations: number | null }[];
    warnings: string[];
  },
): boolean {
  for (const { name, status, violations } of tests)
    terminal.note(
      `${status === 'passed' ? '✓' : '✕'} ${name} ${status}, ${formatCount(violations ?? 0, 'row')}`,
    );
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  return tests.some(({ status }) => status === 'failed' || status === 'error');
}

/** Notes what the API warned about when it stored a pipeline. */
export function printWarnings(
  { terminal }: CliContext,
  warnings: readonly { path: string; line?: number | undefined; message: string }[],
): void {
  for (const { path, line, message } of warnings)
    terminal.note(`  warning, ${path}${line === undefined ? '' : `:${line}`}: ${message}`);
}

/** Prints what the check of one pipeline found. Returns whether it found an error. */
export function printIssues(
  context: CliContext,
  { ref, issues }: { ref: PipelineRef; issues: readonly CheckedIssue[] },
): boolean {
  const { terminal } = context;
  const hasError = issues.some(({ severity }) => severity === 'error');
  const glyph = hasError ? '✕' : issues.length > 0 ? '!' : '✓';
  context.object({ ...ref, issues }, formatRef(ref), () => {
    terminal.data(`${glyph} ${formatRef(ref)}`);
    for (const issue of issues) terminal.data(`  ${issue.severity}${formatIssue(issue)}`);
  });
  return hasError;
}
