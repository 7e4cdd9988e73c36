import type { ReactNode } from 'react';
import { formatDuration, Time } from '../../time.tsx';
import styles from './boxes.module.css';
import type { RunFacts } from './run-facts.ts';

/** What became of the request to cancel a run, step by step. */
export function CancelBox({ run: { cancel } }: { run: RunFacts }): ReactNode {
  if (cancel === null) return null;
  const after = (at: string): string =>
    formatDuration(Math.max(0, new Date(at).getTime() - new Date(cancel.requested_at).getTime()));
  return (
    <section aria-label="how it was cancelled" className={styles.box}>
      <p className={styles.facts}>
        <span>
          cancelled{cancel.requested_by !== null && ` by ${cancel.requested_by}`} at{' '}
          <Time at={cancel.requested_at} form="exact" />
        </span>
        {cancel.interrupted_at !== null && (
          <span>→ SQL interrupted after {after(cancel.interrupted_at)}</span>
        )}
        {cancel.stopped_at === null ? (
          <span>→ stopping</span>
        ) : (
          <span>
            → stopped after {after(cancel.stopped_at)}
            {cancel.phase === null ? '' : ` in ${cancel.phase}`}; nothing was published
          </span>
        )}
      </p>
      {cancel.reason !== null && <p className={styles.quiet}>“{cancel.reason}”</p>}
    </section>
  );
}
