import type { AnswerOf } from '@rat/contracts';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { rat } from '../../client.ts';
import { OVERVIEW } from './use-health.ts';

/** The runs of the last day by hour, and what runs now. */
export function useStats(namespace: string | undefined): UseQueryResult<AnswerOf<'getRunStats'>> {
  return useQuery({
    queryKey: [OVERVIEW, 'stats', namespace],
    queryFn: ({ signal }) => rat.runs.stats({ namespace, bucket: 'hour' }, { signal }),
  });
}
