import { RatError } from '@rat/client';
import type { ReactNode } from 'react';
import styles from './query-screen.module.css';

/** Where the SQL is wrong, counted from 1. */
export interface MistakePlace {
  message: string;
  line: number;
  column: number;
}

/** Where the API says that the SQL is wrong; undefined when it names no place. */
export function placeOfMistake(error: unknown): MistakePlace | undefined {
  if (!(error instanceof RatError)) return undefined;
  const issue = error.issues.find(({ path, line }) => path === 'sql' && line !== undefined);
  if (issue?.line === undefined) return undefined;
  return { message: issue.message, line: issue.line, column: issue.column ?? 1 };
}

/** The line with the mistake, and the message below its column. */
export function SqlMistake({ sql, place }: { sql: string; place: MistakePlace }): ReactNode {
  const line = sql.trim().split('\n')[place.line - 1] ?? '';
  const gutter = `${place.line} | `;
  return (
    <section role="alert" className={styles.mistake}>
      {/* The keys scroll a long line. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={`line ${place.line}, column ${place.column}`}>
        {gutter}
        {line}
        {'\n'}
        {' '.repeat(gutter.length + place.column - 1)}
        <strong>^</strong>
      </pre>
      <p>{place.message}</p>
    </section>
  );
}
