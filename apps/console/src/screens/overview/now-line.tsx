import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { StatusMark } from '../../parts/status-mark.tsx';
import styles from './overview.module.css';
import { useStats } from './use-stats.ts';
import { OVERVIEW } from './use-health.ts';

/** What runs and what waits now, and how many slots the runners have. */
export function NowLine({ namespace }: { namespace: string | undefined }): ReactNode {
  const stats = useStats(namespace);
  const runners = useQuery({
    queryKey: [OVERVIEW, 'runners'],
    queryFn: ({ signal }) => rat.runners.list({ signal }),
  });
  const now = stats.data?.now;
  const slots = runners.data?.runners.reduce((sum, runner) => sum + runner.slots, 0);
  const used = runners.data?.runners.reduce((sum, runner) => sum + runner.slots_used, 0);
  return (
    <section aria-label="now">
      <h2>Now</h2>
      <p className={styles.line}>
        <Link to="/runs" search={{ status: 'running' }} className={styles.count}>
          <StatusMark mark="running" /> {now?.running ?? '–'}
        </Link>
        <Link to="/runs" search={{ status: 'pending' }} className={styles.count}>
          <StatusMark mark="pending" /> {now?.pending ?? '–'}
        </Link>
        {slots !== undefined && (
          <span>
            slots {used} of {slots}{' '}
            <meter min={0} max={Math.max(1, slots)} value={used} aria-label="slots in use" />
          </span>
        )}
      </p>
    </section>
  );
}
