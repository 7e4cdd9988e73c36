import type { ReactNode } from 'react';
import { indentTo, type SourceLine } from './source-excerpt.ts';
import styles from './source-lines.module.css';

/** Where in a source something is wrong. */
export interface Place {
  line: number;
  column: number | undefined;
}

/** Lines of a source with their numbers, and a caret below the place. */
export function SourceLines({
  lines,
  at,
  label,
}: {
  lines: readonly SourceLine[];
  at?: Place | undefined;
  label: string;
}): ReactNode {
  const width = String(lines.at(-1)?.number ?? 1).length;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keys scroll it
    <section className={styles.source} aria-label={label} tabIndex={0}>
      <pre>
        {lines.map(({ number, text }) => (
          <span key={number} className={number === at?.line ? styles.wrong : undefined}>
            <span className={styles.number}>{String(number).padStart(width)} </span>
            {text}
            {'\n'}
            {number === at?.line && at.column !== undefined && (
              <span className={styles.caret}>
                {' '.repeat(width + 1)}
                {indentTo(text, at.column)}^{'\n'}
              </span>
            )}
          </span>
        ))}
      </pre>
    </section>
  );
}
