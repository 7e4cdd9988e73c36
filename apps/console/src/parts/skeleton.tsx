import type { ReactNode } from 'react';
import styles from './skeleton.module.css';

/** Stands where rows will be, as tall as they are. It appears only when an answer takes a while. */
export function Skeleton({ rows }: { rows: number }): ReactNode {
  return (
    <output aria-label="loading" className={styles.skeleton}>
      {Array.from({ length: rows }, (_, row) => (
        // The bars have no content and no order.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={row} className={styles.bar} />
      ))}
    </output>
  );
}
