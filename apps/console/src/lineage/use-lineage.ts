import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { queries, rat } from '../client.ts';
import { onFeedEvents } from '../live/feed-state.ts';
import { HOPS_DEFAULT, type LineageUrl } from '../url/lineage-url.ts';
import type { LineageAnswer } from './lineage-boxes.ts';

const LINEAGE = 'lineage';

/** As many as the API answers with. */
const MOST = 1_000;

/** Many runs may change at once; the graph is read again at most this often. */
const REREAD_MS = 2_000;
/** Staleness changes without a run of these pipelines too. */
const POLL_MS = 30_000;

/** What is shown: around a root, or all of a namespace. */
export interface LineageOf extends LineageUrl {
  root: string | undefined;
  namespace: string | undefined;
}

/** The lineage, read again when runs have changed. */
export function useLineage({
  root,
  namespace,
  up = HOPS_DEFAULT,
  down = HOPS_DEFAULT,
}: LineageOf): UseQueryResult<LineageAnswer> {
  useReread();
  return useQuery({
    queryKey: [LINEAGE, root, namespace, up, down],
    queryFn: ({ signal }) =>
      rat.lineage.get({ root, namespace, up, down, limit: MOST }, { signal }),
    refetchInterval: POLL_MS,
  });
}

function useReread(): void {
  useEffect(() => {
    let timer: number | undefined;
    const stop = onFeedEvents(() => {
      timer ??= window.setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: [LINEAGE] });
      }, REREAD_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, []);
}
