import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import styles from './app-frame.module.css';
import { LiveChip } from './live-chip.tsx';
import { NamespaceChoice } from './namespace-choice.tsx';
import { SessionChip } from './session-chip.tsx';
import { ZoneSwitch } from './zone-switch.tsx';

/** The places of the console, in the order of the navigation. A place is listed once its screen exists. */
const PLACES = [
  { to: '/', name: 'Overview' },
  { to: '/runs', name: 'Runs' },
  { to: '/pipelines', name: 'Pipelines' },
  { to: '/tables', name: 'Tables' },
  { to: '/lineage', name: 'Lineage' },
  { to: '/query', name: 'Query' },
  { to: '/landing', name: 'Landing' },
  { to: '/runners', name: 'Runners' },
  { to: '/settings', name: 'Settings' },
] as const;

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
