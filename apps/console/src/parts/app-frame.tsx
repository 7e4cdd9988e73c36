import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import styles from './app-frame.module.css';
import { KeyFrame } from './key-frame.tsx';
import { LiveChip } from './live-chip.tsx';
import { NamespaceChoice } from './namespace-choice.tsx';
import { PLACES } from './places.ts';
import { SessionChip } from './session-chip.tsx';
import { ZoneSwitch } from './zone-switch.tsx';

/** The bar above every screen. */
export function AppFrame({ children }: { children: ReactNode }): ReactNode {
  return (
    <>
      <a href="#screen" className={styles.skip}>
        Skip to the content
      </a>
      <header className={styles.bar}>
        <Link to="/" className={styles.name}>
          RAT
        </Link>
        <nav aria-label="places" className={styles.places}>
          {PLACES.map(({ to, name }) => (
            <Link
              key={to}
              to={to}
              className={styles.place}
              activeProps={{ className: `${styles.place} ${styles.here}` }}
              activeOptions={{ includeSearch: false, exact: to === '/' }}
            >
              {name}
            </Link>
          ))}
        </nav>
        <div className={styles.tools}>
          <NamespaceChoice />
          <KeyFrame />
          <LiveChip />
          <ZoneSwitch />
          <SessionChip />
        </div>
      </header>
      <main id="screen" tabIndex={-1} className={styles.screen}>
        {children}
      </main>
    </>
  );
}
