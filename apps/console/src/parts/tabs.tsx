import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import styles from './tabs.module.css';

/** The parts of a page, each a link: the address names the one that is shown, so Back returns to it. */
export function Tabs<Name extends string>({
  names,
  shown,
  label,
}: {
  names: readonly Name[];
  shown: Name;
  label: string;
}): ReactNode {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {names.map((name) => (
        <Link
          key={name}
          to="."
          search={({ ns }: { ns?: string | undefined }) => ({ ns, tab: name }) as never}
          resetScroll={false}
          aria-current={name === shown ? 'page' : undefined}
          className={`${styles.tab} ${name === shown ? styles.shown : ''}`}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
