import type { ReactNode } from 'react';
import styles from './empty.module.css';

/** Why a list has nothing, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }): ReactNode {
  return (
    <section className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
