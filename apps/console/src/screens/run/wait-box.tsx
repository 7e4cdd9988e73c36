import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Time } from '../../time.tsx';
import styles from './boxes.module.css';
import { runKey, type RunFacts } from './run-facts.ts';

/** What a run waits for changes without an event of its own. */
const EVERY_MS = 5_000;

/** Why a run has not started yet. */
export function WaitBox({ run }: { run: RunFacts }): ReactNode {
  const { data: why } = useQuery({
    queryKey: runKey(run.id, 'why'),
    queryFn: ({ signal }) => rat.runs.why(run.id, { signal }),
    refetchInterval: EVERY_MS,
  });
  if (why === undefined || !why.waiting) return null;
  return (
    <section aria-label="why it waits" className={styles.box}>
      <ul>
        {why.reasons.map((reason) => (
          <li key={reason.code} className={styles.facts}>
            <span className={styles.message}>{reason.message}</span>
            {reason.since !== null && (
              <span className={styles.quiet}>
                since <Time at={reason.since} />
              </span>
            )}
            {reason.run_id !== undefined && (
              <Link to="/runs/$runId" params={{ runId: reason.run_id }}>
                The run in the way
              </Link>
            )}
          </li>
        ))}
      </ul>
      {(why.position !== null || why.estimated_start_at !== null) && (
        <p className={styles.facts}>
          {why.position !== null && <span>number {why.position} in the line of its pipeline</span>}
          {why.estimated_start_at !== null && (
            <span>
              starts at about <Time at={why.estimated_start_at} />
            </span>
          )}
        </p>
      )}
    </section>
  );
}
