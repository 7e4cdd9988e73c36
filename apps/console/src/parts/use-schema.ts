import type { AnswerOf } from '@rat/contracts';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { rat } from '../client.ts';

/** All tables with their columns. */
export function useSchema(): UseQueryResult<AnswerOf<'getSchema'>> {
  return useQuery({
    queryKey: ['schema'],
    queryFn: ({ signal }) => rat.tables.schema({}, { signal }),
  });
}
