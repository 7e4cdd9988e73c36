import { Link } from '@tanstack/react-router';
import type { CSSProperties, ReactNode } from 'react';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { formatTime, useZone } from '../../time.tsx';
import styles from './run-bars.module.css';
import type { Run } from './use-newest-runs.ts';

/** A measure of the newest runs, the newest at the right. Each bar is a link, as wide as its place, also where it is low. */
export function RunBars({
  title,
  runs,
  valueOf,
  print,
}: {
  title: string;
  /** Newest first. */
  runs: readonly Run[];
  valueOf: (run: Run) => number | null;
  print: (value: number) => string;
}): ReactNode {
  const zone = useZone();
  const most = Math.max(1, ...runs.map((run) => valueOf(run) ?? 0));
  const hasValues = runs.some((run) => valueOf(run) !== null);
  return (
    <section className={styles.chart}>
      <h2>{title}</h2>
      <p className={styles.top}>{hasValues ? print(most) : 'nothing measured yet'}</p>
      <ol className={styles.bars}>
        {runs.toReversed().map((run) => {
          const value = valueOf(run);
          const to: string = `/runs/${run.id}`;
          const mark = markOf(run);
          const height = `${value === null ? 0 : Math.max(2, (value / most) * 100)}%`;
          const said = value === null ? '' : `, ${print(value)}`;
          return (
            <li key={run.id} className={styles.place}>
              <Link
                to={to}
                preload={false}
                className={styles.run}
                title={`${mark} ${formatTime(run.created_at, 'full', zone)}${said}`}
              >
                <span className={styles.column}>
                  <span
                    className={`${styles.bar} ${styles[mark]}`}
                    style={{ '--height': height } as CSSProperties}
                  />
                </span>
                <StatusMark mark={mark} isBare />
              </Link>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
