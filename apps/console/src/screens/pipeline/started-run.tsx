import { useQuery } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { queries, rat } from '../../client.ts';
import { onFeedEvents } from '../../live/feed-state.ts';
import { hasEnded } from '../../live/patch-run.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import styles from './started-run.module.css';

/** A run that was just started, with its state as it changes and the way to it. */
export function StartedRun({ id }: { id: string }): ReactNode {
  const run = useQuery({
    queryKey: ['run', 'started', id],
    queryFn: ({ signal }) => rat.runs.get(id, { signal }),
    // The feed reports it sooner; this finds what it has missed while it reconnects.
    refetchInterval: ({ state }) => (hasEnded(state.data?.status ?? '') ? false : 2_000),
  });
  useEffect(
    () =>
      onFeedEvents((events) => {
        if (events.some(({ data }) => data.run_id === id))
          void queries.invalidateQueries({ queryKey: ['run', 'started', id] });
      }),
    [id],
  );
  return (
    <span className={styles.run}>
      Run <RunLink id={id} />
      <span className={styles.mark}>
        {run.data === undefined ? (
          <StatusMark mark="pending" />
        ) : (
          <StatusMark mark={markOf(run.data)} />
        )}
      </span>
    </span>
  );
}
