import type { ReactNode } from 'react';
import { Problem } from '../../parts/problem.tsx';
import { countOf } from '../../parts/numbers.ts';
import styles from './issue-list.module.css';
import { fileOfIssue } from './pipeline-files.ts';
import { issuesOf } from './use-save.ts';
import type { Validation } from './use-validation.ts';

interface Issue {
  path: string;
  message: string;
  severity?: 'error' | 'warning' | undefined;
  line?: number | undefined;
  column?: number | undefined;
  fix?: string | undefined;
}

/** What is wrong with the texts, each with the way to its place. */
export function IssueList({
  validation,
  issues,
  error,
  onOpen,
}: {
  validation: Validation;
  issues: readonly Issue[];
  /** Why the newest save was refused. */
  error: unknown;
  onOpen: (path: string, line?: number, column?: number) => void;
}): ReactNode {
  const { answer, problem, isStale } = validation;
  return (
    <section aria-label="checks">
      <p className={styles.state}>{stateOf({ answer, problem, isStale })}</p>
      {error !== undefined && issuesOf(error).length === 0 && (
        <Problem title="Nothing was saved" error={error} />
      )}
      <ul className={styles.issues}>
        {issues.map((issue) => {
          const file = fileOfIssue(issue.path);
          const { line, column, message, fix, severity } = issue;
          return (
            <li key={`${issue.path} ${line} ${column} ${message}`} className={styles.issue}>
              <span className={severity === 'warning' ? styles.warning : styles.error}>
                {severity === 'warning' ? '! warning' : '✕ error'}
              </span>
              <button type="button" onClick={() => onOpen(file, line, column)}>
                {file}
                {line !== undefined && `:${line}:${column ?? 1}`}
              </button>
              <span className={styles.message}>
                {message}
                {fix !== undefined && ` ${fix}`}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function stateOf({ answer, problem, isStale }: Validation): string {
  if (problem !== undefined) return `Not checked: ${problem}`;
  if (isStale || answer === undefined) return 'Checking…';
  const errors = answer.issues.filter(({ severity }) => severity === 'error').length;
  const warnings = answer.issues.length - errors;
  if (answer.issues.length === 0)
    return `✓ No mistakes. ${countOf(answer.columns.length, 'column')}.`;
  return `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}
