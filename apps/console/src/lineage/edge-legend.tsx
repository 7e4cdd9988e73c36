import type { ReactNode } from 'react';
import styles from './edge-legend.module.css';
import type { LineageFlow } from './lineage-boxes.ts';

const LOOKS = {
  read: { dashes: undefined, words: 'the version names it, and the newest success has read it' },
  unread: { dashes: '8 5', words: 'not read yet: the newest success did not read it' },
  earlier: { dashes: '2 4', words: 'earlier version: read by the newest success, not by this one' },
  test: { dashes: '10 4 2 4', words: 'only a quality test reads it' },
} as const;

/** The dashes of the line of a flow; undefined for a solid one. */
export function lookOfFlow({ kind, declared, observed }: LineageFlow): string | undefined {
  if (kind === 'test') return LOOKS.test.dashes;
  if (!declared) return LOOKS.earlier.dashes;
  return observed ? LOOKS.read.dashes : LOOKS.unread.dashes;
}

/** What the lines of the graph mean. */
export function EdgeLegend(): ReactNode {
  return (
    <ul aria-label="lines of the graph" className={styles.legend}>
      {Object.values(LOOKS).map(({ dashes, words }) => (
        <li key={words} className={styles.entry}>
          <svg width="36" height="12" aria-hidden="true" className={styles.line}>
            <line x1="1" y1="6" x2="35" y2="6" strokeDasharray={dashes} />
          </svg>
          {words}
        </li>
      ))}
    </ul>
  );
}
