import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { queries, rat } from '../../client.ts';
import { onFeedEvents } from '../../live/feed-state.ts';
import type { PipelinesUrl } from '../../url/pipelines-url.ts';
import { mustReread, patchHealth, type PipelinePage } from './patch-health.ts';

export const PAGE_SIZE = 100;

/** Changes that an event has only in part are read together: at most this often. */
const REREAD_MS = 5_000;

/** A page of pipelines with their newest runs, kept fresh by the feed. */
export function usePipelines(url: PipelinesUrl): UseQueryResult<PipelinePage> {
  const { ns: namespace, q, layer, offset = 0 } = url;
  const page = useQuery({
    queryKey: ['pipelines', 'list', url],
    queryFn: ({ signal }) =>
      rat.pipelines
        .list({ namespace, q, layer, offset, include: 'health', limit: PAGE_SIZE }, { signal })
        .first(),
    placeholderData: keepPreviousData,
    // A next time passes without an event.
    refetchInterval: 60_000,
  });
  useEffect(() => {
    let timer: number | undefined;
    const stop = onFeedEvents((events) => {
      const changes = events.map(({ data }) => data);
      const key = ['pipelines', 'list', url];
      queries.setQueryData<PipelinePage>(key, (known) => known && patchHealth(known, changes));
      const known = queries.getQueryData<PipelinePage>(key);
      if (timer !== undefined || known === undefined || !mustReread(known, changes)) return;
      timer = window.setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: key });
      }, REREAD_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [url]);
  return page;
}
