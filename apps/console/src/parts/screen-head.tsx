import type { ReactNode } from 'react';
import styles from './screen-head.module.css';

/** The title of a screen, with what acts on all of it. */
export function ScreenHead({
  title,
  children,
}: {
  title: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className={styles.head}>
      <h1>{title}</h1>
      <div className={styles.tools}>{children}</div>
    </div>
  );
}
