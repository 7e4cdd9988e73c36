import type { CheckedIssue } from '@rat/contracts';
import type { Failure } from '@rat/domain';
import type { Statement } from '@rat/engine';
import type { CompiledTemplate } from '@rat/pipelines';
import { placeInFile } from '../execution/place-in-file.ts';

/** One file of an unsaved pipeline, as it was rendered. */
export interface RenderedFile {
  /** The path of its issues: `sql`, or `quality_tests.<name>.sql`. */
  path: string;
  /** The author's text. */
  source: string;
  statements: readonly Statement[];
  locate: CompiledTemplate['locate'];
}

const EXCERPT = /\n\nLINE \d[^]*$|\n\n {0,9}[^\n]*\n *\^$/;

/**
 * The issue for a failed statement, at its place in the author's file. An editor shows the line
 * itself, so the excerpt of the failure goes.
 */
export function toIssue(
  failure: Failure,
  file: RenderedFile,
  facts: { never: boolean; severity?: CheckedIssue['severity'] },
): CheckedIssue {
  const { locate, statements } = file;
  const { message, line, column } = placeInFile(failure, { file: file.path, locate, statements });
  const { never, severity = 'error' } = facts;
  return {
    path: file.path,
    message: message.replace(EXCERPT, ''),
    ...(line === undefined || column === undefined ? {} : { line, column }),
    severity,
    never,
  };
}

const PYTHON = [
  /^\s*import\s+[\w.]+(?:\s+as\s+\w+)?\s*$/m,
  /^\s*from\s+[\w.]+\s+import\s+[\w*(]/m,
  /^\s*(?:async\s+)?def\s+\w+\s*\(.*\)\s*(?:->\s*[^:]+)?:\s*$/m,
];

/** The issue for a text that is Python; undefined for any other text. */
export function pythonIssue(source: string): CheckedIssue | undefined {
  const found = PYTHON.map((pattern) => pattern.exec(source)?.index ?? Infinity);
  const at = Math.min(...found);
  if (at === Infinity) return undefined;
  const lead = /^\s*/.exec(source.slice(at))?.[0] ?? '';
  const before = source.slice(0, at + lead.length).split('\n');
  return {
    path: 'sql',
    message: 'this is Python: a pipeline is SQL',
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    severity: 'error',
    fix: 'write the transformation as a SELECT; its rows become the table',
    never: true,
  };
}
