import type { Diagnostic } from '@codemirror/lint';
import type { Text } from '@codemirror/state';

/** A mistake in a text. Lines and columns count from 1; without a line it is about the whole text. */
export interface EditorIssue {
  message: string;
  severity: 'error' | 'warning';
  line?: number | undefined;
  column?: number | undefined;
  fix?: string | undefined;
}

/** The offset of a place in a text. A place behind the end, of an answer about an older text, is the end. */
export function findOffset(text: Text, line: number, column: number): number {
  const { from, to } = text.line(Math.min(Math.max(line, 1), text.lines));
  return Math.min(from + Math.max(column, 1) - 1, to);
}

/** The marks of mistakes: each reaches from its place to the end of its word. */
export function toDiagnostics(text: Text, issues: readonly EditorIssue[]): Diagnostic[] {
  return issues.map(({ message, severity, line = 1, column = 1, fix }) => {
    const from = findOffset(text, line, column);
    const { to: end } = text.lineAt(from);
    const word = /^[\w$.]+/.exec(text.sliceString(from, end));
    return {
      from,
      to: Math.min(end, from + Math.max(1, word?.[0].length ?? 1)),
      severity,
      message: fix === undefined ? message : `${message}\n${fix}`,
    };
  });
}
