import type { ReactNode } from 'react';
import styles from './diff-text.module.css';

/** A unified diff, its lines coloured and each with its own sign. */
export function DiffText({ text }: { text: string }): ReactNode {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .filter((line) => !/^(---|\+\+\+) /.test(line));
  return (
    // A long line scrolls inside, and the keyboard must reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={styles.diff} tabIndex={0} aria-label="difference">
      {lines.map((line, place) => (
        // The lines of one text have no identity but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={place} className={classOf(line)}>
          {line === '' ? ' ' : line}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function classOf(line: string): string | undefined {
  if (line.startsWith('+')) return styles.added;
  if (line.startsWith('-')) return styles.removed;
  return line.startsWith('@') ? styles.place : undefined;
}
