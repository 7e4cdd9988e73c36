import type { AnswerOf } from '@rat/contracts';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { queries, rat } from '../../client.ts';
import { onFeedEvents } from '../../live/feed-state.ts';
import { printPlace, type Place } from './pipeline-place.ts';

export type RunPage = AnswerOf<'listRuns'>;
export type Run = RunPage['runs'][number];

/** Several runs that begin together are read once. */
const REREAD_MS = 500;

/**
 * The newest 30 runs of a pipeline. The feed changes them in their places, because the key begins with `runs`; a new one is
 * read when the feed reports it.
 */
export function useNewestRuns(place: Place): UseQueryResult<RunPage> {
  const { namespace, layer, name } = place;
  const address = printPlace(place);
  const page = useQuery({
    queryKey: ['runs', 'newest', address],
    queryFn: ({ signal }) =>
      rat.runs
        .list({ namespace, layer, pipeline: name, kind: 'pipeline', limit: 30 }, { signal })
        .first(),
  });
  useEffect(() => {
    let timer: number | undefined;
    const queryKey = ['runs', 'newest', address];
    const stop = onFeedEvents((events) => {
      const mine = events.filter(
        ({ data }) => `${data.namespace}.${data.layer}.${data.pipeline}` === address,
      );
      if (mine.length === 0 || timer !== undefined) return;
      // An event has no failure and no disposition: an ended run is read once more, too.
      timer = window.setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey });
      }, REREAD_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [address]);
  return page;
}
