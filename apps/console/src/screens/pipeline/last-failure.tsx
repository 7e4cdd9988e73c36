import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { Time } from '../../time.tsx';
import styles from './last-failure.module.css';
import type { Run } from './use-newest-runs.ts';

/** Why the last run failed, and the way to the place in the code. */
export function LastFailure({ run }: { run: Run }): ReactNode {
  const detail = useQuery({
    queryKey: ['run', 'failure', run.id],
    queryFn: ({ signal }) => rat.runs.get(run.id, { signal }),
  });
  const failure = detail.data?.failure;
  const line = failure?.source_line ?? undefined;
  const column = failure?.source_column ?? undefined;
  return (
    <section className={styles.failure} aria-label="why the last run failed">
      <h2>
        The last run failed: <RunLink id={run.id} /> <Time at={run.finished_at ?? run.created_at} />
      </h2>
      <pre className={styles.message}>{run.error}</pre>
      <p className={styles.ways}>
        <Link
          from="/p/$namespace/$layer/$name"
          to="."
          search={({ ns }) => ({ ns, tab: 'code' as const, file: failure?.file, line, column })}
        >
          {line === undefined ? 'Open in the editor' : `Open in the editor at line ${line}`}
        </Link>
      </p>
    </section>
  );
}
