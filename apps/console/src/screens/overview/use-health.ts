import type { AnswerOf } from '@rat/contracts';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { queries, rat } from '../../client.ts';
import { onFeedEvents } from '../../live/feed-state.ts';
import { hasEnded } from '../../live/patch-run.ts';

export type Health = AnswerOf<'listPipelines'>;
export type HealthRow = Health['pipelines'][number];

/** As many pipelines as a page has. */
const MOST = 200;

/** Many runs may end at once; the figures are read again at most this often. */
const EVERY_MS = 5_000;

/** What is requested again when runs have changed, by the first part of its key. */
export const OVERVIEW = 'overview';

/** The pipelines with their last runs. */
export function useHealth(namespace: string | undefined): UseQueryResult<Health> {
  useRefresh();
  return useQuery({
    queryKey: [OVERVIEW, 'health', namespace],
    queryFn: ({ signal }) =>
      rat.pipelines.list({ namespace, include: 'health', limit: MOST }, { signal }).first(),
  });
}

/** Reads the figures of the overview again some time after runs have ended or begun. */
function useRefresh(): void {
  useEffect(() => {
    let timer: number | undefined;
    const stop = onFeedEvents((events) => {
      if (events.every(({ data }) => data.status === 'pending' && data.attempt > 0)) return;
      timer ??= window.setTimeout(
        () => {
          timer = undefined;
          void queries.invalidateQueries({ queryKey: [OVERVIEW] });
        },
        events.some(({ data }) => hasEnded(data.status)) ? 500 : EVERY_MS,
      );
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, []);
}
