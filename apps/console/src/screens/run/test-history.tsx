import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { useZone, formatTime } from '../../time.tsx';
import type { RunFacts } from './run-facts.ts';
import { TEST_GLYPHS } from './test-glyphs.ts';
import styles from './test-history.module.css';

const LAST = 30;

/** The last results of a test, the oldest first, each with its run behind it. */
export function TestHistory({ run, test }: { run: RunFacts; test: string }): ReactNode {
  const zone = useZone();
  const { namespace, layer, pipeline: name } = run;
  const { data } = useQuery({
    queryKey: ['test-history', namespace, layer, name, test],
    queryFn: ({ signal }) =>
      rat.tests.history({ namespace, layer, name, test }, { limit: LAST }, { signal }).first(),
  });
  if (data === undefined || data.results.length < 2) return null;
  return (
    <span className={styles.strip} aria-label={`the last ${data.results.length} results`}>
      {data.results.toReversed().map(({ run_id: runId, attempt, status, at, violations }) => (
        <Link
          key={`${runId} ${attempt}`}
          to="/runs/$runId"
          params={{ runId }}
          search={{ tab: 'quality' }}
          className={`${styles.result} ${styles[status]}`}
          title={`${status}, ${violations ?? 'no'} violations, ${formatTime(at, 'full', zone)}`}
          aria-label={`${status}, ${formatTime(at, 'full', zone)}`}
        >
          {TEST_GLYPHS[status]}
        </Link>
      ))}
    </span>
  );
}
