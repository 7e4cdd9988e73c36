import type { ReactNode } from 'react';
import type { MistakePlace } from './mistake-place.ts';
import styles from './query-screen.module.css';

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
